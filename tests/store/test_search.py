"""The search finds the same on both databases: what is meant first, mistyped words too, and no text breaks it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import MappingProxyType

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as with_settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from app.diagnosis.candidates import Index
from app.signature.book import make_book
from app.signature.model import Signature
from app.store.database import Session, connect, session_factory
from app.store.mirror import mirror
from app.store.search import Hits, search

FUNCTIONS = [HealthCheck.function_scoped_fixture]


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """On the book that is shipped."""
    with session_factory(engine)() as made:
        yield made


def bug(id_: str, title: str, *, message: str = "it broke", cause: str = "Nobody looked.") -> Signature:
    return Signature.model_validate(
        {
            "id": id_,
            "package": id_.partition("-")[0],
            "title": title,
            "match": {"all": [{"exception": "RuntimeError"}, {"message": message}]},
            "affected": [{"introduced": "1.0", "fixed": "2.0"}],
            "cause": cause,
            "remedy": "It was mended.",
            "references": [{"kind": "fix", "url": "https://example.org/fix"}],
        }
    )


@pytest.fixture
def small(engine: Engine) -> Session:
    """On a book where one word stands everywhere, each time in another place."""
    book = make_book(
        (
            bug("a-1", "The kettle boils over at night", cause="Somebody asks for the sprocket twice."),
            bug("b-1", "The kettle boils over at noon", message="no sprocket left"),
            bug("c-1", "The sprocket comes off at night"),
            bug("d-sprocket", "The kettle is cold in the morning"),
            bug("sprocket", "The kettle is cold in the evening", cause="It has no lid."),
        )
    )
    sessions = session_factory(engine)
    mirror(sessions, book)
    return sessions()


def ids(found: Hits) -> list[str]:
    return list(found.ids)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("uvicorn-1317", ["uvicorn-1317"]),
        ("  UVICORN-1317 ", ["uvicorn-1317"]),
        ("WinError 87", ["hypercorn-129", "uvicorn-1317"]),
        ("[WinError 87]", ["hypercorn-129", "uvicorn-1317"]),
        ("_register_with_iocp", ["hypercorn-129", "uvicorn-1317"]),
        ("asyncio.windows_events", ["hypercorn-129", "uvicorn-1317"]),
        ("windows_events", ["hypercorn-129", "uvicorn-1317"]),
        ("ImportError: cannot import name 'url_quote' from 'werkzeug.urls'", ["flask-werkzeug3-url_quote"]),
        ("BaseSettings has been moved", ["pydantic-2-basesettings"]),
    ],
)
def test_what_is_meant_comes_first(session: Session, typed: str, first: list[str]) -> None:
    found = search(session, typed)
    assert set(ids(found)[: len(first)]) == set(first)
    assert not found.partial


@pytest.mark.parametrize(
    ("typed", "among", "read_as"),
    [
        ("WinErr 87", "uvicorn-1317", None),
        ("CreateIoCompletionport", "uvicorn-1317", None),
        ("Completionport", "uvicorn-1317", ("completionport", "createiocompletionport")),
        ("pydantc ValidationError", "pydantic-2-basesettings", ("pydantc", "pydantic")),
        ("pydnatic basesetings", "pydantic-2-basesettings", ("pydnatic", "pydantic")),
        ("uvicron workers", "uvicorn-1317", ("uvicron", "uvicorn")),
        ("djnago", "django-30-six", ("djnago", "django")),
    ],
)
def test_a_mistyped_word_finds_what_comes_nearest(
    session: Session, typed: str, among: str, read_as: tuple[str, str] | None
) -> None:
    found = search(session, typed)
    assert among in found.ids
    assert read_as is None or read_as in found.read_as


def test_an_id_a_title_an_error_and_any_other_text_come_in_this_order(small: Session) -> None:
    with small:
        assert ids(search(small, "sprocket")) == ["sprocket", "c-1", "d-sprocket", "b-1", "a-1"]


def test_all_words_must_be_there_or_as_many_as_are(small: Session) -> None:
    with small:
        assert ids(search(small, "kettle morning")) == ["d-sprocket"]
        some = search(small, "sprocket comes elsewhere")
        assert (some.partial, ids(some)[0]) == (True, "c-1")
        assert ids(search(small, "morn")) == ["d-sprocket"]


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " \t\n",
        "\x00",
        "\x00\ud800 \u202e\u2066",
        "…—!?",
        '"',
        "'",
        "\\",
        "%",
        "_",
        "*",
        "a" * 100_000,
        "x y " * 50_000,
    ],
)
def test_what_says_nothing_finds_nothing(session: Session, typed: str) -> None:
    assert search(session, typed) == Hits() or not search(session, typed).ids


@pytest.mark.parametrize(
    "typed",
    [
        'uvicorn AND "',
        "uvicorn OR NOT NEAR(a b, 3)",
        "^uvicorn* -uvicorn +uvicorn",
        "{title error} : uvicorn",
        "uvicorn & | ! <-> ( :* ) 'uvicorn':A",
        "uvicorn'; DROP TABLE book_words; --",
        "uvicorn\x00\ud83d\u202euvicorn",
        "uvicorn \\' \\\\ $$ %s :q ?",
    ],
)
def test_operators_are_words_like_others(session: Session, typed: str) -> None:
    assert any(one.startswith("uvicorn") for one in search(session, typed).ids)
    assert search(session, "uvicorn").ids, "the rows are still there"


@with_settings(suppress_health_check=FUNCTIONS, deadline=None)
@given(
    typed=st.text(alphabet=st.one_of(st.characters(), st.sampled_from("\"'*:()-^+{}&|!<>\\%_. \x00austo")), max_size=60)
)
def test_no_text_breaks_it(session: Session, typed: str) -> None:
    search(session, typed)


def test_a_server_without_trigrams_still_finds_words_that_begin_alike(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has trigrams of its own")
    with session_factory(engine).begin() as session:
        session.execute(text("DROP EXTENSION pg_trgm CASCADE"))
    with session_factory(engine)() as session:
        for typed in ("WinErr 87", "CreateIoCompletionport", "Completionport", "uvicron workers"):
            assert "uvicorn-1317" in search(session, typed).ids
        assert ("pydantc", "pydantic") in search(session, "pydantc ValidationError").read_as


def test_the_rows_follow_the_book_and_only_when_it_has_changed(engine: Engine, index: Index) -> None:
    sessions = session_factory(engine)
    book = make_book([bug("a-1", "The kettle boils over at night")])
    assert mirror(sessions, book)
    assert not mirror(sessions, book)
    with sessions() as session:
        assert ids(search(session, "kettle")) == ["a-1"]
        assert ids(search(session, "uvicorn")) == []
    assert mirror(sessions, index.book)
    with sessions() as session:
        assert ids(search(session, "kettle")) == []
        assert "uvicorn-1317" in search(session, "uvicorn").ids


def test_a_sample_is_searched_too(engine: Engine) -> None:
    sessions = session_factory(engine)
    book = make_book(
        [bug("a-1", "The kettle boils over at night")], samples={"a-1": b"in _fill_kettle\nRuntimeError: 4711 x"}
    )
    mirror(sessions, book)
    assert mirror(sessions, replace(book, samples=MappingProxyType({"a-1": b"ValueError: brimful"}))), (
        "no part of the revision, but of this"
    )
    mirror(sessions, book)
    with sessions() as session:
        for typed in ("_fill_kettle", "fill", "4711"):
            assert ids(search(session, typed)) == ["a-1"]


def test_an_empty_book_is_mirrored(engine: Engine) -> None:
    sessions = session_factory(engine)
    assert mirror(sessions, make_book([]))
    with sessions() as session:
        assert search(session, "anything at all") == Hits()


def test_processes_that_start_at_once_mirror_once(database_url: str) -> None:
    book = make_book(bug(f"a-{number}", f"The kettle boils over at {number}") for number in range(50))

    def start(_: int) -> bool:
        engine = connect(database_url)
        done = mirror(session_factory(engine), book)
        engine.dispose()
        return done

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(start, range(4))) == [False, False, False, True]
    assert _count(database_url) == 50


def test_a_mirror_that_fails_leaves_the_rows_as_they_were(engine: Engine, index: Index) -> None:
    """All rows in one transaction: what fails in the middle changes nothing."""
    sessions = session_factory(engine)
    half = MappingProxyType({**index.book.signatures, "x-1": None})
    broken = replace(index.book, revision="sha256:another", signatures=half)  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        mirror(sessions, broken)
    with sessions() as session:
        assert "uvicorn-1317" in search(session, "uvicorn").ids


def _count(url: str) -> int:
    engine = connect(url)
    with engine.connect() as connection:
        counted = int(connection.execute(text("SELECT count(*) FROM book_words")).scalar_one())
    engine.dispose()
    return counted
