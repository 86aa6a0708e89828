"""Consents with their terms, their proof and their counted uses."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0006"
branch_labels = None
depends_on = None

Integer = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATES = "'requested', 'active', 'paused', 'revoked', 'declined', 'consumed'"
KEPT = "id, person, organisation, valid_from, valid_until, items, written_items, single_use, state"


def upgrade() -> None:
    op.create_table(
        "consent_kept",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("organisation", sa.Text, nullable=False),
        sa.Column("purposes", sa.Text, nullable=False),
        sa.Column("valid_from", sa.Text, nullable=False),
        sa.Column("valid_until", sa.Text, nullable=False),
        sa.Column("items", sa.Text),
        sa.Column("item_groups", sa.Text, nullable=False, server_default="[]"),
        sa.Column("written_items", sa.Text, nullable=False),
        sa.Column("single_use", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("client", sa.Text),
        sa.Column("data_from", sa.Text),
        sa.Column("data_to", sa.Text),
        sa.Column("times", sa.Integer),
        sa.Column("per", sa.Text),
        sa.Column("period", sa.Text, nullable=False, server_default=""),
        sa.Column("period_uses", sa.Integer, nullable=False, server_default="0"),
        sa.Column("form_version", sa.Text),
        sa.Column("form_digest", sa.Text),
        sa.Column("proof", sa.Text, nullable=False, server_default="own_act"),
        sa.Column("evidence", sa.Text, nullable=False, server_default=""),
        sa.Column("warning_version", sa.Text),
        sa.Column("warning_digest", sa.Text),
        sa.Column("warning_items", sa.Text),
        sa.Column("warned_at", sa.Text),
        sa.Column("partner", sa.Text),
        sa.Column("relation", sa.Text),
        sa.Column("last_act", sa.Text, nullable=False, server_default="give"),
        sa.Column("made_at", sa.Text, nullable=False, server_default=""),
        sa.Column("changed_at", sa.Text),
        sa.CheckConstraint("single_use IN (0, 1)", name="consent_single_use_is_yes_or_no"),
        sa.CheckConstraint(f"state IN ({STATES})", name="consent_state_is_known"),
        sa.CheckConstraint("(times IS NULL) = (per IS NULL)", name="consent_frequency_is_whole"),
        sa.CheckConstraint("single_use = 0 OR times IS NULL", name="consent_is_once_or_counted"),
        sqlite_strict=True,
    )
    # What was named in writing before warnings were kept has none, and so is no written consent (art 14(2)).
    op.execute(
        f"INSERT INTO consent_kept ({KEPT}, purposes, last_act, changed_at)"  # noqa: S608
        f" SELECT {KEPT}, '[\"' || purpose || '\"]',"
        " CASE state WHEN 'revoked' THEN 'revoke' ELSE 'give' END, revoked_at"
        " FROM consent"
    )
    # The primary key is a second fence: no use is counted twice, and a single-use consent has only the first.
    op.create_table(
        "consent_use_kept",
        sa.Column("consent", sa.Text, sa.ForeignKey("consent_kept.id"), primary_key=True),
        sa.Column("period", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sequence", Integer, sa.ForeignKey("log.sequence"), nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO consent_use_kept SELECT consent, '', 1, sequence FROM consent_use")
    op.drop_table("consent_use")
    op.drop_table("consent")
    op.rename_table("consent_kept", "consent")
    op.rename_table("consent_use_kept", "consent_use")
    op.create_index("consent_of", "consent", ["person", "organisation"])
    op.create_index("consent_to", "consent", ["organisation", "made_at"])
    partnered = sa.text("partner IS NOT NULL")
    op.create_index(
        "consent_naming", "consent", ["partner", "organisation"], sqlite_where=partnered, postgresql_where=partnered
    )
