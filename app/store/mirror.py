"""The book mirrored into the rows that search reads: one way, replaced whole, at start when it has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from sqlalchemy import select, text, update

from app.signature.book import Book
from app.signature.terms import Said, said
from app.store.database import Session, Sessions
from app.store.diagnoses import INSERT
from app.store.search_postgresql import quoted
from app.store.search_tables import BookMirrorRow

FORM = 1  # of the words in the rows: another number makes every process of that version write them anew
NAME = "search"
BATCH = 1000
SHORTEST = 3  # characters of a term that has a trigram
POSITIONS = 16  # of one word that are kept; the ranking tells no more apart


def mirror(sessions: Sessions, book: Book) -> bool:
    """Make the rows those of this book; whether there was anything to do. Several processes may do it at once."""
    state = f"{FORM}:{_digest(book.samples)}:{book.revision}"
    with sessions.begin() as session:
        if session.execute(select(BookMirrorRow.state).where(BookMirrorRow.name == NAME)).scalar() == state:
            return False
    texts = {
        one.id: said(one, book.samples.get(one.id, b"").decode(errors="replace")) for one in book.signatures.values()
    }
    with sessions.begin() as session:
        if _locked(session) == state:
            return False  # another process was faster
        write = _sqlite if session.get_bind().dialect.name == "sqlite" else _postgresql
        write(session, texts)
        session.execute(update(BookMirrorRow).where(BookMirrorRow.name == NAME).values(state=state))
    return True


def _digest(samples: Mapping[str, bytes]) -> str:
    """What the samples are told by: they are no part of the book's revision, as no answer depends on them."""
    digest = hashlib.sha256()
    for id_, sample in samples.items():
        digest.update(b"%s %d\n%s" % (id_.encode(), len(sample), sample))
    return digest.hexdigest()[:16]


def _locked(session: Session) -> str:
    """What the rows were made from; nobody else writes them until the transaction ends."""
    first = INSERT[session.get_bind().dialect.name](BookMirrorRow).values(name=NAME, state="")
    session.execute(first.on_conflict_do_nothing())  # also SQLite's way to begin a transaction that will write
    ours = select(BookMirrorRow.state).where(BookMirrorRow.name == NAME).with_for_update()
    return session.execute(ours).scalar_one()


def _sqlite(session: Session, texts: dict[str, Said]) -> None:
    for statement in (
        "INSERT INTO book_words (book_words) VALUES ('delete-all')",
        "DELETE FROM book_words_ids",
        "DELETE FROM book_terms",
    ):
        session.execute(text(statement))
    rows = [
        {"n": n, "id": id_, "title": " ".join(one.title), "error": " ".join(one.error), "body": " ".join(one.body)}
        for n, (id_, one) in enumerate(texts.items(), start=1)
    ]
    if rows:
        session.execute(text("INSERT INTO book_words_ids VALUES (:n, :id)"), rows)
        words = "INSERT INTO book_words (rowid, title, error, body) VALUES (:n, :title, :error, :body)"
        session.execute(text(words), rows)
    terms = [{"term": term} for term in _terms(texts.values())]
    if terms:
        session.execute(text("INSERT INTO book_terms VALUES (:term)"), terms)


def _postgresql(session: Session, texts: dict[str, Said]) -> None:
    session.execute(text("DELETE FROM book_words"))
    session.execute(text("DELETE FROM book_terms"))
    words = text(
        "INSERT INTO book_words SELECT id, CAST(words AS tsvector) FROM"
        " unnest(CAST(:ids AS text[]), CAST(:words AS text[])) AS mirrored (id, words)"
    )
    ids = list(texts)
    for begin in range(0, len(ids), BATCH):
        some = ids[begin : begin + BATCH]
        session.execute(words, {"ids": some, "words": [_vector(texts[one]) for one in some]})
    terms = text("INSERT INTO book_terms SELECT unnest(CAST(:terms AS text[]))")
    session.execute(terms, {"terms": _terms(texts.values())})
    for table in ("book_words", "book_terms"):
        session.execute(text(f"ANALYZE {table}"))  # else the first searches are planned for an empty table


def _vector(one: Said) -> str:
    """The words as PostgreSQL writes a `tsvector`, each with its places and how much a hit there says."""
    places: dict[str, list[str]] = {}
    weighed = chain(*([(word, weight) for word in some] for some, weight in _weighed(one)))
    for place, (word, weight) in enumerate(weighed, start=1):
        known = places.setdefault(word, [])
        if len(known) < POSITIONS:
            known.append(f"{place}{weight}")
    return " ".join(f"{quoted(word)}:{','.join(some)}" for word, some in places.items())


def _weighed(one: Said) -> Iterator[tuple[tuple[str, ...], str]]:
    yield one.title, "A"
    yield one.error, "B"
    yield one.body, "D"


def _terms(texts: Iterable[Said]) -> list[str]:
    """Each word once, but for those that are too short to be mistyped."""
    found = {word for one in texts for word in chain(one.title, one.error, one.body) if len(word) >= SHORTEST}
    return sorted(found)
