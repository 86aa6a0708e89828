"""The log's tree, and the openings of what each entry commits to about a person."""

import sqlalchemy as sa
from alembic import op

from exchange.tree import SHA256, grown

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Integer = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ADDED_ONLY = "the log is only ever added to"
PAGE = 1000


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    # The hash of the tree; chosen before the first entry, then for good.
    op.create_table(
        "log_tree",
        sa.Column("one", sa.Integer, primary_key=True),
        sa.Column("hash", sa.Text, nullable=False),
        sa.CheckConstraint("one = 1", name="log_tree_one"),
        sqlite_strict=True,
    )
    op.execute("INSERT INTO log_tree VALUES (1, 'sha256')")
    op.create_table(
        "log_node",
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("position", Integer, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    build()
    if sqlite:
        for name, act in (("log_node_keeps", "UPDATE"), ("log_node_stays", "DELETE")):
            op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON log_node BEGIN SELECT raise(ABORT, '{ADDED_ONLY}'); END")
    else:
        op.execute(
            "CREATE TRIGGER log_node_keeps BEFORE UPDATE OR DELETE OR TRUNCATE ON log_node"
            " FOR EACH STATEMENT EXECUTE FUNCTION log_added_only()"
        )
    # Entries of version 1 committed nothing and have no salt.
    nothing = sa.text("x''" if sqlite else r"'\x'::bytea")
    op.add_column("log_person", sa.Column("count", Integer, nullable=False, server_default=sa.text("0")))
    op.add_column("log_person", sa.Column("salt", sa.LargeBinary, nullable=False, server_default=nothing))
    op.execute(
        """
        UPDATE log_person SET count = numbered.count
        FROM (SELECT person, sequence, row_number() OVER (PARTITION BY person ORDER BY sequence) AS count
              FROM log_person) AS numbered
        WHERE log_person.person = numbered.person AND log_person.sequence = numbered.sequence
        """
    )


def build() -> None:
    """The tree over the entries that are there."""
    connection = op.get_bind()
    page = sa.text("SELECT sequence, entry FROM log WHERE sequence > :after ORDER BY sequence LIMIT :most")
    node = sa.text("INSERT INTO log_node VALUES (:level, :position, :hash)")
    peaks: dict[tuple[int, int], bytes] = {}

    def peak(level: int, position: int) -> bytes:
        return peaks[level, position]

    after = 0
    while rows := connection.execute(page, {"after": after, "most": PAGE}).all():
        for sequence, entry in rows:
            made = grown(sequence - 1, SHA256.leaf(entry), peak)
            connection.execute(node, [{"level": one, "position": at, "hash": hash_} for one, at, hash_ in made])
            peaks.update({(level, position): digest for level, position, digest in made})
            for place in [place for place in peaks if place[1] < (sequence >> place[0]) - 1]:
                del peaks[place]
        after = rows[-1][0]
