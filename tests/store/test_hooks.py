"""What is news of a crash, and for whom, on every database."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, event, text

from app.crash.model import Environment, Fact
from app.crash.text import read
from app.diagnosis.candidates import Index
from app.diagnosis.diagnose import diagnose
from app.diagnosis.model import CrashDiagnosis
from app.errors import Misconfigured, Unknown
from app.intake import Sender, take
from app.settings import shipped
from app.store.database import Session, Sessions, session_factory
from app.store.deliveries import deliveries
from app.store.diagnoses import Sent, save
from app.store.hooks import announce
from app.store.news import EVENTS, News, Seen
from app.store.occurrences import Place, count, occurrences
from app.store.sources import make_source
from app.store.subscriptions import Wish, add_hook, find_hook, hooks, remove_hook
from tests.meanwhile import by_another, impatient

KNOWN = (shipped("signatures") / "uvicorn" / "uvicorn-1317.match.cli-two-workers.txt").read_bytes()
UNKNOWN = b'Traceback (most recent call last):\n  File "/srv/shop/a.py", line 1, in f\n    g()\nKeyError: 1\n'
URL = "https://receiver.example/hook"
START = datetime(2026, 11, 23, 12, 0, 30, tzinfo=UTC)
WEB = Place("shop", "web", "1.2", "production")


@pytest.fixture
def sessions(engine: Engine) -> Sessions:
    made = session_factory(engine)
    with made.begin() as session:
        for name in ("shop", "bank"):
            make_source(session, name)
    return made


def crash_of(index: Index, raw: bytes, **packages: str) -> CrashDiagnosis:
    stated = Environment(packages={name: Fact(version) for name, version in packages.items()})
    return diagnose(read(raw), index, stated=stated).crashes[0]


def seen(sessions: Sessions, index: Index, raw: bytes, place: Place, at: datetime = START, **packages: str) -> None:
    """Count a crash and announce it, as the intake does."""
    stated = Environment(packages={name: Fact(version) for name, version in packages.items()})
    diagnosis = diagnose(read(raw), index, stated=stated)
    with sessions.begin() as session:
        kept = save(session, Sent(raw.decode(), (), stated, None), diagnosis)
        for crash in diagnosis.crashes:
            count(session, crash, place, kept.id)
            announce(session, Seen(crash, place, kept.id, at))


def keep(sessions: Sessions, index: Index) -> str:
    """The id of a diagnosis of the known crash."""
    with sessions.begin() as session:
        return save(session, Sent(KNOWN.decode(), (), Environment(), None), diagnose(read(KNOWN), index)).id


def subscribe(sessions: Sessions, *events: str, **more: object) -> int:
    with sessions.begin() as session:
        wish = replace(Wish(URL, events or EVENTS), **more)  # type: ignore[arg-type]  # fields by name
        return add_hook(session, wish).id


def told(sessions: Sessions, hook: int) -> list[News]:
    with sessions() as session:
        return [one.news for one in reversed(deliveries(session, hook=hook, limit=500))]


def test_a_known_bug_is_news_once_for_each_service(sessions: Sessions, index: Index) -> None:
    hook = subscribe(sessions, "crash.known.first")
    for place in (WEB, WEB, replace(WEB, release="1.3"), replace(WEB, service="api"), replace(WEB, source="bank")):
        seen(sessions, index, KNOWN, place)
    assert [(one.event, one.signature, one.service) for one in told(sessions, hook)] == [
        ("crash.known.first", "uvicorn-1317", "web"),
        ("crash.known.first", "uvicorn-1317", "api"),
    ]


def test_where_no_service_is_named_the_source_is_the_service(sessions: Sessions, index: Index) -> None:
    hook = subscribe(sessions, "crash.known.first")
    for source in ("shop", "bank", "shop"):
        seen(sessions, index, KNOWN, Place(source))
    assert [one.source for one in told(sessions, hook)] == ["shop", "bank"]


def test_what_was_seen_before_the_subscription_is_no_news(sessions: Sessions, index: Index) -> None:
    seen(sessions, index, KNOWN, WEB)
    hook = subscribe(sessions)
    seen(sessions, index, KNOWN, WEB)
    assert told(sessions, hook) == []


def test_a_failure_that_comes_many_times_at_once_is_news_as_if_it_came_one_by_one(
    sessions: Sessions, index: Index
) -> None:
    hook = subscribe(sessions, "crash.known.first", "crash.unknown.rate")
    with sessions.begin() as session:
        for raw in (KNOWN, UNKNOWN):
            crash = crash_of(index, raw)
            kept = save(session, Sent(raw.decode(), (), Environment(), None), diagnose(read(raw), index)).id
            count(session, crash, WEB, kept, times=10)
            announce(session, Seen(crash, WEB, kept, START, 10))
    assert [(one.event, one.count) for one in told(sessions, hook)] == [
        ("crash.known.first", 1),
        ("crash.unknown.rate", 10),
    ]


def test_a_known_bug_in_a_version_with_the_fix_is_a_regression_once_a_version(sessions: Sessions, index: Index) -> None:
    hook = subscribe(sessions)
    for version in ("0.30.0", "0.30.0", "0.31.0"):
        seen(sessions, index, KNOWN, WEB, uvicorn=version)
    found = told(sessions, hook)
    assert [(one.event, one.version, one.fixed_in) for one in found] == [
        ("crash.regression", "0.30.0", "0.18.0"),
        ("crash.regression", "0.31.0", "0.18.0"),
    ]
    assert {one.verdict for one in found} == {"maybe"}


def test_a_cut_paste_from_a_fixed_version_is_no_regression(sessions: Sessions, index: Index) -> None:
    hook = subscribe(sessions, "crash.regression")
    seen(sessions, index, b"\n".join(KNOWN.splitlines()[:-1]), WEB, uvicorn="0.30.0")
    assert told(sessions, hook) == []


def test_an_unknown_crash_is_news_when_it_passes_the_rate(sessions: Sessions, index: Index) -> None:
    hook = subscribe(sessions, rate_count=3, rate_minutes=10)
    for minute in (0, 5):
        seen(sessions, index, UNKNOWN, WEB, START + timedelta(minutes=minute))
    assert told(sessions, hook) == []
    seen(sessions, index, UNKNOWN, replace(WEB, release="1.3"), START + timedelta(minutes=8))
    (one,) = told(sessions, hook)
    assert (one.event, one.count, one.minutes, one.signature) == ("crash.unknown.rate", 3, 10, None)
    assert one.title == "KeyError: 1"


def test_crashes_that_come_slowly_never_pass_it(sessions: Sessions, index: Index) -> None:
    hook = subscribe(sessions, rate_count=3, rate_minutes=10)
    for number in range(8):
        seen(sessions, index, UNKNOWN, WEB, START + timedelta(minutes=5 * number))
    assert told(sessions, hook) == []


def test_a_rate_is_told_again_only_after_it_fell_or_after_a_day(sessions: Sessions, index: Index) -> None:
    hook = subscribe(sessions, rate_count=2, rate_minutes=240)
    moments = [0, 1, 2]  # passes at 1, and stays
    moments += [300, 301]  # fell, and passes again
    moments += [301 + 200 * step for step in range(1, 9)]  # stays for more than a day
    for minute in moments:
        seen(sessions, index, UNKNOWN, WEB, START + timedelta(minutes=minute))
    at = [(datetime.fromisoformat(one.at) - START) / timedelta(minutes=1) for one in told(sessions, hook)]
    assert at == [1, 301, 301 + 1600]


def test_a_subscription_counts_only_what_it_asks_for(sessions: Sessions, index: Index) -> None:
    shop = subscribe(sessions, source="shop", rate_count=2)
    api = subscribe(sessions, service="api", rate_count=2)
    for place in (WEB, replace(WEB, source="bank"), WEB):
        seen(sessions, index, UNKNOWN, place)
    assert [one.source for one in told(sessions, shop)] == ["shop"]
    assert told(sessions, api) == []


def test_each_subscription_has_its_own_rate(sessions: Sessions, index: Index) -> None:
    soon, late = subscribe(sessions, rate_count=1), subscribe(sessions, rate_count=3)
    for _ in range(2):
        seen(sessions, index, UNKNOWN, WEB)
    assert (len(told(sessions, soon)), len(told(sessions, late))) == (1, 0)


def test_news_go_with_the_transaction_that_counts(sessions: Sessions, index: Index) -> None:
    hook = subscribe(sessions)
    crash, kept = crash_of(index, KNOWN), keep(sessions, index)
    with sessions() as session:
        count(session, crash, WEB, kept)
        announce(session, Seen(crash, WEB, kept, START))
        session.rollback()
    assert told(sessions, hook) == []


def test_the_intake_announces_what_it_counts(sessions: Sessions, index: Index) -> None:
    hook = subscribe(sessions)
    with sessions.begin() as session:
        take(session, Sender(replace(WEB, service="/home/jane/web"), Environment(), None), KNOWN.decode(), index=index)
    (one,) = told(sessions, hook)
    assert one.signature == "uvicorn-1317"
    assert "jane" not in repr(one)


def test_without_subscriptions_a_group_costs_one_query(sessions: Sessions, index: Index, engine: Engine) -> None:
    asked: list[str] = []
    crash = crash_of(index, UNKNOWN)
    with sessions.begin() as session:
        event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
        for _ in range(50):
            with session.begin_nested():
                announce(session, Seen(crash, WEB, "x", datetime.now(UTC)))
    assert len([one for one in asked if "SAVEPOINT" not in one]) == 1


def test_a_new_subscription_is_known_to_the_next_transaction_of_a_session(sessions: Sessions, index: Index) -> None:
    crash = crash_of(index, UNKNOWN)
    with sessions() as session:
        announce(session, Seen(crash, WEB, "x", START))
        session.commit()
        hook = subscribe(sessions, rate_count=1)
        announce(session, Seen(crash, WEB, "x", START))
        session.commit()
    assert len(told(sessions, hook)) == 1


def test_subscriptions_are_made_listed_and_removed(sessions: Sessions, index: Index) -> None:
    hook = subscribe(sessions, "crash.known.first", kind="slack", headers={"X-Token": "abc"})
    seen(sessions, index, KNOWN, WEB)
    with sessions.begin() as session:
        (one,) = hooks(session)
        assert (one.id, one.wish.kind, one.wish.headers) == (hook, "slack", {"X-Token": "abc"})
        assert one.secret.startswith("whsec_")
        assert one.secret not in repr(one)
        assert "abc" not in repr(one)
        remove_hook(session, hook)
    with sessions.begin() as session:
        assert (hooks(session), deliveries(session)) == ([], [])
        with pytest.raises(Unknown, match="no webhook"):
            find_hook(session, hook)


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        (Wish("ftp://example.org/"), "http"),
        (Wish("https://user:secret@example.org/"), "without a user"),
        (Wish("https://example.org/\nx"), "http"),
        (Wish("https:///path"), "with a host"),
        (Wish("https://example.org:99999/"), "http"),
        (Wish(URL, ("crash.unheard",)), "events"),
        (Wish(URL, ()), "events"),
        (Wish(URL, kind="pigeon"), "no kind"),
        (Wish(URL, rate_count=0), "1 to 100000 crashes"),
        (Wish(URL, rate_minutes=5000), "1 to 1440 minutes"),
        (Wish(URL, headers={"Host": "metadata"}), "'Host' can't be sent"),
        (Wish(URL, headers={"webhook-id": "1"}), "can't be sent"),
        (Wish(URL, headers={"X-A": "1\r\nX-B: 2"}), "can't be sent"),
    ],
)
def test_what_could_never_be_sent_is_refused(sessions: Sessions, wish: Wish, told: str) -> None:
    with sessions.begin() as session, pytest.raises(Misconfigured, match=told):
        add_hook(session, wish)


def test_news_of_an_older_version_can_still_be_read(sessions: Sessions, index: Index) -> None:
    hook = subscribe(sessions)
    seen(sessions, index, KNOWN, WEB)
    (one,) = told(sessions, hook)
    record = one.as_record()
    assert News.of(record) == one
    del record["minutes"]
    assert News.of(record | {"gone since": 1}) == one


def test_processes_that_count_at_once_tell_it_once(sessions: Sessions, index: Index, engine: Engine) -> None:
    """Two releases of one service, each counted in a transaction that does not see the other."""
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    hook = subscribe(sessions, "crash.known.first")
    crash, kept = crash_of(index, KNOWN), keep(sessions, index)

    def count_and_tell(session: Session, release: str) -> None:
        place = replace(WEB, release=release)
        count(session, crash, place, kept)
        announce(session, Seen(crash, place, kept, START))

    def other() -> None:
        with sessions.begin() as session:
            count_and_tell(session, "2")

    with sessions() as session, sessions() as watching, ThreadPoolExecutor() as pool:
        count_and_tell(session, "1")
        session.flush()
        second = pool.submit(other)
        until = time.monotonic() + 60
        while not watching.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one():
            assert time.monotonic() < until, "the other process never came to where it must wait"
        session.commit()
        second.result()
    assert len(told(sessions, hook)) == 1


@pytest.mark.parametrize("words", ["FROM hooks", "INSERT INTO hook_told"])
def test_a_crash_counts_although_a_subscription_is_removed_meanwhile(
    words: str, sessions: Sessions, index: Index
) -> None:
    """It was there when the transaction asked who wants news."""
    subscribe(sessions)
    with by_another(sessions.kw["bind"], words, lambda session: remove_hook(session, 1)):
        seen(sessions, index, KNOWN, WEB)
    with sessions() as session:
        assert [one.count for one in occurrences(session)] == [1]
        assert (hooks(session), deliveries(session)) == ([], [])


def test_news_that_another_source_told_meanwhile_is_not_forgotten(sessions: Sessions, index: Index) -> None:
    """A crash that alone is below the rate comes at the same time as two from elsewhere that reach it."""
    hook = subscribe(sessions, "crash.unknown.rate", rate_count=3)
    seen(sessions, index, UNKNOWN, WEB)
    diagnosis = diagnose(read(UNKNOWN), index)
    with sessions.begin() as session:
        kept = save(session, Sent(UNKNOWN.decode(), (), Environment(), None), diagnosis).id

    def elsewhere(session: Session) -> None:
        bank, later = Place("bank", "till"), START + timedelta(seconds=2)
        announce(session, Seen(diagnosis.crashes[0], bank, kept, later, times=2))

    with by_another(sessions.kw["bind"], "FROM hook_minutes", elsewhere), sessions.begin() as session:
        announce(session, Seen(diagnosis.crashes[0], WEB, kept, START + timedelta(seconds=1)))
    seen(sessions, index, UNKNOWN, WEB, START + timedelta(seconds=3))
    assert len(told(sessions, hook)) == 1


def test_sources_do_not_wait_for_each_other_while_a_rate_stays_high(
    engine: Engine, sessions: Sessions, index: Index
) -> None:
    """Two that did, each with the other's news in another order, would wait for ever."""
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    hook = subscribe(sessions, "crash.unknown.rate", rate_count=1)
    seen(sessions, index, UNKNOWN, WEB)
    crash = diagnose(read(UNKNOWN), index).crashes[0]
    with impatient(engine) as others, sessions.begin() as first, others.begin() as second:
        for session, place in ((first, WEB), (second, Place("bank", "till"))):
            announce(session, Seen(crash, place, told(sessions, hook)[0].diagnosis, START + timedelta(seconds=1)))
    assert len(told(sessions, hook)) == 1
