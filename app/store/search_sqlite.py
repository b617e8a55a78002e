"""What a search asks SQLite: FTS5, each word quoted, so that no text is ever read as a query."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text

from app.store.database import Session
from app.store.search_words import LENGTHS, NEAR, Term, trigrams

# where all words stand decides first: an id, a title, the title and the errors, anywhere
HITS = """
    SELECT id FROM book_words WHERE book_words MATCH :anywhere
    ORDER BY CASE
        WHEN id = :exact THEN 0
        WHEN rowid IN (SELECT rowid FROM book_words WHERE book_words MATCH :title) THEN 1
        WHEN rowid IN (SELECT rowid FROM book_words WHERE book_words MATCH :error) THEN 2
        ELSE 3 END, bm25(book_words, 0, 8, 4, 1), id
"""
WITH = "SELECT id FROM book_words WHERE book_words MATCH :anywhere"
INSIDE = "SELECT term FROM book_terms WHERE book_terms MATCH :word ORDER BY length(term), term LIMIT :most"
SHARED = "SELECT term FROM book_terms WHERE book_terms MATCH :trigrams ORDER BY rank LIMIT :most"
BEGUN = """
    SELECT term FROM book_terms
    WHERE substr(term, 1, 2) = :begin AND length(term) BETWEEN :shortest AND :longest LIMIT :most
"""


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
    """Terms that may have been meant: with trigrams of it, or beginning like it."""
    pieces = " OR ".join(quoted(piece) for piece in trigrams(word))
    shared = session.execute(text(SHARED), {"trigrams": pieces, "most": NEAR}).scalars().all()
    ends = {"shortest": len(word) - LENGTHS, "longest": len(word) + LENGTHS}
    begun = session.execute(text(BEGUN), {"begin": word[:2], **ends, "most": NEAR}).scalars().all()
    return list(dict.fromkeys((*shared, *begun)))


def either(some: Sequence[Term]) -> str:
    """A query for one of these."""
    return " OR ".join(quoted(term.word) + ("*" if term.begins else "") for term in some)


def quoted(word: str) -> str:
    """A word as FTS5 reads it, whatever is in it."""
    return '"' + word.replace('"', '""') + '"'
