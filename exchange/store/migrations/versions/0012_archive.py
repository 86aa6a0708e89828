"""The oldest entries of the log may leave for an archive: as a whole beginning, with what goes on from it kept."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

Integer = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ADDED_ONLY = "the log is only ever added to"
BOUNDARY = "(SELECT coalesce(max(sequence), 0) FROM log_archive)"
FITS = " AND ".join(
    (
        f"NEW.first = {BOUNDARY} + 1",
        "NEW.first <= NEW.sequence",
        "NEW.sequence < (SELECT max(sequence) FROM log)",
        "NEW.hash = (SELECT hash FROM log WHERE sequence = NEW.sequence)",
    )
)
"""A segment begins where the one before ended, is not empty, and leaves the newest entry in the log."""


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "log_archive",
        sa.Column("sequence", Integer, primary_key=True, autoincrement=False),
        sa.Column("first", Integer, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("archived_at", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "log_archived",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("sequence", Integer, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    # Of each person the last entry that is archived: the next one is chained to it.
    op.create_table(
        "log_person_archived",
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("count", Integer, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    # A use is told of for good; the entry that it names may be archived.
    op.create_table(
        "consent_use_kept",
        sa.Column("consent", sa.Text, sa.ForeignKey("consent.id"), primary_key=True),
        sa.Column("period", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sequence", Integer, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO consent_use_kept SELECT consent, period, number, sequence FROM consent_use")
    op.drop_table("consent_use")
    op.rename_table("consent_use_kept", "consent_use")
    if sqlite:
        _fences_sqlite()
    else:
        _fences_postgres()


def _fences_sqlite() -> None:
    refused = f"BEGIN SELECT raise(ABORT, '{ADDED_ONLY}'); END"
    op.execute("DROP TRIGGER log_stays")
    op.execute(f"CREATE TRIGGER log_stays BEFORE DELETE ON log WHEN OLD.sequence > {BOUNDARY} {refused}")
    op.execute(f"CREATE TRIGGER log_archive_fits BEFORE INSERT ON log_archive WHEN ({FITS}) IS NOT TRUE {refused}")
    for table in ("log_archive", "log_archived"):
        for name, act in (("keeps", "UPDATE"), ("stays", "DELETE")):
            op.execute(f"CREATE TRIGGER {table}_{name} BEFORE {act} ON {table} {refused}")


def _fences_postgres() -> None:
    op.execute("DROP TRIGGER log_keeps ON log")
    for table, acts in (
        ("log", "UPDATE OR TRUNCATE"),
        ("log_archive", "UPDATE OR DELETE OR TRUNCATE"),
        ("log_archived", "UPDATE OR DELETE OR TRUNCATE"),
    ):
        op.execute(
            f"CREATE TRIGGER {table}_keeps BEFORE {acts} ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION log_added_only()"
        )
    for name, table, act, holds, row in (
        ("log_stays", "log", "DELETE", f"OLD.sequence <= {BOUNDARY}", "OLD"),
        ("log_archive_fits", "log_archive", "INSERT", f"({FITS})", "NEW"),
    ):
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN IF {holds} THEN RETURN {row}; END IF; RAISE EXCEPTION '{ADDED_ONLY}'; END $$"
        )
        op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
