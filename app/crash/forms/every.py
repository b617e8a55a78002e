"""The forms, in the order in which they are looked for: the more particular first."""

from __future__ import annotations

from app.crash.forms import django_page, fault_dump, ipython_cell, named_above, pytest_report, rich_box, v8_stack

FORMS = (rich_box, ipython_cell, pytest_report, django_page, fault_dump, named_above, v8_stack)
