"""The one use case: what comes in is cleaned, diagnosed and kept, and comes back by its id."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from app.crash.model import Environment, Fact
from app.errors import Unknown, Unreadable
from app.intake import Index, count, recall, receive
from app.settings import shipped
from app.store.database import Session, session_factory
from app.store.tables import ReportRow

SIGNATURES = shipped("signatures")
FOUNDING = (SIGNATURES / "uvicorn" / "uvicorn-1317.match.cli-two-workers.txt").read_bytes()
TRACE = 'Traceback (most recent call last):\n  File "/home/jane/app.py", line 1, in f\nValueError: {}\n'


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with session_factory(engine)() as made:
        yield made


def test_the_founding_example_is_known_kept_and_recalled(index: Index, session: Session) -> None:
    received = receive(FOUNDING, index=index, session=session)
    assert received.diagnosis.verdict == "match"
    assert received.diagnosis.crashes[0].matches[0].signature == "uvicorn-1317"
    assert received.kept is not None
    again = recall(session, received.kept.id)
    assert (again.diagnosis, again.report, again.removed) == (received.diagnosis, received.report, received.removed)
    assert count(session, received.diagnosis.crashes[0].fingerprint) == 1


def test_evidence_names_the_lines_that_are_shown(index: Index, session: Session) -> None:
    received = receive(FOUNDING, index=index, session=session)
    lines = {line.number: line for line in received.report.lines}
    shown = [one for one in received.diagnosis.crashes[0].matches[0].evidence if one.line is not None]
    assert shown
    assert all(one.line in lines for one in shown)
    assert "WinError 87" in next(lines[one.line].raw for one in shown if one.clue == "message" and one.line)


def test_the_senders_words_are_cleaned_like_the_report(index: Index, session: Session) -> None:
    received = receive(FOUNDING, index=index, session=session, source="jane.doe@example.com, ticket 12")
    assert received.kept is not None
    assert session.execute(select(ReportRow.source)).scalar_one() == "<email>, ticket 12"


def test_without_a_session_it_is_diagnosed_all_the_same(index: Index) -> None:
    received = receive(FOUNDING, index=index)
    assert received.diagnosis.verdict == "match"
    assert received.kept is None


def test_what_the_sender_states_decides(index: Index) -> None:
    fixed = Environment(packages={"uvicorn": Fact("0.30.0")})
    assert receive(FOUNDING, index=index, stated=fixed).diagnosis.verdict != "match"


def test_secrets_are_gone_before_anything_is_derived(index: Index, session: Session) -> None:
    secret = "login failed for jane.doe@example.com with password=hunter2hunter2"
    received = receive(TRACE.format(secret).encode(), index=index, session=session)
    everything = repr(received)
    assert received.removed
    for word in ("hunter2hunter2", "jane.doe", "/home/jane/"):
        assert word not in everything


def test_characters_cut_in_half_are_joined_or_replaced(index: Index) -> None:
    whole = receive(b'{"log": "' + TRACE.format("\\ud83d\\ude00").encode("unicode_escape").replace(b'"', b'\\"')
                    .replace(b"\\\\ud", b"\\ud") + b'"}', index=index)  # fmt: skip
    assert whole.diagnosis.crashes[0].message == "😀"
    half = receive(
        TRACE.format("x").encode() + b'{"log": "Traceback (most recent call last):\\n \\ud83d"}', index=index
    )
    assert repr(half).encode()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_an_encoding_makes_no_difference(index: Index, encoding: str) -> None:
    plain, other = (receive(TRACE.format("größer").encode(one), index=index) for one in ("utf-8", encoding))
    assert other.diagnosis == plain.diagnosis


@pytest.mark.parametrize(
    ("raw", "word"),
    [(b"", "empty"), (b"\x00 \n", "empty"), (b"\x89PNG\r\n", "not_text"), (bytes(range(256)), "not_text")],
)
def test_what_is_no_report_is_refused(index: Index, raw: bytes, word: str) -> None:
    with pytest.raises(Unreadable) as refused:
        receive(raw, index=index)
    assert refused.value.word == word


def test_an_unknown_id_is_said_to_be_unknown(session: Session) -> None:
    with pytest.raises(Unknown):
        recall(session, "01ARZ3NDEKTSV4RRFFQ69G5FAV")


def test_every_shipped_example_is_received_and_recalled(index: Index, session: Session) -> None:
    for file in sorted(Path(SIGNATURES).rglob("*.txt")):
        received = receive(file.read_bytes(), index=index, session=session)
        assert received.kept is not None, file
        assert recall(session, received.kept.id).diagnosis == received.diagnosis, file
