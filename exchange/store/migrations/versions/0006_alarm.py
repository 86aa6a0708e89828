"""Alarms on conspicuous asking. They name operators, and nobody asked about."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alarm",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("organisation", sa.Text, nullable=False),
        sa.Column("client", sa.Text, nullable=False),
        sa.Column("operator", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text),
        sa.Column("raised_at", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("acknowledged_by", sa.Text),
        sa.Column("acknowledged_at", sa.Text),
        sa.CheckConstraint("state IN ('OPEN', 'ACKNOWLEDGED')", name="alarm_state"),
        sa.CheckConstraint("(state = 'ACKNOWLEDGED') = (acknowledged_by IS NOT NULL)", name="alarm_acknowledged"),
        sqlite_strict=True,
    )
    op.create_index("alarm_latest", "alarm", ["raised_at"])
