"""What is remembered: each report once, its answer whole, its fingerprints counted."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from app.crash.model import Environment, Fact
from app.diagnosis.model import (
    Ceiling,
    CrashDiagnosis,
    Diagnosis,
    Evidence,
    Failed,
    Known,
    Match,
    NearMiss,
    Replies,
    Source,
    Surroundings,
)
from app.store.database import Sessions, session_factory
from app.store.diagnoses import Kept, Sent, Written, find, save, save_all, save_unseen, times_seen, write

MATCH = Match(
    signature="uvicorn-1317", package="uvicorn", title="Workers can't accept", verdict="match", confidence=0.96,
    version_verdict="unknown", fixed_in="0.18.0", advice="Upgrade.", cause="Proactor.", remedy="Selector.",
    workaround=None, not_when=None, question=None,
    evidence=(Evidence("message", "all", "holds", r"\[WinError 87\]", 16, "OSError: [WinError 87] …"),),
    references=(Source("fix", "https://example.com/1"),), url="/kb/uvicorn/uvicorn-1317",
    contributions={"start": 1.62, "message": 0.88}, ceiling=Ceiling(0.79, "The paste is cut."),
)  # fmt: skip
CRASH = CrashDiagnosis(
    verdict="match", confidence=0.96, language="python", form="python", truncated=False, exception="OSError",
    message="[WinError 87]", fingerprint="v1:aa", first_line=1, last_line=16,
    environment=Surroundings(Known("windows", 10), None, {"uvicorn": Known("0.17.6")}), matches=(MATCH,),
    near_misses=(NearMiss("a", "b", "c", Failed("log", "none", "x", "y", 3), "/kb/b/a"),), would_help=("the log",),
)  # fmt: skip
UNKNOWN = replace(CRASH, verdict="none", confidence=0.1, fingerprint="v1:bb", matches=())
ANSWER = Diagnosis("match", 0.96, "Known.", (CRASH, UNKNOWN), Replies("Dear", "Note"), "sha256:1")
REPORT = Sent("text", ({"kind": "email", "line": 1, "count": 2},), Environment(), "desk")


@pytest.fixture
def sessions(engine: Engine) -> Sessions:
    return session_factory(engine)


def keep(sessions: Sessions, sent: Sent = REPORT, answer: Diagnosis = ANSWER) -> Kept:
    with sessions.begin() as session:
        return save(session, sent, answer)


def test_a_diagnosis_comes_back_as_it_was(sessions: Sessions) -> None:
    kept = keep(sessions)
    with sessions() as session:
        found = find(session, kept.id)
    assert found is not None
    assert found.diagnosis == ANSWER
    assert (found.text, found.removed, found.kept) == (REPORT.text, REPORT.removed, kept)
    assert kept.new
    assert kept.first_seen.utcoffset() is not None


def test_the_same_again_is_counted(sessions: Sessions) -> None:
    first, second = keep(sessions), keep(sessions, replace(REPORT, source="other"))
    assert (second.id, second.seen, second.first_seen) == (first.id, 2, first.first_seen)
    assert second.last_seen > first.last_seen
    assert not second.new


def test_what_differs_is_another_diagnosis(sessions: Sessions) -> None:
    different = [
        (REPORT, ANSWER),
        (replace(REPORT, text="other"), ANSWER),
        (replace(REPORT, stated=Environment(os=Fact("linux"))), ANSWER),
        (replace(REPORT, stated=Environment(packages={"a": Fact("1")})), ANSWER),
        (REPORT, replace(ANSWER, book="sha256:2")),
        (REPORT, replace(ANSWER, engine="2")),
    ]
    assert len({keep(sessions, sent, answer).id for sent, answer in different}) == len(different)


def test_fingerprints_are_counted_as_often_as_they_came(sessions: Sessions) -> None:
    keep(sessions)
    keep(sessions)
    keep(sessions, replace(REPORT, text="other"), replace(ANSWER, crashes=(UNKNOWN,)))
    with sessions() as session:
        assert [times_seen(session, one) for one in ("v1:aa", "v1:bb", "v1:cc")] == [2, 3, 0]


def test_many_at_once_keep_one(sessions: Sessions) -> None:
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(lambda _: keep(sessions), range(24)))
    assert sorted(one.seen for one in kept) == list(range(1, 25))
    assert len({one.id for one in kept}) == 1


def test_a_transaction_that_fails_leaves_nothing(sessions: Sessions) -> None:
    with sessions() as session:  # as a request that fails after saving
        kept = save(session, REPORT, ANSWER)
    with sessions() as session:
        assert find(session, kept.id) is None
    keep(sessions)
    with sessions() as session:
        assert [one.seen for one in save_all(session, [again(REPORT)])] == [2]
    assert keep(sessions).seen == 2


def again(sent: Sent) -> Written:
    return replace(write(sent, ANSWER), again=True)


def test_what_came_before_is_counted_with_its_twins_and_stored_anew_where_it_is_gone(sessions: Sessions) -> None:
    first, other = keep(sessions), replace(REPORT, text="other")
    with sessions.begin() as session:
        kept = save_all(session, [again(REPORT), again(other), again(REPORT)])
    assert [one.seen for one in kept] == [2, 1, 3]
    assert [one.id for one in kept] == [first.id, kept[1].id, first.id]
    assert [one.first_seen for one in (kept[0], kept[2])] == [first.first_seen] * 2
    with sessions() as session:
        assert times_seen(session, "v1:aa") == 4
        found = find(session, first.id)
        assert find(session, kept[1].id) is not None
    assert found is not None
    assert found.kept == kept[2]
    with sessions.begin() as session:
        beside = save_all(session, [write(replace(REPORT, text="new"), ANSWER), again(REPORT), again(other)])
    assert [one.seen for one in beside] == [1, 4, 2]


def test_groups_kept_at_once_count_each_report_as_often_as_it_came(sessions: Sessions) -> None:
    """Those that came before and those that are new, in any order: nobody waits for one who waits for them."""
    texts = [replace(REPORT, text=f"report {number}") for number in range(12)]
    groups = [random.Random(number).sample(texts[:6] if number % 2 else texts, 6) for number in range(24)]
    for sent in texts[:6]:
        keep(sessions, sent)

    def keep_group(group: list[Sent]) -> None:
        with sessions.begin() as session:
            save_all(session, [again(sent) if sent in texts[:6] else write(sent, ANSWER) for sent in group])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(keep_group, groups))
    came = Counter(sent.text for group in (*groups, texts[:6], texts) for sent in group)
    assert {sent.text: keep(sessions, sent).seen for sent in texts} == came


def test_what_no_database_takes_is_replaced(sessions: Sessions) -> None:
    for odd in ("\x00", "\ud83d", "a\udc00b", "\ufffe", "😀"):
        sent = Sent(odd, ({"kind": odd, "line": 1, "count": 1},), Environment(os=Fact(odd)), odd)
        kept = keep(sessions, sent, replace(ANSWER, summary=odd))
        with sessions() as session:
            found = find(session, kept.id)
        assert found is not None
        assert found.text == found.diagnosis.summary
        assert found.text.encode()
        assert "\x00" not in found.text


def test_an_id_nobody_gave_finds_nothing(sessions: Sessions) -> None:
    with sessions() as session:
        for nobodys in ("", "x", "\x00" * 26, "'" * 26, "01ARZ3NDEKTSV4RRFFQ69G5FAV"):
            assert find(session, nobodys) is None


def test_many_kept_together_are_as_if_kept_one_after_the_other(sessions: Sessions) -> None:
    """Twins among them too, and those that were known before."""
    before = keep(sessions)
    other = replace(REPORT, text="other")
    with sessions.begin() as session:
        given = [
            (REPORT, ANSWER),
            (other, ANSWER),
            (REPORT, ANSWER),
            (other, ANSWER),
            (other, replace(ANSWER, book="b")),
        ]
        kept = save_all(session, [write(*one) for one in given])
    assert [one.seen for one in kept] == [2, 1, 3, 2, 1]
    assert [one.new for one in kept] == [False, True, False, False, True]
    assert kept[0].id == kept[2].id == before.id
    assert kept[1].id == kept[3].id
    assert len({one.id for one in kept}) == 3
    with sessions() as session:
        assert [times_seen(session, one) for one in ("v1:aa", "v1:bb")] == [6, 6]
        found = find(session, kept[4].id)
    assert found is not None
    assert (found.diagnosis, found.text) == (replace(ANSWER, book="b"), "other")


def test_a_report_that_comes_after_its_answer_was_asked_for_again_is_new(sessions: Sessions) -> None:
    with sessions.begin() as session:
        asked = save_unseen(session, REPORT, ANSWER)
    first = keep(sessions)
    assert (asked.seen, first.id, first.seen, first.new) == (0, asked.id, 1, True)
    with sessions() as session:
        assert times_seen(session, "v1:aa") == 1
