"""What statistics tell: of each ended month the published sums, made once. Beside them what they are made by."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

Integer = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ATTRIBUTES = ("month", "kind", "role", "purpose", "district", "code")


def upgrade() -> None:
    # Of a month the time when it was made, and the pool: everything that has no name of its own. NULL = not told.
    op.create_table(
        "statistic_month",
        sa.Column("month", sa.Text, primary_key=True),
        sa.Column("made_at", sa.Text, nullable=False),
        sa.Column("asks", Integer),
        sa.Column("people", Integer),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "statistic_ask",
        *(sa.Column(name, sa.Text, primary_key=True) for name in ATTRIBUTES),
        sa.Column("asks", Integer, nullable=False),
        sa.Column("people", Integer, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "statistic_release",
        *(sa.Column(name, sa.Text, primary_key=True) for name in (*ATTRIBUTES[:-1], "record", "treatment")),
        sa.Column("asks", Integer, nullable=False),
        sa.Column("delivered", Integer, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    # Kind and district of each client, as the register had them when a month was made.
    op.create_table(
        "statistic_client",
        sa.Column("client", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("district", sa.Text, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    # Who an entry is about: it grows at its end only, as the log does.
    op.create_index("log_person_sequence", "log_person", ["sequence", "person"])
