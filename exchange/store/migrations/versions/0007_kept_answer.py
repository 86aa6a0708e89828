"""Answers kept for a day under their clients' own keys, in boxes that only those keys open."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_answer",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("ask", sa.Text, nullable=False),
        sa.Column("kept_until", sa.Text, nullable=False),
        sa.Column("box", sa.LargeBinary, nullable=False),
        sa.Column("entries", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("kept_answer_until", "kept_answer", ["kept_until"])
