"""How often an organisation asked about a person for a purpose, by period."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "turn",
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("organisation", sa.Text, primary_key=True),
        sa.Column("purpose", sa.Text, primary_key=True),
        sa.Column("period", sa.Text, primary_key=True),
        sa.Column("used", sa.Integer, nullable=False),
        sa.CheckConstraint("used > 0", name="turn_used"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
