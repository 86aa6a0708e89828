"""What the entries of the log can be found by, and who was exposed through whom; made for those that are there."""

import sqlalchemy as sa
from alembic import op

from exchange.index import rows_of

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

Integer = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PAGE = 1000
FOUND_BY = ("client", "organisation", "purpose", "role", "code", "event", "decided")


def upgrade() -> None:
    op.create_table(
        "log_index",
        sa.Column("sequence", Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("organisation", sa.Text, nullable=False),
        sa.Column("client", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("decided", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "log_decided",
        sa.Column("decided", sa.Text, primary_key=True),
        sa.Column("item", sa.Text, primary_key=True),
        sa.Column("treatment", sa.Text, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("delivered", sa.Integer, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "log_exposed",
        sa.Column("client", sa.Text, primary_key=True),
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("at", sa.Text, primary_key=True),
        sa.Column("sequence", Integer, primary_key=True, autoincrement=False),
        sa.Column("decided", sa.Text, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    fill()
    for column in FOUND_BY:
        op.create_index(f"log_index_{column}", "log_index", [column, "at", "sequence"])
    op.create_index("log_index_at", "log_index", ["at", "sequence"])
    op.create_index("log_decided_rule", "log_decided", ["rule", "decided"])
    op.create_index("log_decided_item", "log_decided", ["item", "decided"])


def fill() -> None:
    connection = op.get_bind()
    page = sa.text("SELECT sequence, entry FROM log WHERE sequence > :after ORDER BY sequence LIMIT :most")
    after, known = 0, set[str]()
    while rows := connection.execute(page, {"after": after, "most": PAGE}).all():
        found: dict[str, list[dict]] = {"log_index": [], "log_decided": [], "log_exposed": []}
        for made in filter(None, (rows_of(text) for _, text in rows)):
            found["log_index"].append(made.index._asdict())
            found["log_exposed"] += [each._asdict() for each in made.exposed]
            if made.index.decided not in known:
                known.add(made.index.decided)
                found["log_decided"] += [each._asdict() for each in made.findings]
        for table, its in found.items():
            if its:
                columns = ", ".join(its[0])
                places = ", ".join(f":{column}" for column in its[0])
                connection.execute(sa.text(f"INSERT INTO {table} ({columns}) VALUES ({places})"), its)  # noqa: S608
        after = rows[-1][0]
