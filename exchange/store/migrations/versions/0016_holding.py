"""What departments hold, as it was counted when it was told last."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

Integer = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "statistic_holding",
        sa.Column("record", sa.Text, primary_key=True),
        sa.Column("as_of", sa.Text, nullable=False),
        sa.Column("people", Integer, nullable=False),
        sa.Column("records", Integer, nullable=False),
        sa.Column("filled", sa.Text, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
