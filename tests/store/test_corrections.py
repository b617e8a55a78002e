"""A curator settles what was shown, and no other's word is lost, on every database."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import pytest

from app.errors import Unreadable
from app.feedback import Settled, State, Wrong, conclude, correct, look_at
from app.intake import receive
from app.settings import shipped
from app.store.corrections import file
from app.store.database import Session, Sessions, session_factory
from tests.meanwhile import by_another

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from app.diagnosis.candidates import Index

FOUND = (shipped("signatures") / "uvicorn" / "uvicorn-1317.match.cli-two-workers.txt").read_bytes()


@pytest.fixture
def sessions(engine: Engine, index: Index) -> Sessions:
    made = session_factory(engine)
    with made.begin() as session:
        kept = receive(FOUND, index=index, session=session).kept
        assert kept is not None
        correct(session, Wrong(kept.id, 0, None, None, "our own proxy", "somebody"))
    return made


def shown(sessions: Sessions) -> str:
    """The mark of what the page of a curator shows."""
    with sessions() as session:
        return look_at(session, 1).correction.mark


def says(session: Session, by: str, state: State, seen: str) -> None:
    conclude(session, 1, Settled(state, f"by {by}", by, seen))


def refiles(session: Session, about: str) -> None:
    file(session, Wrong(about, 0, "uvicorn-1317", "flask-1", "no, this one", "somebody"), datetime.now(UTC))


def stands(sessions: Sessions) -> tuple[str, str | None, str]:
    with sessions() as session:
        one = look_at(session, 1).correction
        return one.state, one.settled_by, one.words


def about(sessions: Sessions) -> str:
    with sessions() as session:
        return look_at(session, 1).correction.diagnosis


def test_what_its_sender_changed_since_is_not_settled(sessions: Sessions) -> None:
    """Else a label would be exported that no curator has seen."""
    seen = shown(sessions)
    with sessions.begin() as session:
        refiles(session, look_at(session, 1).correction.diagnosis)
    with pytest.raises(Unreadable, match="Load it again"), sessions.begin() as session:
        says(session, "ann", "done", seen)
    assert stands(sessions) == ("open", None, "no, this one")


def test_the_second_of_two_curators_is_told(sessions: Sessions) -> None:
    """The first may say the same again, as when its answer got lost."""
    seen = shown(sessions)
    for _ in range(2):
        with sessions.begin() as session:
            says(session, "ann", "done", seen)
    with pytest.raises(Unreadable, match="Load it again"), sessions.begin() as session:
        says(session, "bob", "rejected", seen)
    assert stands(sessions) == ("done", "ann", "our own proxy")


def test_a_change_between_the_look_and_the_word_is_seen(engine: Engine, sessions: Sessions) -> None:
    seen, change = shown(sessions), partial(refiles, about=about(sessions))
    with by_another(engine, "FROM corrections WHERE", change), pytest.raises(Unreadable), sessions.begin() as session:
        says(session, "ann", "done", seen)
    assert stands(sessions) == ("open", None, "no, this one")
    seen = shown(sessions)
    other = partial(says, by="bob", state="rejected", seen=seen)
    with by_another(engine, "FROM corrections WHERE", other), pytest.raises(Unreadable), sessions.begin() as session:
        says(session, "ann", "done", seen)
    assert stands(sessions) == ("rejected", "bob", "no, this one")
