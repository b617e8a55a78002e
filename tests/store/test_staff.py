"""Staff keys and sessions, on every database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import Engine, text

from app.errors import Misconfigured, Unknown
from app.settings import shipped
from app.store.database import Sessions, connect, session_factory
from app.store.migrations import migrate
from app.store.staff import SIGNED_IN, add, members, revoke, sign_in, sign_out, signed_in

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)


@pytest.fixture
def sessions(engine: Engine) -> Sessions:
    return session_factory(engine)


def test_a_key_signs_in_until_the_session_is_over(sessions: Sessions) -> None:
    with sessions.begin() as session:
        key = add(session, "night desk", NOW)
        assert key.startswith("tls_")
    with sessions.begin() as session:
        token = sign_in(session, key, NOW)
        assert token is not None
        other = sign_in(session, key, NOW)
    assert token is not None
    assert other is not None
    with sessions.begin() as session:
        assert signed_in(session, token, NOW + SIGNED_IN - timedelta(seconds=1)) == "night desk"
        assert signed_in(session, token, NOW + SIGNED_IN) is None
        sign_out(session, token)
        assert signed_in(session, token, NOW) is None
        assert signed_in(session, other, NOW) == "night desk"


@pytest.mark.parametrize("wrong", ["", "tls_", "\ud800", "x" * 100_000, "tls_" + "A" * 43])
def test_what_is_no_key_signs_nobody_in(sessions: Sessions, wrong: str) -> None:
    with sessions.begin() as session:
        add(session, "night desk", NOW)
        assert sign_in(session, wrong, NOW) is None
        assert signed_in(session, wrong, NOW) is None


def test_to_revoke_a_key_ends_its_sessions_and_those_of_nobody_else(sessions: Sessions) -> None:
    with sessions.begin() as session:
        night, day = add(session, "night desk", NOW), add(session, "day desk", NOW)
        tokens = [str(sign_in(session, key, NOW)) for key in (night, night, day)]
    with sessions.begin() as session:
        revoke(session, "night desk", NOW)
    with sessions.begin() as session:
        assert [signed_in(session, token, NOW) for token in tokens] == [None, None, "day desk"]
        assert sign_in(session, night, NOW) is None
        assert session.execute(text("SELECT count(*) FROM staff_sessions")).scalar_one() == 1
        with pytest.raises(Unknown, match="Nobody called 'night desk'"):
            revoke(session, "night desk", NOW)
        again = add(session, "night desk", NOW + timedelta(seconds=1))
        session.flush()
        assert [(one.name, one.revoked is None) for one in members(session)] == [
            ("day desk", True),
            ("night desk", False),
            ("night desk", True),
        ]
        assert sign_in(session, again, NOW) is not None


def test_the_database_holds_neither_key_nor_token(sessions: Sessions) -> None:
    with sessions.begin() as session:
        key = add(session, "night desk", NOW)
        token = str(sign_in(session, key, NOW))
    with sessions() as session:
        held = [row for table in ("staff", "staff_sessions") for row in session.execute(text(f"SELECT * FROM {table}"))]
        (night,) = members(session)
    assert len(held) == 2
    assert key not in repr(held)
    assert token not in repr(held)
    assert (night.hint, night.last_seen) == (key[-4:], NOW)


def test_sessions_that_are_over_do_not_pile_up(sessions: Sessions) -> None:
    with sessions.begin() as session:
        key = add(session, "night desk", NOW)
        for day in range(5):
            sign_in(session, key, NOW + timedelta(days=day))
            session.flush()
        assert session.execute(text("SELECT count(*) FROM staff_sessions")).scalar_one() == 1


@pytest.mark.parametrize("name", ["", " Ada", "x" * 61, "a\nb", "<b>", "-x"])
def test_what_is_no_name_gets_no_key(sessions: Sessions, name: str) -> None:
    with sessions.begin() as session, pytest.raises(Misconfigured, match="is no name"):
        add(session, name, NOW)


def test_nobody_has_two_keys(sessions: Sessions) -> None:
    with sessions.begin() as session:
        add(session, "night desk", NOW)
        session.flush()
        with pytest.raises(Misconfigured, match="night desk has a key"):
            add(session, "night desk", NOW)


def test_of_two_that_make_a_key_for_one_name_at_once_one_does(sessions: Sessions) -> None:
    ready = Barrier(2)

    def make(_: int) -> str | None:
        with sessions() as session:
            session.execute(text("SELECT count(*) FROM staff")).all()
            ready.wait(timeout=30)
            try:
                key = add(session, "night desk", NOW)
            except Misconfigured:
                return None
            session.commit()
            return key

    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(make, range(2)))
    assert made.count(None) == 1
    with sessions() as session:
        assert [one.hint for one in members(session)] == [key[-4:] for key in made if key]


def test_of_several_keys_of_a_name_the_last_used_one_outlives_the_migration(empty_url: str) -> None:
    engine = connect(empty_url)
    migrate(engine, shipped("migrations"))
    migrate(engine, shipped("migrations"), to="0008")
    made = "INSERT INTO staff (digest, name, hint, made, last_seen) VALUES (:digest, :name, 'x', :made, :seen)"
    rows = [
        ("a", "Ada", 1, None),
        ("b", "Ada", 2, None),
        ("c", "Ada", 0, 3),
        ("d", "Ben", 1, None),
        ("e", "Ben", 1, None),
    ]
    with engine.begin() as connection:
        for digest, name, begun, seen in rows:
            at, last = (None if hour is None else f"2026-11-22 0{hour}:00:00+00:00" for hour in (begun, seen))
            connection.execute(text(made), {"digest": digest, "name": name, "made": at, "seen": last})
    migrate(engine, shipped("migrations"))
    with engine.connect() as connection:
        valid = connection.execute(text("SELECT digest FROM staff WHERE revoked IS NULL ORDER BY digest"))
        assert valid.scalars().all() == ["c", "e"]
    engine.dispose()
