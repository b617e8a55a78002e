"""The table that says which book is mirrored. The rows to be searched differ by database: a migration makes them."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base

UNMAPPED = ("book_words", "book_terms")
"""How the names of those begin that only a migration and the searches know."""


class BookMirrorRow(Base):
    """What the rows to be searched were made from."""

    __tablename__ = "book_mirror"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    state: Mapped[str] = mapped_column(String(120))
    """Revision of the book, after that of the form its words have in the rows."""
