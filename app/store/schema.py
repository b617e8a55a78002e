"""All tables there are, whichever module they stand in: what migrations are compared with."""

from __future__ import annotations

from app.store import feedback_tables, hook_tables, search_tables, staff_tables, tables, trend_tables

MODULES = (tables, staff_tables, hook_tables, search_tables, feedback_tables, trend_tables)
"""Each module of tables; to be listed here is what makes its tables known."""

METADATA = tables.Base.metadata


def compared(name: str | None, kind: str, _: object) -> bool:
    """Whether what is found in a database under this name is to be compared: not what differs by database."""
    return kind != "table" or not (name or "").startswith(search_tables.UNMAPPED)
