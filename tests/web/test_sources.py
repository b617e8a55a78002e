"""The pages of sources, asked for as somebody who is signed in: what they say, and what their forms change."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings, shipped
from app.staff import MOST_OCCURRENCES, MOST_PARKED, Hour
from app.store.hours import Came, bump
from app.store.parked import park, parked
from app.store.sources import add_key, count_crashes, count_records, source_of, sources
from app.store.staff import add
from app.web import chart
from app.web.times import ago, when

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.store.database import Session

BROWSER = {"accept": "text/html,application/xhtml+xml"}
PATIENCE = 60.0  # seconds for what takes two
CRASH = (shipped("signatures") / "uvicorn" / "uvicorn-1317.match.cli-two-workers.txt").read_text()
UNKNOWN = 'Traceback (most recent call last):\n  File "/srv/shop/orders.py", line 7, in pay\n    f()\nKeyError: 7\n'
HOSTILE = "</code></pre><script>alert(1)</script>\u202e\x1b[31m {{ 7*7 }} & " + "W" * 9_000


def signed_in(client: TestClient) -> TestClient:
    """The same client, whose cookie opens the pages of staff."""
    with client.app.state.sessions.begin() as session:  # type: ignore[attr-defined]
        key = add(session, "desk", datetime.now(UTC))
    assert client.post("/sign-in", data={"key": key}, headers=BROWSER).url.path == "/sources"
    return client


@pytest.fixture
def staff(local_client: TestClient) -> TestClient:
    return signed_in(local_client)


def change(client: TestClient, work: Callable[[Session], Any]) -> Any:
    """Do something with the database behind the pages."""
    with client.app.state.sessions.begin() as session:  # type: ignore[attr-defined]
        return work(session)


def page(client: TestClient, path: str) -> str:
    answer = client.get(path, headers=BROWSER)
    assert answer.status_code == 200, answer.text
    return answer.text


def said(html: str) -> str:
    """The words of a page, as they are read."""
    text = re.sub(r"<[^>]*>", " ", html)
    for name, char in (("&lt;", "<"), ("&gt;", ">"), ("&#34;", '"'), ("&#39;", "'"), ("&amp;", "&"), ("\xa0", " ")):
        text = text.replace(name, char)
    return " ".join(text.split())


def sent(client: TestClient, path: str, **fields: Any) -> tuple[int, str, str]:
    """Status, path and text of what follows a form with the token of this session."""
    token = re.findall(r'name="token" value="([0-9a-f]{64})"', page(client, "/sources"))[0]
    answer = client.post(path, data={"token": token, **fields}, headers=BROWSER)
    return answer.status_code, answer.url.path, answer.text


def key_in(html: str) -> str:
    return str(re.findall(r'<pre id="new-key"><code>(tl_\w+)</code></pre>', html)[0])


def test_a_source_is_made_sends_is_watched_and_is_removed(client: TestClient) -> None:
    """On every database, and all by the pages; the crashes go the whole way."""
    signed_in(client)
    assert "Make the first one" in said(page(client, "/sources"))
    status, _, made = sent(client, "/sources", name="shop")
    assert status == 200
    key = key_in(made)
    assert "Nothing has come from it yet." in said(made)
    assert key not in page(client, "/sources/shop")
    for text in (CRASH, UNKNOWN):
        body = {"message": "it broke", "stack_trace": text, "service": "web", "release": "1.2", "env": "production"}
        answer = client.post("/ingest", json=body, headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code < 300
    until = time.monotonic() + PATIENCE
    while "2 crashes in 2 records" not in said(page(client, "/sources/shop")) and time.monotonic() < until:
        time.sleep(0.1)
    html = page(client, "/sources/shop")
    words = said(html)
    for part in (
        "2 crashes in 2 records; 50 % of them explained by a known bug.",
        "crashes a minute, now",
        "not explained",
        "known bug uvicorn-1317",
        "KeyError: 7",
        "not known v1:",
        "Service web Release 1.2 Environment production",
        "Seen 1 × times",
        "last seen just now",
    ):
        assert part in words, part
    assert 'aria-label="2 crashes in the last 24 hours, at most 2 an hour, from ' in html
    assert 'href="/kb/uvicorn/uvicorn-1317"' in html
    examples = re.findall(r'href="(/diagnoses/\w{26})"', html)
    assert [client.get(one).status_code for one in examples] == [200, 200]
    assert "1 source sent 2 crashes, 50 % of them explained." in said(page(client, "/sources"))

    assert "Remove shop?" in page(client, "/sources/shop/remove")
    assert sent(client, "/sources/shop/remove")[:2] == (200, "/sources")
    assert client.get("/sources/shop", headers=BROWSER).status_code == 404
    assert client.get(examples[0]).status_code == 200


def test_what_still_comes_for_a_removed_source_holds_up_nobody(client: TestClient) -> None:
    """A key is known for some seconds after its source is gone."""
    signed_in(client)
    gone = key_in(sent(client, "/sources", name="gone")[2])
    crash = {"stack_trace": UNKNOWN}
    client.post("/ingest", json=crash, headers={"Authorization": f"Bearer {gone}"})
    sent(client, "/sources/gone/remove")
    client.post("/ingest", json={"stack_trace": CRASH}, headers={"Authorization": f"Bearer {gone}"})
    key = key_in(sent(client, "/sources", name="shop")[2])
    client.post("/ingest", json=crash, headers={"Authorization": f"Bearer {key}"})
    until = time.monotonic() + PATIENCE
    while "1 crash in 1 record;" not in said(page(client, "/sources/shop")) and time.monotonic() < until:
        time.sleep(0.1)
    assert "1 crash in 1 record;" in said(page(client, "/sources/shop"))
    assert client.get("/sources/gone", headers=BROWSER).status_code == 404


def test_keys_are_made_and_revoked_one_by_one(staff: TestClient) -> None:
    first = key_in(sent(staff, "/sources", name="shop")[2])
    second = key_in(sent(staff, "/sources/shop/keys")[2])
    assert first != second
    assert f"…{first[-4:]}" in page(staff, "/sources/shop")
    assert sent(staff, "/sources/shop/revoked", hint=first[-4:])[:2] == (200, "/sources/shop")
    assert change(staff, lambda session: [source_of(session, key) for key in (first, second)]) == [None, "shop"]
    html = page(staff, "/sources/shop")
    valid, _, revoked = html.partition('<details class="gone">')
    assert f"…{second[-4:]}" in valid
    assert f"…{first[-4:]}" not in valid
    assert f"…{first[-4:]}" in revoked
    sent(staff, "/sources/shop/revoked", hint=second[-4:])
    assert "None is valid: nothing can be sent." in page(staff, "/sources/shop")
    assert sent(staff, "/sources/shop/revoked", hint="")[1] == "/sources/shop"


@pytest.mark.parametrize(
    ("name", "told"),
    [("", "is no name"), ("Shop Production", "is no name"), ("a/b", "is no name"), ("shop", "There is a source")],
)
def test_what_is_no_new_name_is_said_and_kept(staff: TestClient, name: str, told: str) -> None:
    change(staff, lambda session: add_key(session, "shop"))
    status, path, html = sent(staff, "/sources", name=name)
    assert (status, path) == (422, "/sources")
    assert told in said(html)
    assert f'value="{name}"' in html
    assert [one.name for one in change(staff, sources)] == ["shop"]


def test_what_is_not_there_is_told_and_not_made(staff: TestClient) -> None:
    for path in ("/sources/nowhere", "/sources/nowhere/remove", "/sources/%3Cscript%3E", "/sources/" + "x" * 900):
        assert staff.get(path, headers=BROWSER).status_code == 404
    for path in ("/sources/nowhere/keys", "/sources/nowhere/revoked", "/sources/nowhere/remove"):
        assert sent(staff, path, hint="abcd")[0] == 404
    assert sent(staff, "/sources/nowhere/parked", do="drop", id="1")[0] == 404
    assert change(staff, sources) == []


def test_where_a_form_was_answered_a_page_loaded_again_leads_back(staff: TestClient) -> None:
    change(staff, lambda session: add_key(session, "shop"))
    for part in ("keys", "revoked", "parked"):
        assert staff.get(f"/sources/shop/{part}", headers=BROWSER).url.path == "/sources/shop"


def test_the_last_error_and_totals_are_told(staff: TestClient) -> None:
    def fill(session: Session) -> None:
        add_key(session, "shop")
        session.flush()
        count_records(session, "shop", 12_345, f"line 3 is no JSON {HOSTILE}")
        count_crashes(session, "shop", 1_000, 999)

    change(staff, fill)
    for path in ("/sources", "/sources/shop"):
        words = said(page(staff, path))
        assert "line 3 is no JSON" in words
        assert "99 %" in words
        assert "100 %" not in words
    assert "12,345" in words
    assert "999 (99 %)" in words


def test_what_is_parked_is_shown_dropped_and_sent_again(staff: TestClient) -> None:
    def fill(session: Session) -> None:
        for name in ("shop", "billing"):
            add_key(session, name)
        session.flush()
        count_records(session, "shop", 1)
        park(session, "shop", [(UNKNOWN, {"service": "web"}, "it took too long"), ("{no", None, "no text in it")])
        park(session, "billing", [("other", None, "not yours")])

    change(staff, fill)
    html = page(staff, "/sources/shop")
    assert "it took too long" in html
    assert "KeyError: 7" in html
    assert "not yours" not in html
    crash, broken, other = sorted(one.id for one in change(staff, parked))
    assert "1 dropped." in said(sent(staff, "/sources/shop/parked", do="drop", id=[broken, other])[2])
    assert "1 sent the way again." in said(sent(staff, "/sources/shop/parked", do="replay", id=[crash])[2])
    assert [one.id for one in change(staff, parked)] == [other]
    until = time.monotonic() + PATIENCE
    while change(staff, lambda session: sources(session)[1].crashes) == 0 and time.monotonic() < until:
        time.sleep(0.1)
    assert "KeyError: 7" in page(staff, "/sources/shop")
    for nonsense in ("x", "-1", "9" * 19, "9" * 400, "٣", ""):
        assert "0 dropped." in said(sent(staff, "/sources/shop/parked", do="drop", id=nonsense)[2])


def test_long_lists_are_cut_and_hostile_text_does_nothing(staff: TestClient) -> None:
    def fill(session: Session) -> None:
        add_key(session, "shop")
        session.flush()
        park(session, "shop", [(HOSTILE, None, HOSTILE)] * (MOST_PARKED + 5))

    change(staff, fill)
    html = page(staff, "/sources/shop")
    assert f"the newest {MOST_PARKED}" in html
    assert html.count('type="checkbox"') == MOST_PARKED
    for live in ("<script>alert", "\u202e", "\x1b"):
        assert live not in html
    assert "{{ 7*7 }}" in html
    assert MOST_OCCURRENCES > 0


def test_what_came_is_drawn_and_said_by_the_hour(staff: TestClient) -> None:
    now = datetime.now(UTC)

    def fill(session: Session) -> None:
        add_key(session, "shop")
        session.flush()
        count_records(session, "shop", 7)
        bump(session, "shop", now - timedelta(hours=3), Came(1_000, 5, 2))
        bump(session, "shop", now - timedelta(hours=30), Came(10**6, 10**6))

    change(staff, fill)
    html = page(staff, "/sources/shop")
    assert re.findall(r'aria-label="([^"]* crashes in [^"]*)"', html) == [
        f"5 crashes in the last 24 hours, at most 5 an hour, from {now - timedelta(hours=3):%H}:00 UTC on"
    ]
    assert re.findall(r'aria-label="([\d,]+ records)', html) == ["1,007 records"]
    assert re.search(r'<th scope="row">\d+ \w+, \d\d:00 UTC</th><td>1,000</td><td>5</td><td>2</td>', html)


def test_bars_are_as_high_as_what_they_stand_for_and_stay_inside() -> None:
    begin = datetime(2026, 11, 22, 10, tzinfo=UTC)
    day = [Hour(begin + timedelta(hours=at), *counts) for at, counts in enumerate([(9, 100, 60), (0, 0, 0), (1, 1, 0)])]
    drawn = chart.crashes(day)
    assert (drawn.width, drawn.most) == (30, "100")
    (low,) = re.findall(r"M([\d.]+) ([\d.]+)h8v([\d.]+)", drawn.lower)
    high, small = re.findall(r"M([\d.]+) ([\d.]+)h8v([\d.]+)", drawn.upper)
    assert float(low[2]) / float(high[2]) == pytest.approx(60 / 40, rel=0.01)
    assert float(high[1]) + float(high[2]) == pytest.approx(float(low[1]))
    assert float(high[1]) >= 0
    assert float(small[2]) >= chart.LEAST
    assert chart.crashes([]).said == "No crashes in the last 24 hours"
    assert chart.records(day[2:]).said == "1 record in the last 1 hours, at most 1 an hour, from 12:00 UTC on"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-5, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (3_599, "59 minutes ago"),
        (7_200, "2 hours ago"),
        (86_400, "1 day ago"),
        (29 * 86_400, "29 days ago"),
        (40 * 86_400, "13 October 2026"),
    ],
)
def test_a_moment_is_said_as_people_do(seconds: int, told: str) -> None:
    now = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
    assert ago(now - timedelta(seconds=seconds), now) == told
    assert when(now, now).whole == "22 November 2026, 10:30 UTC"


@pytest.mark.parametrize(
    ("base_url", "shown"),
    [(None, "http://testserver/ingest"), ("https://t.example.org:8443/", "https://t.example.org:8443/ingest")],
)
def test_addresses_are_the_settings_else_those_that_were_asked_for(
    database_url: str, base_url: str | None, shown: str
) -> None:
    app = create_app(Settings(database_url=database_url, base_url=base_url))
    with TestClient(app) as client:
        signed_in(client)
        html = sent(client, "/sources", name="shop")[2]
        assert shown in html
        assert html.count(key_in(html)) > 20
        assert "YOUR_KEY" not in html
        assert "YOUR_KEY" in page(client, "/sources/shop")
