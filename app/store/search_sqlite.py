"""What a search asks SQLite: FTS5, each word quoted, so that no text is ever read as a query."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text

from app.store.database import Session
from app.store.search_words import NEAR, Term, swapped, trigrams

# where all words stand decides first: an id, a title, the title and the errors, anywhere
HITS = """
    SELECT ids.id FROM book_words JOIN book_words_ids AS ids ON ids.number = book_words.rowid
    WHERE book_words MATCH :anywhere
    ORDER BY CASE
        WHEN ids.id = :exact THEN 0
        WHEN book_words.rowid IN (SELECT rowid FROM book_words WHERE book_words MATCH :title) THEN 1
        WHEN book_words.rowid IN (SELECT rowid FROM book_words WHERE book_words MATCH :error) THEN 2
        ELSE 3 END, bm25(book_words, 8, 4, 1), ids.id
"""
WITH = """
    SELECT ids.id FROM book_words JOIN book_words_ids AS ids ON ids.number = book_words.rowid
    WHERE book_words MATCH :anywhere
"""
INSIDE = "SELECT term FROM book_terms WHERE book_terms MATCH :word ORDER BY length(term), term LIMIT :most"
SHARED = "SELECT term FROM book_terms WHERE book_terms MATCH :pieces ORDER BY rank LIMIT :most"


def hits(session: Session, every: Sequence[Sequence[Term]], exact: str) -> list[str]:
    """Ids of what holds one term of each; the best first."""
    whole = " AND ".join(f"({either(some)})" for some in every)
    asked = {"anywhere": whole, "title": f"{{title}} : ({whole})", "error": f"{{title error}} : ({whole})"}
    return list(session.execute(text(HITS), {**asked, "exact": exact}).scalars())


def holders(session: Session, some: Sequence[Term]) -> list[str]:
    """Ids of what holds one of these."""
    return list(session.execute(text(WITH), {"anywhere": either(some)}).scalars())


def inside(session: Session, word: str, most: int) -> list[str]:
    """Terms that the word is a part of, the shortest first."""
    return list(session.execute(text(INSIDE), {"word": quoted(word), "most": most}).scalars())


def alike(session: Session, word: str) -> list[str]:
    """Terms that may have been meant: with trigrams of it, or the same with two letters in the other order."""
    return list(dict.fromkeys((*_matching(session, trigrams(word)), *_matching(session, swapped(word)))))


def _matching(session: Session, pieces: Sequence[str]) -> Sequence[str]:
    asked = {"pieces": " OR ".join(quoted(piece) for piece in pieces), "most": NEAR}
    return session.execute(text(SHARED), asked).scalars().all() if pieces else ()


def either(some: Sequence[Term]) -> str:
    """A query for one of these."""
    return " OR ".join(quoted(term.word) + ("*" if term.begins else "") for term in some)


def quoted(word: str) -> str:
    """A word as FTS5 reads it, whatever is in it."""
    return '"' + word.replace('"', '""') + '"'
