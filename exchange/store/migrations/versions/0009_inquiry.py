"""Answered asks, and what became of what they were for."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "inquiry",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("organisation", sa.Text, nullable=False),
        sa.Column("client", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("asked", sa.Integer, nullable=False),
        sa.Column("released", sa.Integer, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("used", sa.Integer),
        sa.Column("closed_at", sa.Text),
        sa.CheckConstraint("outcome IN ('GRANTED', 'DECLINED', 'WITHDRAWN')", name="inquiry_outcome"),
        sa.CheckConstraint("(used IS NULL) = (outcome IS NULL)", name="inquiry_reported"),
        sa.CheckConstraint("used BETWEEN 0 AND released", name="inquiry_used"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("inquiry_named", "inquiry", ["organisation", "reference"])
    op.create_index("inquiry_at", "inquiry", ["organisation", "at"])
    op.create_index("inquiry_person", "inquiry", ["person"])
