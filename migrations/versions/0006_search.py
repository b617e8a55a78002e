"""The book as rows, to be searched; what crashes said of themselves, to be found again."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import SQLAlchemyError

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOST_SAID = 500
BATCH = 500

SQLITE = (
    # `_` and `.` belong to words, so that a dotted name is one. The texts themselves are not kept: to read an id beside
    # them would take longer than to find the row.
    """
    CREATE VIRTUAL TABLE book_words USING fts5(
        title, error, body, content = '', tokenize = "unicode61 remove_diacritics 0 tokenchars '_.'", prefix = '2 3'
    )
    """,
    "CREATE TABLE book_words_ids (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE)",
    "CREATE VIRTUAL TABLE book_terms USING fts5(term, tokenize = 'trigram')",
)
POSTGRESQL = (
    "CREATE TABLE book_words (id varchar(120) PRIMARY KEY, words tsvector NOT NULL)",
    # no list of rows yet to be indexed: the book is written whole, and each search would read through that list
    "CREATE INDEX ix_book_words_words ON book_words USING gin (words) WITH (fastupdate = off)",
    'CREATE TABLE book_terms (term text COLLATE "C" PRIMARY KEY)',
)
TRIGRAMS = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX ix_book_terms_term ON book_terms USING gin (term gin_trgm_ops) WITH (fastupdate = off)",
)


def upgrade() -> None:
    op.create_table(
        "book_mirror",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_book_mirror"),
    )
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in SQLITE if sqlite else POSTGRESQL:
        op.execute(statement)
    if not sqlite:
        _trigrams()
    op.add_column("crashes", sa.Column("said", sa.Text(), nullable=False, server_default=""))
    _say()


def downgrade() -> None:
    op.drop_column("crashes", "said")
    ids = ("book_words_ids",) if op.get_bind().dialect.name == "sqlite" else ()
    for table in ("book_terms", *ids, "book_words", "book_mirror"):
        op.drop_table(table)


def _trigrams() -> None:
    """Index terms by trigrams, unless this server has no such extension or we may not install it."""
    try:
        with op.get_bind().begin_nested():
            for statement in TRIGRAMS:
                op.execute(statement)
    except SQLAlchemyError:
        pass


def _say() -> None:
    """Write to each crash that is there what its answer says of it."""
    connection = op.get_bind()
    diagnoses = sa.table("diagnoses", sa.column("id"), sa.column("answer", sa.JSON))
    crashes = sa.table("crashes", sa.column("diagnosis"), sa.column("position"), sa.column("said"))
    change = (
        sa.update(crashes)
        .where(crashes.c.diagnosis == sa.bindparam("of"), crashes.c.position == sa.bindparam("at"))
        .values(said=sa.bindparam("text"))
    )
    after = ""
    while True:
        some = connection.execute(
            sa.select(diagnoses).where(diagnoses.c.id > after).order_by(diagnoses.c.id).limit(BATCH)
        ).all()
        if not some:
            return
        rows = [
            {"of": one.id, "at": place, "text": _said(crash)}
            for one in some
            for place, crash in enumerate(one.answer.get("crashes", ()))
        ]
        if rows:
            connection.execute(change, rows)
        after = some[-1].id


def _said(crash: dict[str, str | None]) -> str:
    return ": ".join(part for part in (crash.get("exception"), crash.get("message")) if part)[:MOST_SAID]
