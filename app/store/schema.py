"""All tables there are, whichever module they stand in: what migrations are compared with."""

from __future__ import annotations

from app.store import hook_tables, staff_tables, tables

MODULES = (tables, staff_tables, hook_tables)
"""Each module of tables; to be listed here is what makes its tables known."""

METADATA = tables.Base.metadata
