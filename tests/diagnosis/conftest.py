"""The shipped book, indexed once for all tests of the room."""

import pytest

from app.diagnosis.candidates import Index, build_index
from app.settings import shipped
from app.store.shelf import load_book


@pytest.fixture(scope="session")
def index() -> Index:
    return build_index(load_book(shipped("signatures")))
