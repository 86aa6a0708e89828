"""Consents, disputes, and the log with its persons."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Integer = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ADDED_ONLY = "the log is only ever added to"


def upgrade() -> None:
    op.create_table(
        "consent",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("organisation", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("valid_from", sa.Text, nullable=False),
        sa.Column("valid_until", sa.Text, nullable=False),
        sa.Column("items", sa.Text),
        sa.Column("written_items", sa.Text, nullable=False),
        sa.Column("single_use", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("revoked_at", sa.Text),
        sa.CheckConstraint("single_use IN (0, 1)", name="consent_single_use"),
        sa.CheckConstraint("state IN ('active', 'revoked', 'consumed')", name="consent_state"),
        sqlite_strict=True,
    )
    op.create_index("consent_of", "consent", ["person", "organisation", "purpose"])
    op.create_table(
        "dispute",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("record", sa.Text, nullable=False),
        sa.Column("record_key", sa.Text, nullable=False),
        sa.Column("opened_on", sa.Text, nullable=False),
        sa.Column("statement", sa.Text),
        sa.Column("closed_on", sa.Text),
        sa.CheckConstraint("kind IN ('dispute', 'repair')", name="dispute_kind"),
        sqlite_strict=True,
    )
    op.create_index(
        "dispute_open",
        "dispute",
        ["person"],
        sqlite_where=sa.text("closed_on IS NULL"),
        postgresql_where=sa.text("closed_on IS NULL"),
    )
    op.create_table(
        "log",
        sa.Column("sequence", Integer, primary_key=True, autoincrement=False),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("entry", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "log_person",
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("sequence", Integer, sa.ForeignKey("log.sequence"), primary_key=True, autoincrement=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    # The primary key is a second fence: a single-use consent cannot be used twice, whatever the code does.
    op.create_table(
        "consent_use",
        sa.Column("consent", sa.Text, sa.ForeignKey("consent.id"), primary_key=True),
        sa.Column("sequence", Integer, sa.ForeignKey("log.sequence"), nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pulse",
        sa.Column("one", sa.Integer, primary_key=True),
        sa.Column("beat", Integer, nullable=False),
        sa.CheckConstraint("one = 1", name="pulse_one"),
        sqlite_strict=True,
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER log_keeps BEFORE UPDATE ON log BEGIN SELECT raise(ABORT, '{ADDED_ONLY}'); END")
        op.execute(f"CREATE TRIGGER log_stays BEFORE DELETE ON log BEGIN SELECT raise(ABORT, '{ADDED_ONLY}'); END")
    else:
        op.execute(
            "CREATE FUNCTION log_added_only() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION '{ADDED_ONLY}'; END $$"
        )
        op.execute(
            "CREATE TRIGGER log_keeps BEFORE UPDATE OR DELETE OR TRUNCATE ON log"
            " FOR EACH STATEMENT EXECUTE FUNCTION log_added_only()"
        )
