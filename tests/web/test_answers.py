"""What can be sent from the page of an answer: judged again on the same link, feedback counted once, corrections filed."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from app.again import MOST
from app.feedback import Counts, rate
from app.settings import shipped
from app.store.database import Sessions
from app.store.sources import add_key
from app.store.staff import add
from app.web.again_form import YES_NO
from app.web.reply_markdown import code, escaped
from app.web.voter import COOKIE, FORMS
from tests.web.test_pages import HOSTILE, Outline, said

if TYPE_CHECKING:
    from fastapi import FastAPI

BROWSER = {"accept": "text/html,application/xhtml+xml"}
UVICORN = shipped("signatures") / "uvicorn"
FOUND = (UVICORN / "uvicorn-1317.match.cli-two-workers.txt").read_text()
PERHAPS = (UVICORN / "uvicorn-1317.maybe.bare-german.txt").read_text()
UNKNOWN = 'Traceback (most recent call last):\n  File "/srv/shop/cart.py", line 3, in total\n    prices["x"]\nKeyError: \'x\'\n'
JAVA = (
    'Exception in thread "main" java.lang.IllegalStateException: no price\n'
    "\tat com.shop.Main.main(Main.java:12)\nCaused by: java.io.IOException: gone\n\t... 1 more\n"
)
BUG = "uvicorn-1317"


def sessions_of(client: TestClient) -> Sessions:
    app: FastAPI = client.app  # type: ignore[assignment]
    found: Sessions = app.state.sessions
    return found


def test_of_a_last_line_alone_the_page_says_what_it_could_be_and_what_would_tell(client: TestClient) -> None:
    page = said(client.get(given(client, "OSError: [WinError 87] The parameter is incorrect"), headers=BROWSER).text)
    assert "Could be, if more were shown" in page
    assert "asyncio.windows_events:accept" in page
    assert "Looks alike, but is not" not in page


def test_the_report_of_the_bug_and_its_fix_are_one_click_away(client: TestClient) -> None:
    html = client.get(given(client, FOUND), headers=BROWSER).text
    fix = html[html.index('id="fix"') : html.index("Why it happens")]
    assert re.findall(r'href="(https:[^"]+)"', fix) == [
        "https://github.com/Kludex/uvicorn/issues/1317",
        "https://github.com/Kludex/uvicorn/pull/1454",
    ]


def test_the_system_and_the_python_version_that_a_bug_needs_are_said_in_words(client: TestClient) -> None:
    page = said(client.get(given(client, FOUND), headers=BROWSER).text)
    assert "The operating system is Windows" in page
    assert "The Python version is 3.8 or later" in page


def test_of_another_language_the_page_says_so_and_asks_for_nothing_of_pythons(client: TestClient) -> None:
    page = said(client.get(given(client, JAVA), headers=BROWSER).text)
    assert "This is a crash of Java. Signatures know crashes of Python only." in page
    assert "Judge again" not in page
    assert "java.io.IOException: gone line 3 Not a bug we know" in page


def given(client: TestClient, text: str) -> str:
    """Path of the answer to this report."""
    return str(client.post("/api/v1/diagnoses", content=text, headers={"content-type": "text/plain"}).json()["url"])


def sent(client: TestClient, path: str, **fields: str) -> str:
    """The page after a form, with `__` for a colon in the names of fields."""
    named = {name.replace("__", ":").replace("_1317", "-1317"): value for name, value in fields.items()}
    answer = client.post(path, data=named, headers=BROWSER)
    assert answer.status_code == 200, answer.text
    return answer.text


def signed_in(client: TestClient) -> str:
    """The token of the forms of somebody who is signed in now."""
    with sessions_of(client).begin() as session:
        key = add(session, "night desk", datetime.now(UTC))
    client.post("/sign-in", data={"key": key}, headers=BROWSER)
    return str(re.findall(r'name="token" value="([0-9a-f]{64})"', client.get("/curate", headers=BROWSER).text)[0])


def test_a_version_changes_the_verdict_on_the_same_link(client: TestClient) -> None:
    path = given(client, PERHAPS)
    assert "Perhaps this bug" in said(client.get(path).text)
    page = said(sent(client, f"{path}/again", version__uvicorn="0.17.6"))
    assert "Known bug, 9" in page
    assert "This report runs uvicorn 0.17.6: affected. 0.18.0 fixes it." in page
    assert "Judged again with uvicorn 0.17.6." in page
    assert "Known bug, 9" in said(client.get(path).text)
    fixed = said(sent(client, f"{path}/again", version__uvicorn="0.30.0"))
    assert "Known bug, 9" not in fixed.partition("Answers to this report 3")[0]


def test_a_version_with_the_fix_is_said_to_have_it(local_client: TestClient) -> None:
    page = said(sent(local_client, f"{given(local_client, FOUND)}/again", version__uvicorn="0.30.0"))
    assert "This report runs uvicorn 0.30.0: it already has the fix of 0.18.0" in page


def test_the_api_gives_what_was_given(client: TestClient) -> None:
    path = given(client, PERHAPS)
    before = client.get(f"/api/v1{path}").json()
    sent(client, f"{path}/again", version__uvicorn="0.17.6")
    assert client.get(f"/api/v1{path}").json() == before


def test_whoever_pastes_the_same_report_is_shown_their_own_answer(client: TestClient) -> None:
    path = given(client, PERHAPS)
    sent(client, f"{path}/again", version__uvicorn="0.17.6")
    pasted = client.post("/", files={"text": (None, PERHAPS)}, headers=BROWSER)
    assert pasted.url.path == path
    page = said(pasted.text)
    assert "Perhaps this bug" in page
    assert "This is an earlier answer. The latest says: Known bug" in page


def test_a_yes_decides_and_a_no_rules_out_and_both_can_be_taken_back(client: TestClient) -> None:
    path = given(client, PERHAPS)
    assert "Known bug, 9" in said(sent(client, f"{path}/again", answer__uvicorn_1317="yes"))
    ruled_out = sent(client, f"{path}/again", answer__uvicorn_1317="no")
    assert "answered with no" not in said(ruled_out)
    assert "Looks alike, but is not" in said(ruled_out)
    assert f'name="answer:{BUG}" value="no" checked' in ruled_out
    back = sent(client, f"{path}/again", answer__uvicorn_1317="")
    assert "Perhaps this bug" in said(back)


def test_what_is_stated_is_kept_with_the_report_and_shown_in_the_form(client: TestClient) -> None:
    path = given(client, PERHAPS)
    page = sent(
        client,
        f"{path}/again",
        version__uvicorn="0.17.6",
        python="3.8.10",
        os="windows",
        packages="h11==0.12\nanyio 3.4.0",
    )
    assert 'name="version:uvicorn" value="0.17.6"' in page
    assert 'name="python" value="3.8.10"' in page
    assert '<option value="windows" selected>' in page
    assert "anyio==3.4.0\nh11==0.12</textarea>" in page


def test_judging_again_is_not_a_report_that_came(client: TestClient) -> None:
    path = given(client, UNKNOWN)
    sent(client, f"{path}/again", packages="attrs==21.1.0")
    page = said(client.get(path).text)
    assert "This report was seen once." in page
    assert "A crash like this was seen once." in page
    answer = client.post("/api/v1/diagnoses", json={"text": UNKNOWN, "environment": {"packages": {"attrs": "21.1.0"}}})
    assert answer.json()["seen"] == 1
    assert "A crash like this was seen twice." in said(client.get(path).text)


def test_nothing_added_is_no_new_answer(client: TestClient) -> None:
    path = given(client, PERHAPS)
    page = said(sent(client, f"{path}/again"))
    assert "Nothing was added" in page
    assert "Answers to this report" not in page


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"version__uvicorn": "newest"}, "The version of uvicorn must be a PEP 440 version"),
        ({"python": "three"}, "Python version must be a PEP 440 version"),
        ({"os": "amiga"}, "System must be one of windows, linux and macos"),
        ({"packages": "<script>alert(1)</script>"}, "is not name==version"),
        ({"packages": "x" * 500 + "==1"}, "is not"),
    ],
)
def test_what_can_not_be_judged_is_shown_again_with_the_reason(
    local_client: TestClient, fields: dict[str, str], why: str
) -> None:
    path = given(local_client, PERHAPS)
    named = {name.replace("__", ":"): value for name, value in fields.items()}
    answer = local_client.post(f"{path}/again", data=named, headers=BROWSER)
    assert answer.status_code == 422
    assert why in said(answer.text)
    assert "<script>alert" not in answer.text
    assert answer.text.count('aria-describedby="more-complaint" autofocus') == 1


def test_one_link_takes_so_many_answers_and_no_more(local_client: TestClient) -> None:
    path = given(local_client, PERHAPS)
    for number in range(MOST):
        sent(local_client, f"{path}/again", packages=f"attrs==21.{number}")
    refused = local_client.post(f"{path}/again", data={"packages": "attrs==22.1"})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/too-many-answers")


def test_feedback_is_counted_once_for_each_browser_and_can_change(client: TestClient) -> None:
    path = given(client, FOUND)
    page = said(sent(client, f"{path}/feedback", signature=BUG, held="yes", words="gone"))
    assert "Thank you. Your answer is counted." in page
    assert "1 answer: 1 yes" in page
    assert "You said: yes." in page
    page = said(sent(client, f"{path}/feedback", signature=BUG, held="partly"))
    assert "1 answer: 1 partly" in page
    client.cookies.clear()
    assert "2 answers: 1 partly, 1 no" in said(sent(client, f"{path}/feedback", signature=BUG, held="no"))


def test_a_share_is_said_from_three_answers_on_with_its_uncertainty(client: TestClient) -> None:
    path = given(client, FOUND)
    for held in ("yes", "yes", "no"):
        assert "The fix held in" not in said(client.get(path).text)
        client.cookies.clear()
        sent(client, f"{path}/feedback", signature=BUG, held=held)
    page = said(client.get(path).text)
    assert "The fix held in 2 of 3: going by so many answers, in 21 to 94 of 100." in page
    assert "Known bug, 99 % sure" in page


@pytest.mark.parametrize(
    ("said_", "low", "high"),
    [(Counts(41, 1, 1), 0.8454, 0.9872), (Counts(0, 10, 0), 0.0, 0.2775), (Counts(10, 0, 0), 0.7225, 1.0)],
)
def test_the_interval_is_wilsons(said_: Counts, low: float, high: float) -> None:
    found = rate(said_)
    assert found is not None
    assert found.low == pytest.approx(low, abs=1e-4)
    assert found.high == pytest.approx(high, abs=1e-4)
    assert rate(Counts(1, 1, 0)) is None


def test_feedback_holds_no_secrets(client: TestClient) -> None:
    path = given(client, FOUND)
    sent(
        client,
        f"{path}/feedback",
        signature=BUG,
        held="yes",
        words="ask ada.lovelace@example.org, password=hunter22hunter",
    )
    signed_in(client)
    page = client.get("/curate").text
    assert "What was said of fixes" in page
    assert "ada.lovelace" not in page
    assert "hunter22" not in page


@pytest.mark.parametrize(
    ("fields", "status", "kind"),
    [
        ({"signature": BUG, "held": "perhaps"}, 422, "bad-feedback"),
        ({"signature": BUG}, 422, "bad-feedback"),
        ({"signature": "flask-4602-none", "held": "yes"}, 404, "unknown-signature"),
        ({"signature": BUG, "held": "yes", "words": "x" * 501}, 422, "too-many-words"),
    ],
)
def test_feedback_that_says_nothing_is_refused(
    local_client: TestClient, fields: dict[str, str], status: int, kind: str
) -> None:
    refused = local_client.post(f"{given(local_client, FOUND)}/feedback", data=fields)
    assert (refused.status_code, refused.json()["type"]) == (status, f"/problems/{kind}")


def test_feedback_is_about_a_bug_that_the_answer_names(local_client: TestClient) -> None:
    refused = local_client.post(f"{given(local_client, UNKNOWN)}/feedback", data={"signature": BUG, "held": "yes"})
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/bad-feedback")


@pytest.mark.parametrize("door", ["again", "feedback", "wrong"])
def test_no_form_is_taken_for_an_unknown_answer_nor_from_another_site(local_client: TestClient, door: str) -> None:
    path = given(local_client, FOUND)
    fields = {"signature": BUG, "held": "yes", "right": "none"}
    for wrong in ("01M82BFT2869M0V98RBQFDWDRB", "x", "%00", "a" * 300):
        assert local_client.post(f"/diagnoses/{wrong}/{door}", data=fields).status_code == 404
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://elsewhere.example"}, {"origin": "null"}):
        refused = local_client.post(f"{path}/{door}", data=fields, headers=headers)
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/foreign-form")
    assert local_client.get(path).headers["referrer-policy"] == "same-origin"
    assert local_client.get(f"{path}/{door}", headers=BROWSER).url.path == path


def test_a_forged_cookie_is_nobodys(local_client: TestClient) -> None:
    path = given(local_client, FOUND)
    for forged in ("x", "../../etc", "' OR 1=1 --", "a" * 5000):
        local_client.cookies.clear()
        headers = BROWSER | {"cookie": f"{COOKIE}={forged}"}
        answer = local_client.post(
            f"{path}/feedback", data={"signature": BUG, "held": "yes"}, headers=headers, follow_redirects=False
        )
        cookie = answer.headers["set-cookie"]
        assert re.match(rf"{COOKIE}=[A-Za-z0-9_-]{{43}}; HttpOnly;", cookie)
        assert "SameSite=lax" in cookie


def test_a_flood_of_forms_is_stopped(local_client: TestClient) -> None:
    path = given(local_client, FOUND)
    for _ in range(FORMS):
        assert local_client.post(f"{path}/feedback", data={"signature": BUG, "held": "yes"}).status_code == 200
    refused = local_client.post(f"{path}/feedback", data={"signature": BUG, "held": "yes"})
    assert (refused.status_code, refused.json()["type"]) == (429, "/problems/too-many-forms")
    assert local_client.get(path).status_code == 200


def test_programs_say_it_once_for_each_key(client: TestClient) -> None:
    with sessions_of(client).begin() as session:
        keys = [add_key(session, "shop") for _ in range(2)]
    diagnosis = given(client, FOUND).rpartition("/")[2]
    body = {"signature": BUG, "held": "yes", "diagnosis": diagnosis, "words": "gone"}
    assert client.post("/api/v1/feedback", json=body).status_code == 401
    assert client.post("/api/v1/feedback", json=body, headers={"authorization": "Bearer tl_none"}).status_code == 401
    for key in keys * 2:
        answer = client.post("/api/v1/feedback", json=body, headers={"authorization": f"Bearer {key}"})
    authorised = {"authorization": f"Bearer {keys[0]}"}
    assert client.post("/api/v1/feedback", content=b"x" * 70_000, headers=authorised).status_code == 413
    assert client.post("/api/v1/feedback", content=b"{", headers=authorised).status_code == 422
    assert answer.json() == {
        "signature": BUG, "yes": 2, "no": 0, "partly": 0, "rate": None, "low": None, "high": None,
    }  # fmt: skip


def test_a_correction_goes_to_the_curators_and_comes_out_as_a_labelled_report(client: TestClient) -> None:
    path = given(client, FOUND)
    page = sent(
        client, f"{path}/wrong", right="none", words="it is our own proxy", answer=path.rpartition("/")[2], crash="1"
    )
    assert "A curator will look at your correction." in said(page)
    token = signed_in(client)
    queue = client.get("/curate").text
    assert "it is our own proxy" in queue
    assert "1 open" in said(queue)
    [one] = re.findall(r'href="(/curate/\d+)"', queue)
    looked_at = client.get(one).text
    assert "OSError: [WinError 87]" in looked_at
    assert client.post(one, data={"state": "done", "note": "yes"}).status_code == 403
    assert client.post(one, data={"state": "gone", "token": token}).status_code == 422
    [seen] = re.findall(r'name="seen" value="(\w+)"', looked_at)
    sent(client, f"{path}/wrong", right="none", words="or is it?")
    stale = client.post(one, data={"state": "done", "token": token, "seen": seen}, headers=BROWSER)
    assert (stale.status_code, "Load it again; nothing was changed." in said(stale.text)) == (409, True)
    [seen] = re.findall(r'name="seen" value="(\w+)"', client.get(one).text)
    sent(client, one, state="done", note="it is", token=token, seen=seen)
    assert "Nothing waits." in said(client.get("/curate").text)
    assert "Done" in said(client.get(one).text)
    assert "A curator has settled your correction" in said(sent(client, f"{path}/wrong", right="none"))


def test_a_correction_names_a_signature_by_id_or_address(client: TestClient) -> None:
    path = given(client, UNKNOWN)
    for named in ("flask-no-such", "", "x" * 300, "<b>"):
        answer = client.post(f"{path}/wrong", data={"right": "other", "other": named}, headers=BROWSER)
        assert answer.status_code == 422
        assert "Not sent." in answer.text
        assert answer.text.count(" autofocus") == 1  # the form stands far below what the page begins with
        assert not Outline(answer.text).wrong
    assert "Did you mean uvicorn-1317" in said(
        client.post(f"{path}/wrong", data={"right": "other", "other": "uvicorn-1371"}, headers=BROWSER).text
    )
    sent(client, f"{path}/wrong", right="other", other=f"http://testserver/kb/uvicorn/{BUG}")
    sent(client, f"{path}/wrong", right="other", other=BUG)
    signed_in(client)
    assert said(client.get("/curate").text).count("instead of No known bug") == 1


def test_what_the_answer_says_already_corrects_nothing(local_client: TestClient) -> None:
    path = given(local_client, FOUND)
    answer = local_client.post(f"{path}/wrong", data={"right": "other", "other": BUG}, headers=BROWSER)
    assert answer.status_code == 422
    assert "That is what the answer says already." in said(answer.text)


def test_the_curators_pages_are_for_staff(local_client: TestClient) -> None:
    for path in ("/curate", "/curate/1"):
        assert local_client.get(path).status_code == 401
    assert local_client.post("/curate/1", data={"state": "done"}).status_code == 401
    signed_in(local_client)
    for path in ("/curate/1", "/curate/99999999999999999999999"):
        assert local_client.get(path).status_code == 404
    for path in ("/curate?state=x", "/curate?below=0", "/curate/x"):
        assert local_client.get(path).status_code == 422


def test_hostile_words_are_shown_as_they_are_typed_and_break_nothing(local_client: TestClient) -> None:
    words = "</p><script>alert(1)</script> {{ 7*7 }} \u202egnp \x1b]0;x\x07 " + "W" * 300
    path = given(local_client, HOSTILE + PERHAPS)
    page = sent(local_client, f"{path}/wrong", right="none", words=words)
    sent(local_client, f"{path}/feedback", signature=BUG, held="no", words=words)
    signed_in(local_client)
    queue = local_client.get("/curate").text
    [one] = re.findall(r'href="(/curate/\d+)"', queue)
    for shown in (page, queue, local_client.get(one).text, local_client.get(path).text):
        assert not Outline(shown).wrong
        assert "<script>alert" not in shown
        assert "\u202e" not in shown
        assert "\x1b" not in shown


def test_every_mark_on_a_line_says_its_clue_and_leads_to_it(local_client: TestClient) -> None:
    page = local_client.get(given(local_client, FOUND)).text
    tags = re.findall(
        r'<a class="tag [a-z]+" href="#(clue-\d+)">.*?<span class="note">.*?</span>(.*?)</span></a>', page
    )
    assert len(tags) > 3
    assert set(dict(tags)) <= set(Outline(page).ids)
    assert all(note.endswith((": found", ": fits")) for _, note in tags)


def test_the_replies_are_markdown_as_well_and_hold_the_link(local_client: TestClient) -> None:
    path = given(local_client, FOUND)
    page = local_client.get(path).text
    customer, note = re.findall(r'<pre class="letter" id="markdown-[a-z]+".*?>(.*?)</pre>', page, re.DOTALL)
    assert customer.startswith("This is a known problem: **Several workers on Windows")
    assert f"[The answer](http://testserver{path})" in note
    assert "`OSError: [WinError 87] The parameter is incorrect`" in note
    assert f"body=http%3A%2F%2Ftestserver{path.replace('/', '%2F')}" in page


def test_markdown_from_outside_stays_words() -> None:
    assert code("a ``b`` `") == "``` a ``b`` ` ```"
    assert escaped("<b> *x* `a*b`") == r"\<b\> \*x\* `a*b`"


def test_only_questions_that_yes_or_no_answers_get_the_two(local_client: TestClient) -> None:
    assert YES_NO.match("Do you run it on Windows, and which version is it?")
    assert not YES_NO.match("Is the last line in your own code, or in which library?")
    assert not YES_NO.match("Which versions of a and b are installed?")
    assert local_client.get("/").status_code == 200


def test_an_older_answer_has_its_own_address(client: TestClient) -> None:
    path = given(client, PERHAPS)
    sent(client, f"{path}/again", version__uvicorn="0.17.6")
    first = path.rpartition("/")[2]
    assert "Perhaps this bug" in said(client.get(f"{path}?answer={first}").text)
    assert "Known bug" in said(client.get(f"{path}?answer=nonsense").text)
    assert client.get(f"{path}?answer={'x' * 41}").status_code == 422


def test_a_signatures_own_page_asks_as_well_and_all_answers_are_counted_together(client: TestClient) -> None:
    sent(client, f"{given(client, FOUND)}/feedback", signature=BUG, held="yes")
    own = f"/kb/uvicorn/{BUG}"
    page = said(sent(client, f"{own}/feedback", held="partly"))
    assert "2 answers: 1 yes, 1 partly" in page
    assert "You said: partly." in page
    assert client.post(f"/kb/flask/{BUG}/feedback", data={"held": "yes"}).status_code == 404
    assert client.get(f"{own}/feedback", headers=BROWSER).url.path == own


def test_forms_that_are_posted_twice_at_once_count_once(client: TestClient) -> None:
    path = given(client, PERHAPS)
    sent(client, f"{path}/feedback", signature=BUG, held="yes")
    posts = [
        (f"{path}/again", {"version:uvicorn": "0.17.6"}),
        (f"{path}/feedback", {"signature": BUG, "held": "yes"}),
        (f"{path}/wrong", {"right": "none", "answer": path.rpartition("/")[2]}),
    ] * 4
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda one: client.post(one[0], data=one[1], headers=BROWSER).status_code, posts))
    assert answers == [200] * len(posts)
    page = said(client.get(path).text)
    assert "1 answer: 1 yes" in page
    assert "Answers to this report 2" in page
    signed_in(client)
    assert "1 open" in said(client.get("/curate").text)
