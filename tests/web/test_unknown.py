"""The pages of unknown crashes and of coverage: for staff alone, escaped, and true to what came."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.cli.main import cli
from app.crash.model import Environment, Fact
from app.diagnosis.candidates import Index, build_index
from app.intake import Place, Sender, receive, take
from app.settings import shipped
from app.signature.book import make_book
from app.store.hours import Came, bump
from app.store.shelf import Shelved
from app.store.sources import add_key
from app.store.staff import add
from app.unknown.coverage import Tally
from app.web import trend_charts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.store.database import Session

BROWSER = {"accept": "text/html,application/xhtml+xml"}
KNOWN = (shipped("signatures") / "uvicorn" / "uvicorn-1317.match.cli-two-workers.txt").read_text()
HOSTILE = "</code></pre><script>alert(1)</script>\u202e\u2066 שלום \x1b[31m\x07 {{ 7*7 }} & " + "W" * 10_000
TALE = (
    "Traceback (most recent call last):\n"
    '  File "/usr/lib/python3.11/site-packages/flask/app.py", line 2190, in wsgi_app\n    rv = self.handle()\n'
    '  File "/srv/shop/orders.py", line {number}, in pay\n    charge(card)\n'
    "ValueError: order {number} is not {what}\n"
)
PATHS = ("/unknown", "/unknown/v1:0", "/unknown/v1:0/draft", "/unknown/v1:0/draft.yaml", "/coverage")
PATHS_OF_PROGRAMS = ("/api/v1/unknown", "/api/v1/coverage")


def change(client: TestClient, work: Callable[[Session], Any]) -> Any:
    """Do something with the database behind the pages."""
    with client.app.state.sessions.begin() as session:  # type: ignore[attr-defined]
        return work(session)


def signed_in(client: TestClient) -> TestClient:
    key = change(client, lambda session: add(session, "desk", datetime.now(UTC)))
    assert client.post("/sign-in", data={"key": key}, headers=BROWSER).status_code == 200
    return client


@pytest.fixture
def staff(local_client: TestClient) -> TestClient:
    return signed_in(local_client)


def came(client: TestClient, text: str, index: Index | None = None, *, source: str = "shop", service: str = "") -> None:
    """Let a source send a crash."""

    def work(session: Session) -> None:
        add_key(session, source)
        session.flush()
        place = Place(source, service or None, None, None)
        stated = Environment(python=Fact("3.11.4"), packages={"flask": Fact("2.3.2")})
        take(session, Sender(place, stated, None), text, index=index or client.app.state.index)  # type: ignore[attr-defined]

    change(client, work)


def page(client: TestClient, path: str, status: int = 200) -> str:
    answer = client.get(path, headers=BROWSER)
    assert answer.status_code == status, answer.text
    return answer.text


def said(html: str) -> str:
    """The words of a page, as they are read."""
    text = re.sub(r"<[^>]*>", " ", html)
    for name, char in (("&lt;", "<"), ("&gt;", ">"), ("&#34;", '"'), ("&#39;", "'"), ("&amp;", "&"), ("\xa0", " ")):
        text = text.replace(name, char)
    return " ".join(text.split())


def cluster(client: TestClient) -> str:
    """Path of the first cluster that is listed."""
    return str(re.findall(r'class="said" href="(/unknown/v1:[0-9a-f]{16})"', page(client, "/unknown"))[0])


def before(shelved: tuple[Shelved, ...]) -> Index:
    """A book that does not know the founding example yet."""
    return build_index(make_book(one.signature for one in shelved if one.signature.id != "uvicorn-1317"))


@pytest.mark.parametrize("path", PATHS)
def test_nobody_sees_them_who_is_not_signed_in(local_client: TestClient, path: str) -> None:
    assert local_client.get(path, headers=BROWSER).url.path == "/sign-in"


@pytest.mark.parametrize("path", PATHS_OF_PROGRAMS)
def test_a_program_that_is_not_signed_in_is_told_so(local_client: TestClient, path: str) -> None:
    answer = local_client.get(path)
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/signed-out")


def test_unknown_crashes_are_listed_shown_drafted_and_told_as_json(client: TestClient) -> None:
    """On every database."""
    signed_in(client)
    assert "Nothing is unknown" in page(client, "/unknown")
    for number in range(30):
        came(client, TALE.format(number=number, what="paid" if number < 25 else "known"), service=f"s{number % 5}")
    words = said(page(client, "/unknown"))
    for part in (
        "ValueError : order # is not paid",
        "Seen 25 × times",
        "In orders:pay",
        "flask.app:wsgi_app",
        "shop System Linux Python 3.11.4 flask 2.3.2",
    ):
        assert part in words, part
    assert 'aria-label="25 crashes in the last 30 days, at most 25 a day, on ' in page(client, "/unknown")
    assert "order # is not known" not in said(
        page(client, "/unknown?q=paid&exception=valueerror&source=shop&sort=recent")
    )
    assert "No unknown crash is all of this" in page(client, "/unknown?source=nowhere")
    path = cluster(client)
    words = said(page(client, path))
    for part in (
        "It was seen 25 times, from shop. No signature explained it when it came.",
        "12 looked at",
        "in all of them",
        "What they say order ",
        "Neighbours the same exception, near the same place ValueError : order # is not known 5 × both in orders:pay",
        "25 × shop service s0, s1, s2, s3 and s4",
    ):
        assert part in words, part
    told = client.get("/api/v1/unknown?limit=1").json()
    assert (told["unknown"][0]["count"], told["unknown"][0]["url"], told["next_offset"]) == (25, path, 1)
    assert client.get("/api/v1/unknown?offset=1").json()["unknown"][0]["says"] == "order # is not known"
    assert client.get("/api/v1/unknown?sort=size").status_code == 422


def test_a_draft_is_what_the_command_line_would_write(staff: TestClient, tmp_path: Path) -> None:
    came(staff, TALE.format(number=7, what="paid"))
    path = cluster(staff)
    given = f"?package=flask&issue={'https://github.com/pallets/flask/issues/5279'}"
    shown = said(page(staff, f"{path}/draft{given}"))
    assert "flask/flask-5279.yaml" in shown
    assert f"tracelore rejudge --fingerprint {path.rpartition('/')[2]}" in shown
    written = staff.get(f"{path}/draft.yaml{given}")
    example = staff.get(f"{path}/draft.match.first.txt{given}")
    assert written.headers["content-disposition"] == 'attachment; filename="flask-5279.yaml"'
    assert example.headers["content-disposition"] == 'attachment; filename="flask-5279.match.first.txt"'
    (tmp_path / "crash.txt").write_bytes(example.content)
    words = ["new", "flask", "https://github.com/pallets/flask/issues/5279", str(tmp_path / "crash.txt")]
    assert CliRunner().invoke(cli, [*words, "--signatures", str(tmp_path)]).exit_code == 0
    assert (tmp_path / "flask" / "flask-5279.yaml").read_bytes() == written.content
    assert (tmp_path / "flask" / "flask-5279.match.first.txt").read_bytes() == example.content
    assert 'value="flask"' in page(staff, f"{path}/draft"), "the package is guessed from the stack"


def test_a_name_that_is_none_is_said_and_kept(staff: TestClient) -> None:
    came(staff, TALE.format(number=7, what="paid"))
    html = page(staff, f"{cluster(staff)}/draft?package=%3Cb%3E&issue=1", 400)
    assert "make no name" in html
    assert 'value="&lt;b&gt;"' in html
    assert 'role="alert"' in html


def test_hostile_crashes_stay_text_and_break_nothing(staff: TestClient) -> None:
    text = TALE.format(number=3, what=HOSTILE).replace("in pay", "in " + "x" * 900).replace("ValueError", "E" * 900)
    came(staff, text, service="</option>\u202e" + "s" * 190)
    came(staff, text.replace("E" * 900 + ":", "E" * 900 + ": and"), service="s")
    for path in ("/unknown", cluster(staff), f"{cluster(staff)}/draft", "/coverage"):
        html = page(staff, path)
        assert "<script>alert" not in html
        assert "\u202e" not in html
        assert "\x1b" not in html
    exact = staff.get(f"{cluster(staff)}/draft.match.first.txt").content.decode()
    assert HOSTILE.replace("\x07", "")[:60].partition("\x1b")[0] in exact


@pytest.mark.parametrize(
    "query", ["?sort=x&from=-1&source=%00&exception=%00&q=%ff", "?from=" + "9" * 40, "?q=" + "w+" * 4000, "?from=²"]
)
def test_what_nobody_would_ask_is_answered(staff: TestClient, query: str) -> None:
    page(staff, "/unknown" + query)


def test_a_list_of_many_is_turned_page_by_page(staff: TestClient) -> None:
    def work(session: Session) -> None:
        for number in range(45):
            text = TALE.format(number=1, what="w" + "abcdefghij"[number % 10] * (number // 10 + 1))
            receive(text.encode(), index=staff.app.state.index, session=session)  # type: ignore[attr-defined]

    change(staff, work)
    found: list[str] = []
    path: str | None = "/unknown"
    while path:
        html = page(staff, path)
        found += re.findall(r'class="said" href="([^"]+)"', html)
        onward = re.search(r'href="([^"]+)" rel="next"', html)
        path = onward[1].replace("&amp;", "&") if onward else None
    assert (len(found), len(set(found))) == (45, 45)
    assert 'rel="prev"' in html


def test_a_crash_without_its_last_line_is_listed_by_words_too(
    staff: TestClient, shelved: tuple[Shelved, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    came(staff, KNOWN[: KNOWN.index("OSError: ")], before(shelved))
    monkeypatch.setenv("TRACELORE_DATABASE_URL", staff.app.state.settings.database_url)  # type: ignore[attr-defined]
    assert "\n    a crash whose last line is missing\n    in " in CliRunner().invoke(cli, ["unknown"]).stdout


def test_what_todays_book_explains_is_shown_and_gone_when_it_is_judged_again(
    staff: TestClient, shelved: tuple[Shelved, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    came(staff, KNOWN, before(shelved))
    path = cluster(staff)
    fingerprint = path.rpartition("/")[2]
    assert "explained by today's book" in said(page(staff, "/unknown"))
    assert "Today's book explains it" in said(page(staff, path))
    url = staff.app.state.settings.database_url  # type: ignore[attr-defined]
    monkeypatch.setenv("TRACELORE_DATABASE_URL", url)
    listed = CliRunner().invoke(cli, ["unknown"])
    assert f"{fingerprint}  1 time, 1 source, " in listed.stdout
    assert "explained by today's book: uvicorn-1317" in listed.stdout
    assert '"explained_by": "uvicorn-1317"' in CliRunner().invoke(cli, ["unknown", "--json"]).stdout
    done = CliRunner().invoke(cli, ["rejudge", "--fingerprint", fingerprint])
    assert "uvicorn-1317 (1 of 1 examples): 1 crash moved, counted in 1 place" in done.stdout
    assert "1 judged again, 1 explained" in done.stderr
    assert CliRunner().invoke(cli, ["rejudge", "--fingerprint", fingerprint]).exit_code != 0
    assert "Nothing is unknown" in CliRunner().invoke(cli, ["unknown"]).stderr
    assert "Nothing is unknown" in page(staff, "/unknown")
    assert "Explained since" in page(staff, path)
    page(staff, "/unknown/v1:0123456789abcdef", 404)


def test_coverage_is_told_by_day_source_and_book(client: TestClient, shelved: tuple[Shelved, ...]) -> None:
    """On every database; the crashes of the days that are past count as they were known then."""
    signed_in(client)
    assert "No source has sent a crash" in page(client, "/coverage")
    now = datetime.now(UTC)

    def work(session: Session) -> None:
        for name in ("shop", "billing"):
            add_key(session, name)
        session.flush()
        for back, crashes, explained in ((40, 9, 9), (3, 10, 2), (2, 30, 15), (0, 10, 10)):
            bump(session, "shop", now - timedelta(days=back), Came(99, crashes, explained))
        bump(session, "billing", now, Came(5, 1, 0))
        receive(TALE.format(number=1, what="paid").encode(), index=before(shelved), session=session)
        receive(KNOWN.encode(), index=client.app.state.index, session=session)  # type: ignore[attr-defined]

    change(client, work)
    html = page(client, "/coverage")
    words = said(html)
    for part in (
        "53 % of the 51 crashes of the last 30 days were explained by a known bug when they came; 24 were not.",
        "shop 50 27 54 %",
        "billing 1 0 0 %",
        "When the book changed",
        "42 % of 40 nothing yet",
        "What to explain next ValueError : order # is not paid",
    ):
        assert part in words, part
    assert 'aria-label="51 crashes in the last 30 days, 53' in html
    assert "the first day with crashes, 91" in html
    told = client.get("/api/v1/coverage").json()
    assert [(one["crashes"], one["explained"]) for one in told["days"]] == [(10, 2), (30, 15), (11, 10)]
    assert told["days"][-1]["day"] == now.date().isoformat()
    assert list(told["sources"]) == ["shop", "billing"]
    assert len(told["books"]) == 1


def test_a_spark_line_says_what_it_shows_and_nothing_is_no_line() -> None:
    line = trend_charts.spark([0, 4, 2], date(2026, 3, 1))
    assert line is not None
    assert line.said == "6 crashes in the last 3 days, at most 4 a day, on 28 February; 2 today"
    assert line.line == "M5 94L15 6L25 50"
    assert trend_charts.spark([0, 0], date(2026, 3, 1)) is None
    assert trend_charts.spark([], date(2026, 3, 1)) is None


def test_a_line_of_shares_breaks_where_nothing_came() -> None:
    drawn = trend_charts.share([Tally(2, 1), Tally(), Tally(4, 4), Tally(4, 0)], [(1, 2)])
    assert drawn.line == "M2 50h6M25 6L35 94"
    assert [(mark.number, mark.left) for mark in drawn.marks] == [(1, "62.50")]
    assert trend_charts.percent(Tally(1000, 999)) == "99\xa0%"
    assert trend_charts.percent(Tally()) == ""
