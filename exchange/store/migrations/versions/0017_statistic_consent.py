"""Published counts of consents given, withdrawn and run out, by month; and by what their rows are found."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

Integer = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FOUND_BY = ("made_at", "changed_at", "valid_until")


def upgrade() -> None:
    op.create_table(
        "statistic_consent",
        *(sa.Column(name, sa.Text, primary_key=True) for name in ("month", "kind", "purpose")),
        *(sa.Column(name, Integer, nullable=False) for name in ("given", "withdrawn", "ended")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    # No use of a consent changes any of these columns, so the seal of an ask writes to none of these indexes.
    for column in FOUND_BY:
        op.create_index(f"consent_{column}", "consent", [column])
