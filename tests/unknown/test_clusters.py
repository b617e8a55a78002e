"""Crashes that no signature explains, told apart, counted by the day and found again, on every database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, delete, insert, select, update

from app.crash.model import Environment, Fact
from app.diagnosis.candidates import Index, build_index
from app.errors import Unknown
from app.intake import Place, Sender, receive, take
from app.settings import shipped
from app.signature.book import make_book
from app.store.database import Session, Sessions, session_factory
from app.store.occurrences import EXAMPLES, occurrences
from app.store.shelf import Shelved
from app.store.sources import add_key, hold, remove
from app.store.tables import ArrivalRow, DiagnosisRow, OccurrenceRow
from app.store.trend_tables import DayRow
from app.store.trends import KEPT_DAYS, count_day, days
from app.unknown.clusters import COMPARED, DAYS, PASTED, Wanted, draft, gone, listed, whole
from app.unknown.rejudge import rejudge
from tests.meanwhile import by_another

KNOWN = (shipped("signatures") / "uvicorn" / "uvicorn-1317.match.cli-two-workers.txt").read_text()
OTHER = (shipped("signatures") / "uvicorn" / "uvicorn-1317.match.cli-two-workers.txt").read_text().replace("7728", "9")
MIDDLEWARE = '  File "/srv/shop/middleware.py", line 3, in wrapped\n    return inner()\n'


def crash(kind: int, number: int, *, exception: str = "ValueError", way: str = "") -> str:
    """A crash of a kind, with values of its own."""
    return (
        f'Traceback (most recent call last):\n{way}  File "/srv/shop/main.py", line 3, in run\n    check_out()\n'
        '  File "/srv/shop/till.py", line 8, in check_out\n    pay()\n'
        f'  File "/srv/shop/orders.py", line {number + 1}, in pay_{"abcdefghij"[kind]}\n    raise it\n'
        f"{exception}: order {number} can't be paid by 'customer {number}'\n"
    )


@pytest.fixture
def sessions(engine: Engine) -> Sessions:
    made = session_factory(engine)
    with made.begin() as session:
        for name in ("shop", "billing", "mobile"):
            add_key(session, name)
    return made


@pytest.fixture(scope="module")
def before(shelved: tuple[Shelved, ...]) -> Index:
    """A book that does not know the founding example yet."""
    return build_index(make_book(one.signature for one in shelved if one.signature.id != "uvicorn-1317"))


def came(session: Session, index: Index, text: str, source: str = "shop", service: str | None = None) -> None:
    place = Place(source, service, "1.2", "production")
    stated = Environment(python=Fact("3.11.4"), packages={"flask": Fact("2.3.2")})
    take(session, Sender(place, stated, None), text, index=index)


def shown(session: Session, index: Index, **wanted: object) -> list[tuple[str, int]]:
    found = listed(session, index, Wanted(**wanted), 100)  # type: ignore[arg-type]
    return [(one.exception or "", one.counted.count) for one in found]


def fingerprint_of(session: Session, index: Index, **wanted: object) -> str:
    return listed(session, index, Wanted(**wanted), 1)[0].counted.fingerprint  # type: ignore[arg-type]


def test_hundreds_of_crashes_become_a_few_clusters_in_the_order_that_is_asked(sessions: Sessions, index: Index) -> None:
    """The first kind came most often, the second last, and the third from the most sources."""
    with sessions.begin() as session:
        for number in range(150):
            came(session, index, crash(0, number))
        for number, source in enumerate(("shop", "billing", "mobile", "shop", "billing")):
            came(session, index, crash(2, number, exception="KeyError"), source)
        for number in range(60):
            came(session, index, crash(1, number, exception="TypeError"), "billing", f"service-{number % 7}")
    with sessions() as session:
        assert shown(session, index) == [("ValueError", 150), ("TypeError", 60), ("KeyError", 5)]
        assert shown(session, index, order="recent")[0] == ("TypeError", 60)
        assert shown(session, index, order="spread")[0] == ("KeyError", 5)
        assert shown(session, index, source="billing") == [("TypeError", 60), ("KeyError", 2)]
        assert shown(session, index, exception="keye") == [("KeyError", 5)]
        assert shown(session, index, text="can't paid TYPEERROR") == [("TypeError", 60)]
        assert shown(session, index, text=fingerprint_of(session, index)) == [("ValueError", 150)]
        assert shown(session, index, text="100%_") == shown(session, index, exception="\x00") == []
        assert shown(session, index, offset=2) == [("KeyError", 5)]
        assert shown(session, index, source="nowhere") == shown(session, index, source="\x00") == []
        top = listed(session, index, Wanted(), 1)[0]
        assert (top.says, top.trend) == ("order # can't be paid by '_'", (*[0] * (DAYS - 1), 150))
        assert len(top.examples) == EXAMPLES
        assert top.alike.common == ("main:run", "till:check_out", "orders:pay_a")
        assert top.alike.versions == (("System", ("linux",)), ("Python", ("3.11.4",)), ("flask", ("2.3.2",)))
        typed = listed(session, index, Wanted(exception="TypeError"), 1)[0]
        assert typed.origins[0].services == tuple(f"service-{number}" for number in range(7))


def test_pastes_count_with_what_sources_sent_and_each_once(sessions: Sessions, index: Index) -> None:
    with sessions.begin() as session:
        came(session, index, crash(0, 1))
        for number in (1, 2, 2):
            receive(crash(0, number).encode(), index=index, session=session, source="page")
        receive(crash(1, 7, exception="TypeError").encode(), index=index, session=session)
        receive(KNOWN.encode(), index=index, session=session)
    with sessions() as session:
        assert shown(session, index) == [("ValueError", 4), ("TypeError", 1)]
        assert shown(session, index, source=PASTED) == [("ValueError", 3), ("TypeError", 1)]
        one = listed(session, index, Wanted(), 1)[0]
        assert (one.counted.spread, [origin.source for origin in one.origins]) == (2, [PASTED, "shop"])
        assert listed(session, index, Wanted(exception="TypeError"), 1)[0].trend == ()


def test_a_known_crash_is_in_no_cluster_and_counted_by_the_day_with_its_signature(
    sessions: Sessions, index: Index
) -> None:
    with sessions.begin() as session:
        came(session, index, KNOWN)
        assert shown(session, index) == []
        assert session.execute(select(DayRow.signature, DayRow.count)).all() == [("uvicorn-1317", 1)]


def test_the_page_of_a_cluster_tells_what_all_examples_share_and_who_is_near(sessions: Sessions, index: Index) -> None:
    with sessions.begin() as session:
        for number in range(20):
            came(session, index, crash(0, number, way=MIDDLEWARE if number % 2 else ""), "shop", f"service-{number}")
        came(session, index, crash(0, 77).replace("can't be paid", "was lost"), "billing")
        came(session, index, crash(0, 78, exception="TypeError"))
        came(session, index, crash(1, 79))
        came(
            session,
            index,
            'Traceback (most recent call last):\n  File "/srv/x.py", line 1, in z\n    y()\nValueError\n',
        )
    with sessions() as session:
        found = whole(session, index, fingerprint_of(session, index))
        assert len(found.examples) == COMPARED
        assert found.cluster.alike.common == ("main:run", "till:check_out", "orders:pay_a")
        assert [place for place, _ in found.cluster.alike.varying] == ["middleware:wrapped"]
        assert len(found.cluster.alike.messages) == COMPARED
        assert [(one.says, one.shared) for one in found.neighbours] == [
            ("order # was lost by '_'", ("orders:pay_a", "till:check_out", "main:run")),
            ("order # can't be paid by '_'", ("till:check_out", "main:run")),
        ]
        assert found.explained == {}
        for wrong in ("v1:0", "", "\x00", "x" * 5000):
            with pytest.raises(Unknown):
                whole(session, index, wrong)
            assert gone(session, wrong) == []


def test_days_go_with_their_source_and_old_ones_by_and_by(sessions: Sessions) -> None:
    today = datetime.now(UTC).date()
    old = today - KEPT_DAYS - timedelta(days=1)
    with sessions.begin() as session:
        row = {"fingerprint": "v1:old", "source": "shop", "signature": "", "count": 3}
        session.execute(insert(DayRow).values([{**row, "day": old}, {**row, "day": old + timedelta(days=1)}]))
        count_day(session, "v1:new", None, "billing", today)
        count_day(session, "v1:new", None, "billing", today)
        count_day(session, "v1:new", None, "shop", today)
        assert session.execute(select(DayRow.day).where(DayRow.fingerprint == "v1:old")).scalars().all() == [
            old + timedelta(days=1)
        ]
        assert days(session, ["v1:new", "v1:none"], today, today) == {"v1:new": [3]}
        assert days(session, ["v1:new"], today - timedelta(days=1), today, "shop") == {"v1:new": [0, 1]}
    with sessions.begin() as session:
        remove(session, "billing")
        assert days(session, ["v1:new"], today, today) == {"v1:new": [1]}


def test_what_a_new_book_explains_is_moved_with_its_counts_and_nothing_else_is(
    sessions: Sessions, before: Index, index: Index
) -> None:
    with sessions.begin() as session:
        for service in ("web", "web", "api"):
            came(session, before, KNOWN + "\n" * (service == "api"), "shop", service)
            session.execute(delete(ArrivalRow))
        came(session, before, OTHER, "billing")
        came(session, before, crash(0, 1))
        receive((KNOWN + "\nseen by Ada\n").encode(), index=before, session=session, source="page")
        came(session, index, KNOWN.replace("9412", "1"), "shop", "web")
    with sessions() as session:
        name = fingerprint_of(session, before)
        assert shown(session, index) == [("OSError", 5), ("ValueError", 1)]
        assert [one.explained for one in listed(session, index, Wanted(), 9)] == ["uvicorn-1317", None]
        assert [one.explained for one in listed(session, before, Wanted(), 9)] == [None, None]
        assert set(whole(session, index, name).explained.values()) == {"uvicorn-1317"}
    done = {one.fingerprint: one for one in rejudge(sessions, index)}
    assert (len(done), done[name].moved, done[name].places, done[name].left) == (2, 4, 3, 0)
    assert sum(one.moved for one in done.values()) == 4
    with sessions() as session:
        assert shown(session, index) == [("ValueError", 1)]
        counts = {
            (one.place.source, one.place.service): one.count
            for one in occurrences(session)
            if one.signature is not None
        }
        assert counts == {("shop", "web"): 3, ("shop", "api"): 1, ("billing", None): 1}
        assert gone(session, name)[0][0] == "uvicorn-1317"
        every = session.execute(select(DayRow.signature, DayRow.source, DayRow.count).order_by(DayRow.count)).all()
        assert set(every) == {("uvicorn-1317", "shop", 4), ("uvicorn-1317", "billing", 1), ("", "shop", 1)}
    assert [one.explained for one in rejudge(sessions, index)] == [{}]
    assert list(rejudge(sessions, index, name)) == []
    with sessions.begin() as session:  # what comes from now on is counted where the others went
        came(session, index, KNOWN + "\n\n", "billing")
        assert sorted(one.count for one in occurrences(session) if one.signature) == [1, 2, 3]


def test_a_place_whose_examples_disagree_or_are_gone_stays_unknown(
    sessions: Sessions, before: Index, index: Index
) -> None:
    alone = KNOWN.replace("Uvicorn running on", "running on").replace("Started", "Began")
    with sessions.begin() as session:
        came(session, before, KNOWN, "shop")
        came(session, before, alone.replace("uvicorn ", "python "), "shop")
        came(session, before, KNOWN, "billing")
        came(session, before, OTHER, "mobile")
        session.execute(delete(DiagnosisRow).where(DiagnosisRow.id.in_(occurrences(session, "mobile")[0].examples)))
    outcome = next(rejudge(sessions, index))
    assert (outcome.moved, outcome.places, outcome.left) == (1, 1, 2)
    with sessions() as session:
        assert shown(session, index) == [("OSError", 3)]


def test_a_cluster_without_any_example_is_listed_and_shown(sessions: Sessions, index: Index) -> None:
    with sessions.begin() as session:
        came(session, index, crash(0, 1))
        session.execute(delete(DiagnosisRow))
        session.execute(update(OccurrenceRow).values(count=7))
        one = listed(session, index, Wanted(), 1)[0]
        assert (one.exception, one.counted.count, one.examples) == (None, 7, ())
        assert whole(session, index, one.counted.fingerprint).examples == ()
        with pytest.raises(Unknown):
            draft(session, one.counted.fingerprint, "", "")
    assert [one.judged for one in rejudge(sessions, index)] == [0]


def test_a_crash_that_comes_while_its_place_is_judged_anew_is_looked_at_too(
    engine: Engine, sessions: Sessions, before: Index, index: Index
) -> None:
    """It shows the same place and is not explained: either it keeps the place unknown, or it comes after the move."""
    other = KNOWN.replace("Uvicorn running on", "running on").replace("Started", "Began").replace("uvicorn ", "python ")
    with sessions.begin() as session:
        came(session, before, KNOWN)

    def comes(session: Session) -> None:
        hold(session, ["shop"])
        came(session, before, other)

    with by_another(engine, "FROM occurrences LEFT OUTER JOIN occurrence_examples", comes):
        list(rejudge(sessions, index))
    with sessions() as session:
        assert sorted(one.count for one in occurrences(session)) == [1, 1]


def test_days_stay_unknown_with_what_came_while_the_others_were_moved(
    engine: Engine, sessions: Sessions, before: Index, index: Index
) -> None:
    with sessions.begin() as session:
        came(session, before, KNOWN)

    def comes(session: Session) -> None:
        hold(session, ["shop"])
        came(session, before, KNOWN + "\n\n", service="till")

    with by_another(engine, "SELECT count(*) AS count_1 FROM occurrences WHERE occurrences.fingerprint", comes):
        list(rejudge(sessions, index))
    with sessions() as session:
        every = set(session.execute(select(DayRow.signature, DayRow.count)).all())
        assert every == {("uvicorn-1317", 1), ("", 1)}


def test_every_cluster_is_judged_once_although_they_change_places_meanwhile(
    engine: Engine, sessions: Sessions, index: Index
) -> None:
    """The last one comes often while names are read, and goes before those that were read already."""
    with sessions.begin() as session:
        for kind in range(4):
            for number in range(9 - kind):
                came(session, index, crash(kind, number))
        last = listed(session, index, Wanted(), 9)[-1].counted.fingerprint

    def rises(session: Session) -> None:
        session.execute(update(OccurrenceRow).where(OccurrenceRow.fingerprint == last).values(count=100))

    with by_another(engine, "GROUP BY", rises):
        judged = [one.fingerprint for one in rejudge(sessions, index)]
    assert (len(judged), len(set(judged))) == (4, 4)
