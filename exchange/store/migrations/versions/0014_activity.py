"""How much was asked, by hour and day of the city; and when the log was last verified."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

Integer = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ATTRIBUTES = ("organisation", "client", "role", "purpose", "event", "code")


def upgrade() -> None:
    op.create_table(
        "activity",
        sa.Column("step", sa.Text, primary_key=True),
        sa.Column("period", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, primary_key=True) for name in ATTRIBUTES),
        sa.Column("entries", Integer, nullable=False),
        sa.CheckConstraint("step IN ('hour', 'day')", name="activity_step"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    # The last entry that is counted in it.
    op.create_table(
        "activity_until",
        sa.Column("one", sa.Integer, primary_key=True),
        sa.Column("sequence", Integer, nullable=False),
        sa.CheckConstraint("one = 1", name="activity_until_one"),
        sqlite_strict=True,
    )
    op.execute("INSERT INTO activity_until (one, sequence) VALUES (1, 0)")
    op.create_table(
        "log_verified",
        sa.Column("at", sa.Text, primary_key=True),
        sa.Column("entries", Integer, nullable=False),
        sa.Column("fault", sa.Text, nullable=False),
        sa.Column("sequence", Integer, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
