"""The register of market access: organisations, clients, and what is proposed on them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATE = "state IN ('pending', 'active', 'suspended', 'closed')"


def upgrade() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.CheckConstraint(STATE, name="organisation_state"),
        sqlite_strict=True,
    )
    op.create_table(
        "client",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("organisation", sa.Text, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.CheckConstraint(STATE, name="client_state"),
        sqlite_strict=True,
    )
    op.create_table(
        "proposal",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("base", sa.Integer, nullable=False),
        sa.Column("proposed_by", sa.Text, nullable=False),
        sa.Column("proposed_at", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("decided_at", sa.Text),
        sa.CheckConstraint("kind IN ('organisation', 'client')", name="proposal_kind"),
        sa.CheckConstraint("step IN ('register', 'change', 'resume')", name="proposal_step"),
        sa.CheckConstraint("verdict IN ('open', 'approved', 'declined', 'superseded')", name="proposal_verdict"),
        # Nobody approves what he or she proposed, whatever the code does.
        sa.CheckConstraint("verdict <> 'approved' OR lower(decided_by) <> lower(proposed_by)", name="proposal_by_two"),
        sqlite_strict=True,
    )
    # On one record at most one proposal is open, whatever the code does.
    op.create_index(
        "proposal_open",
        "proposal",
        ["kind", "subject"],
        unique=True,
        sqlite_where=sa.text("verdict = 'open'"),
        postgresql_where=sa.text("verdict = 'open'"),
    )
