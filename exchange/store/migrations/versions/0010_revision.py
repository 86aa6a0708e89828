"""The policies and standards that decided, kept as they were written."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ADDED_ONLY = "what decided is only ever added to"


def upgrade() -> None:
    op.create_table(
        "revision_source",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "revision",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("standard", sa.Text, nullable=False),
        sa.Column("files", sa.Text, nullable=False),
        sa.Column("kept_at", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    if op.get_bind().dialect.name == "sqlite":
        for table in ("revision", "revision_source"):
            for name, act in (("keeps", "UPDATE"), ("stays", "DELETE")):
                op.execute(
                    f"CREATE TRIGGER {table}_{name} BEFORE {act} ON {table}"
                    f" BEGIN SELECT raise(ABORT, '{ADDED_ONLY}'); END"
                )
    else:
        op.execute(
            "CREATE FUNCTION revision_added_only() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION '{ADDED_ONLY}'; END $$"
        )
        for table in ("revision", "revision_source"):
            op.execute(
                f"CREATE TRIGGER {table}_keeps BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION revision_added_only()"
            )
