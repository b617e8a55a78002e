"""What a search asks PostgreSQL: `tsvector`, and trigrams where the server has them; each word quoted."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text

from app.store.database import Session
from app.store.search_words import LENGTHS, NEAR, Term, swapped

# where all words stand decides first: an id, a title, the title and the errors, anywhere
HITS = """
    SELECT id FROM book_words WHERE words @@ CAST(:anywhere AS tsquery)
    ORDER BY CASE
        WHEN id = :exact THEN 0
        WHEN words @@ CAST(:title AS tsquery) THEN 1
        WHEN words @@ CAST(:error AS tsquery) THEN 2
        ELSE 3 END, ts_rank(words, CAST(:anywhere AS tsquery), 1) DESC, id
"""
WITH = "SELECT id FROM book_words WHERE words @@ CAST(:anywhere AS tsquery)"
INSIDE = r"SELECT term FROM book_terms WHERE term LIKE :like ORDER BY length(term), term LIMIT :most"
HAS_TRIGRAMS = "SELECT to_regprocedure('similarity(text, text)') IS NOT NULL"
SHARED = "SELECT term FROM book_terms WHERE term % :word ORDER BY similarity(term, :word) DESC, term LIMIT :most"
SWAPPED = "SELECT term FROM book_terms WHERE term = ANY(:swapped)"
BEGUN = """
    SELECT term FROM book_terms
    WHERE (left(term, 2) = :begin OR right(term, 3) = :end) AND length(term) BETWEEN :shortest AND :longest
    ORDER BY abs(length(term) - :length), term LIMIT :most
"""


def hits(session: Session, every: Sequence[Sequence[Term]], exact: str) -> list[str]:
    """Ids of what holds one term of each; the best first."""
    asked = {
        name: " & ".join(f"({either(some, places)})" for some in every)
        for name, places in (("anywhere", ""), ("title", "A"), ("error", "AB"))
    }
    return list(session.execute(text(HITS), {**asked, "exact": exact}).scalars())


def holders(session: Session, some: Sequence[Term]) -> list[str]:
    """Ids of what holds one of these."""
    return list(session.execute(text(WITH), {"anywhere": either(some)}).scalars())


def inside(session: Session, word: str, most: int) -> list[str]:
    """Terms that the word is a part of, the shortest first."""
    like = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    return list(session.execute(text(INSIDE), {"like": like, "most": most}).scalars())


def alike(session: Session, word: str) -> list[str]:
    """Terms that may have been meant: by trigrams, else by beginning and end; or with two letters swapped."""
    if session.execute(text(HAS_TRIGRAMS)).scalar():
        near = session.execute(text(SHARED), {"word": word, "most": NEAR}).scalars().all()
    else:
        ends = {"begin": word[:2], "end": word[-3:], "length": len(word), "most": NEAR}
        around = {"shortest": len(word) - LENGTHS, "longest": len(word) + LENGTHS}
        near = session.execute(text(BEGUN), ends | around).scalars().all()
    turned = session.execute(text(SWAPPED), {"swapped": swapped(word)}).scalars().all()
    return list(dict.fromkeys((*near, *turned)))


def either(some: Sequence[Term], places: str = "") -> str:
    """A query for one of these, in these places or anywhere."""
    marks = [("*" if term.begins else "") + places for term in some]
    return " | ".join(quoted(term.word) + (mark and f":{mark}") for term, mark in zip(some, marks, strict=True))


def quoted(word: str) -> str:
    """A word as PostgreSQL's text search reads it, whatever is in it."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
