"""Signing in: who gets to the pages of staff, for how long, and that no form of another site passes for ours."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update
from starlette.requests import Request
from starlette.testclient import TestClient

from app.store.staff import SIGNED_IN, add, revoke
from app.store.staff_tables import StaffSessionRow
from app.web.guard import MOST_ADDRESSES, SECONDS, TRIES, Guard
from app.web.person import COOKIE
from app.web.sign_in import local, under_https

if TYPE_CHECKING:
    from fastapi import FastAPI

BROWSER = {"accept": "text/html,application/xhtml+xml"}
FORMS = [
    "/sources", "/sources/shop/keys", "/sources/shop/revoked", "/sources/shop/parked", "/sources/shop/remove",
    "/sign-out",
]  # fmt: skip
PAGES = ["/sources", "/sources/shop", "/sources/shop/remove"]


def key_for(client: TestClient, name: str) -> str:
    app: FastAPI = client.app  # type: ignore[assignment]
    with app.state.sessions.begin() as session:
        key: str = add(session, name, datetime.now(UTC))
    return key


@pytest.fixture
def key(local_client: TestClient) -> str:
    return key_for(local_client, "night desk")


def token_of(page: str) -> str:
    return str(re.findall(r'name="token" value="([0-9a-f]{64})"', page)[0])


def test_whoever_is_signed_out_is_sent_to_sign_in_and_back(local_client: TestClient, key: str) -> None:
    for path in PAGES:
        asked = local_client.get(f"{path}?a=b&c=%26", headers=BROWSER, follow_redirects=False)
        assert asked.status_code == 303
        assert asked.headers["location"].startswith("/sign-in?next=%2Fsources")
        form = local_client.get(asked.headers["location"], headers=BROWSER)
        wanted = re.findall(r'name="next" value="([^"]*)"', form.text)[0].replace("&amp;", "&")
        assert wanted == f"{path}?a=b&c=%26"
        fields = {"key": f" {key} ", "next": wanted}
        sent = local_client.post("/sign-in", data=fields, headers=BROWSER, follow_redirects=False)
        assert (sent.status_code, sent.headers["location"]) == (303, wanted)
        local_client.cookies.clear()


def test_a_program_is_told_401_as_a_problem(local_client: TestClient) -> None:
    for path in PAGES:
        answer = local_client.get(path, follow_redirects=False)
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
        assert answer.json()["type"] == "/problems/signed-out"


def test_a_form_of_nobody_changes_nothing(local_client: TestClient) -> None:
    for path in FORMS:
        assert local_client.post(path, data={"name": "shop", "token": "x"}).status_code == 401
        sent = local_client.post(path, data={"name": "shop"}, headers=BROWSER, follow_redirects=False)
        assert (sent.status_code, sent.headers["location"]) == (303, "/sign-in?next=%2Fsources")


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(local_client: TestClient, key: str) -> None:
    sent = local_client.post("/sign-in", data={"key": key}, follow_redirects=False)
    cookie = sent.headers["set-cookie"].lower()
    for part in (f"{COOKIE}=", "httponly", "samesite=lax", "path=/", f"max-age={int(SIGNED_IN.total_seconds())}"):
        assert part in cookie
    assert "secure" not in cookie
    assert key not in cookie


@pytest.mark.parametrize(
    ("base_url", "asked", "secure"),
    [
        (None, "http://inside:8000", False),
        (None, "https://tracelore.example.org", True),
        ("https://tracelore.example.org", "http://tracelore.example.org", True),
        ("https://tracelore.example.org", "http://inside:8000", False),
    ],
)
def test_under_https_the_cookie_stays_there(base_url: str | None, asked: str, *, secure: bool) -> None:
    host = asked.partition("//")[2].encode()
    scope = {"type": "http", "scheme": asked.partition(":")[0], "path": "/", "headers": [(b"host", host)]}
    assert under_https(Request(scope), base_url) == secure


def test_a_session_ends_after_its_time_by_signing_out_and_by_revoking(client: TestClient) -> None:
    app: FastAPI = client.app  # type: ignore[assignment]
    key = key_for(client, "night desk")

    def reached() -> bool:
        return client.get("/sources", headers=BROWSER).url.path == "/sources"

    client.post("/sign-in", data={"key": key})
    assert reached()
    with app.state.sessions.begin() as session:
        session.execute(update(StaffSessionRow).values(until=datetime.now(UTC) - timedelta(seconds=1)))
    assert not reached()

    client.post("/sign-in", data={"key": key})
    assert reached()
    held = client.cookies[COOKIE]
    page = client.get("/sources", headers=BROWSER).text
    assert "night desk" in page
    assert client.post("/sign-out", data={"token": token_of(page)}, headers=BROWSER).url.path == "/"
    assert not reached()
    client.cookies.set(COOKIE, held)
    assert not reached()
    client.cookies.clear()

    client.post("/sign-in", data={"key": key})
    assert reached()
    with app.state.sessions.begin() as session:
        revoke(session, "night desk", datetime.now(UTC))
    assert not reached()
    assert client.post("/sign-in", data={"key": key}).status_code == 403


def test_wrong_keys_are_all_answered_alike(local_client: TestClient, key: str) -> None:
    app: FastAPI = local_client.app  # type: ignore[assignment]
    with app.state.sessions.begin() as session:
        gone = add(session, "day desk", datetime.now(UTC))
        session.flush()
        revoke(session, "day desk", datetime.now(UTC))
    answers = [
        local_client.post("/sign-in", data={"key": wrong, "next": "/sources"})
        for wrong in ("", "x", key[:-1], gone, "\ud800".encode("utf-8", "surrogatepass"), "k" * 5_000)
    ]
    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.text for answer in answers}) == 1
    assert not local_client.cookies


def test_after_too_many_wrong_keys_none_is_looked_at(local_client: TestClient, key: str) -> None:
    codes = [local_client.post("/sign-in", data={"key": "wrong"}).status_code for _ in range(TRIES + 1)]
    assert codes == [403] * TRIES + [429]
    late = local_client.post("/sign-in", data={"key": key})
    assert (late.status_code, late.headers["retry-after"]) == (429, "300")
    assert not local_client.cookies


def test_the_guard_forgives_with_time_and_forgets_when_there_are_too_many() -> None:
    now = [1000.0]
    guard = Guard(lambda: now[0])
    for _ in range(TRIES):
        assert not guard.stops("192.0.2.1")
        guard.note("192.0.2.1")
        guard.note("2001:db8::1")
    assert guard.stops("192.0.2.1")
    assert guard.stops("2001:db8::ffff:1")
    assert not guard.stops("2001:db8:0:1::1")
    assert not guard.stops("192.0.2.2")
    now[0] += SECONDS + 1
    assert not guard.stops("192.0.2.1")
    for number in range(MOST_ADDRESSES + 500):
        guard.note(f"a{number}")
    assert len(guard._wrong) <= MOST_ADDRESSES


def test_a_form_from_another_site_is_refused(local_client: TestClient, key: str) -> None:
    for headers, status in (
        ({"sec-fetch-site": "same-origin", "origin": "null"}, 303),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "http://testserver"}, 303),
        ({"origin": "http://testserver:81"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": ""}, 403),
        ({}, 303),
    ):
        how = {"headers": {**BROWSER, **headers}, "follow_redirects": False}
        assert local_client.post("/sign-in", data={"key": key}, **how).status_code == status, headers  # type: ignore[arg-type]
        local_client.post("/sign-in", data={"key": key})
        token = token_of(local_client.get("/sources", headers=BROWSER).text)
        assert local_client.post("/sign-out", data={"token": token}, **how).status_code == status, headers  # type: ignore[arg-type]
        local_client.cookies.clear()


def test_a_form_without_the_token_of_its_session_is_refused(local_client: TestClient, key: str) -> None:
    local_client.post("/sign-in", data={"key": key})
    first = token_of(local_client.get("/sources", headers=BROWSER).text)
    local_client.post("/sign-in", data={"key": key})
    second = token_of(local_client.get("/sources", headers=BROWSER).text)
    assert first != second
    for path in FORMS:
        for wrong in (
            {},
            {"token": ""},
            {"token": first},
            {"token": local_client.cookies[COOKIE]},
            {"token": "\u00e9"},
        ):
            sent = local_client.post(path, data={"name": "billing", **wrong})
            assert (sent.status_code, sent.json()["type"]) == (403, "/problems/stale-form")
    assert "billing" not in local_client.get("/sources", headers=BROWSER).text


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ("/sources/shop?x=1&y=%2F", "/sources/shop?x=1&y=%2F"),
        ("/", "/"),
        ("https://evil.example", "/sources"),
        ("//evil.example", "/sources"),
        ("/\\evil.example", "/sources"),
        ("/\t/evil.example", "/sources"),
        ("/a\r\nset-cookie: x=y", "/sources"),
        ("javascript:alert(1)", "/sources"),
        ("", "/sources"),
        ("/" + "a" * 5_000, "/sources"),
    ],
)
def test_signing_in_leads_nowhere_else(asked: str, where: str) -> None:
    assert local(asked) == where


def test_pages_of_staff_are_kept_by_nobody_and_name_their_origin(local_client: TestClient, key: str) -> None:
    local_client.post("/sign-in", data={"key": key})
    for path in ("/sources", "/sign-in"):
        answer = local_client.get(path, headers=BROWSER)
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["content-security-policy"].startswith("default-src 'self'")
        assert 'content="noindex"' in answer.text
    assert local_client.get("/").headers["referrer-policy"] == "no-referrer"


def test_a_giant_form_is_not_read(local_client: TestClient) -> None:
    assert local_client.post("/sign-in", data={"key": "k" * 100_000}).status_code == 413
    assert local_client.post("/sign-in", content="&".join(["a=b"] * 2_000)).status_code == 400
