"""Published counts of the states in which departments were, by month. Months that are told already have none."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

Integer = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "statistic_state",
        *(
            sa.Column(name, sa.Text, primary_key=True)
            for name in ("month", "kind", "role", "purpose", "district", "department", "state")
        ),
        sa.Column("asks", Integer, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
