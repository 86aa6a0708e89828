"""The connector in memory sits the exam."""

import pytest

from connectors.contract import Connector
from connectors.memory import Memory
from tests.connectors.contract import ConnectorExam
from tests.connectors.small import CATALOGUE, ROWS


class TestMemory(ConnectorExam):
    @pytest.fixture
    def connector(self) -> Connector:
        return Memory("PBC", CATALOGUE, ROWS)
