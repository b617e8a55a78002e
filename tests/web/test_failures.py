"""What can be wrong with a request, and that each is said as a clear RFC 9457 problem."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.errors import Misconfigured
from app.main import create_app
from app.settings import Settings
from app.web.failures import PROBLEMS, from_ours

DIAGNOSES = "/api/v1/diagnoses"
TEXT = "ValueError: x"
JSON = {"content-type": "application/json"}
FORM = {"content-type": "multipart/form-data; boundary=b"}


def stating(environment: Any) -> dict[str, Any]:
    return {"json": {"text": TEXT, "environment": environment}}


def filled(**fields: str) -> dict[str, Any]:
    return {"files": {"file": ("a.log", TEXT)}, "data": fields}


# what is sent -> status, kind of problem, pointers of the faults
BAD: dict[str, tuple[dict[str, Any], int, str, list[str]]] = {
    "nothing": ({}, 400, "empty", []),
    "blank": ({"content": b" \n\t\r\n"}, 400, "empty", []),
    "mark-only": ({"content": b"\xef\xbb\xbf"}, 400, "empty", []),
    "image": ({"content": b"\x89PNG\r\n\x1a\n" + bytes(99)}, 415, "not-text", []),
    "gzip": ({"content": gzip.compress(TEXT.encode())}, 415, "not-text", []),
    "image-in-form": ({"files": {"file": ("a.png", b"\x89PNG\r\n\x1a\n")}}, 415, "not-text", []),
    "no-json": ({"content": "Traceback", "headers": JSON}, 400, "bad-json", []),
    "empty-json": ({"content": "", "headers": JSON}, 400, "empty", []),
    "deep-json": ({"content": "[" * 1_000_000, "headers": JSON}, 400, "bad-json", []),
    "broken-utf8-json": ({"content": b'{"text": "\xff"}', "headers": JSON}, 400, "bad-json", []),
    "list": ({"json": [TEXT]}, 422, "invalid-request", [""]),
    "null": ({"content": "null", "headers": JSON}, 422, "invalid-request", [""]),
    "no-text": ({"json": {}}, 422, "invalid-request", ["/text"]),
    "empty-text": ({"json": {"text": ""}}, 400, "empty", []),
    "number": ({"json": {"text": 7}}, 422, "invalid-request", ["/text"]),
    "unknown-field": ({"json": {"text": TEXT, "txt": 1}}, 422, "invalid-request", ["/txt"]),
    "slash-field": ({"json": {"text": TEXT, "a/b~c": 1}}, 422, "invalid-request", ["/a~1b~0c"]),
    "half-field": ({"content": b'{"text": "x", "\\ud800": 1}', "headers": JSON}, 422, "invalid-request", [""]),
    "unknown-os": (stating({"os": "beos"}), 422, "invalid-request", ["/environment/os"]),
    "bad-python": (stating({"python": "three"}), 422, "invalid-request", ["/environment/python"]),
    "float-python": (stating({"python": 3.1}), 422, "invalid-request", ["/environment/python"]),
    "long-version": (stating({"python": "1" * 99}), 422, "invalid-request", ["/environment/python"]),
    "bad-package": (stating({"packages": {"a b": "1"}}), 422, "invalid-request", ["/environment/packages"]),
    "two-versions": (stating({"packages": {"A_b": "1", "a-b": "2"}}), 422, "invalid-request", ["/environment/packages"]),
    "bad-version": (stating({"packages": {"a": "x y"}}), 422, "invalid-request", ["/environment/packages/a"]),
    "no-version": (stating({"packages": {"a": None}}), 422, "invalid-request", ["/environment/packages/a"]),
    "crowd": (
        stating({"packages": {f"p{number}": "1" for number in range(2001)}}), 422, "invalid-request",
        ["/environment/packages"],
    ),
    "long-source": ({"json": {"text": TEXT, "source": "x" * 201}}, 422, "invalid-request", ["/source"]),
    "form-field": (filled(colour="red"), 422, "invalid-request", ["/colour"]),
    "form-os": (filled(os="beos"), 422, "invalid-request", ["/os"]),
    "form-packages": (filled(packages="uvicorn"), 422, "invalid-request", ["/packages"]),
    "form-both": ({"files": {"file": ("a", TEXT), "text": (None, TEXT)}}, 422, "invalid-request", ["/text"]),
    "form-neither": ({"files": {"os": (None, "linux")}}, 422, "invalid-request", ["/file"]),
    "form-empty": ({"files": {"file": ("a", "")}}, 400, "empty", []),
    "form-cut": ({"content": b"--b\r\nContent-", "headers": FORM}, 400, "bad-form", []),
    "form-text": ({"content": b"hello", "headers": FORM}, 400, "bad-form", []),
    "form-unbounded": ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 400, "bad-form", []),
    "top-low": ({"content": TEXT, "params": {"top": 0}}, 422, "invalid-request", ["/top"]),
    "top-high": ({"content": TEXT, "params": {"top": 21}}, 422, "invalid-request", ["/top"]),
    "top-word": ({"content": TEXT, "params": {"top": "all"}}, 422, "invalid-request", ["/top"]),
    "store-word": ({"content": TEXT, "params": {"store": "maybe"}}, 422, "invalid-request", ["/store"]),
    "unknown-option": ({"content": TEXT, "params": {"stor": "false"}}, 422, "invalid-request", ["/stor"]),
}  # fmt: skip


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Any:
    app = create_app(Settings(database_url=f"sqlite:///{tmp_path_factory.mktemp('bad')}/x.db"))
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made


@pytest.mark.parametrize("case", BAD)
def test_a_bad_report_is_refused_clearly(shared: TestClient, case: str) -> None:
    sent, status, word, pointers = BAD[case]
    answer = shared.post(DIAGNOSES, **sent)
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["type"]) == (status, status, f"/problems/{word}"), problem
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["title"] == PROBLEMS[word][1]
    assert problem["detail"].endswith(".")
    assert "Value error" not in answer.text
    assert [fault["pointer"] for fault in problem.get("errors", [])] == pointers


@pytest.mark.parametrize(
    ("stated", "known"),
    [
        ({"os": "Win32"}, "windows"), ({"os": "Darwin"}, "macos"), ({"os": "LINUX"}, "linux"), ({"os": None}, None),
    ],
)  # fmt: skip
def test_systems_are_known_by_their_usual_names(shared: TestClient, stated: Any, known: str | None) -> None:
    report = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\nKeyError: 1\n'
    answer = shared.post(DIAGNOSES, json={"text": report, "environment": stated}).json()
    system = answer["crashes"][0]["environment"]["os"]
    assert (system and system["value"]) == known


def test_a_form_states_packages_as_pip_prints_them(shared: TestClient) -> None:
    report = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\nKeyError: 1\n'
    freeze = "# a comment\n-e git+https://example.com/x\nUvicorn==0.17.6\nPackage Version\nh11   0.14.0\n"
    answer = shared.post(
        DIAGNOSES, files={"file": ("a", report)}, data={"packages": freeze, "os": "", "source": "desk"}
    ).json()
    packages = answer["crashes"][0]["environment"]["packages"]
    assert {name: known["value"] for name, known in packages.items()} == {"uvicorn": "0.17.6", "h11": "0.14.0"}


@pytest.mark.parametrize(
    "path", [f"{DIAGNOSES}/x", f"{DIAGNOSES}/01ARZ3NDEKTSV4RRFFQ69G5FAV", f"{DIAGNOSES}/%00", f"{DIAGNOSES}/%ff"]
)
def test_an_unknown_diagnosis(shared: TestClient, path: str) -> None:
    answer = shared.get(path)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-diagnosis")


def test_an_unknown_signature(shared: TestClient) -> None:
    answer = shared.get("/api/v1/signatures/no-such-thing")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-signature")


@pytest.mark.parametrize("path", ["/nothing", "/api/v1/nothing", "/api/v1/diagnoses/"])
def test_an_unknown_address_is_not_redirected(shared: TestClient, path: str) -> None:
    answer = shared.post(path, content=TEXT, follow_redirects=False)
    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/not-found"


def test_a_wrong_method_names_the_right_ones(shared: TestClient) -> None:
    answer = shared.put(DIAGNOSES, content=TEXT)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.json()["type"] == "/problems/method-not-allowed"
    assert answer.json()["detail"] == f"{DIAGNOSES} does not take PUT. It takes POST."


def test_a_browser_gets_a_page_and_the_api_never_does(shared: TestClient) -> None:
    browser = {"accept": "text/html,*/*"}
    assert shared.get("/nothing", headers=browser).headers["content-type"].startswith("text/html")
    assert shared.get("/api/v1/nothing", headers=browser).headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("word", PROBLEMS)
def test_every_kind_of_problem_has_its_page(shared: TestClient, word: str) -> None:
    page = shared.get(f"/problems/{word}")
    assert page.status_code == 200
    assert shared.get("/problems/no-such").status_code == 404


def test_what_breaks_inside_is_not_told(local_client: TestClient) -> None:
    local_client.app.state.index = "hunter2"  # type: ignore[attr-defined]
    answer = local_client.post(DIAGNOSES, content=TEXT)
    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/server-error")
    assert "hunter2" not in answer.text
    assert "AttributeError" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")


def test_an_error_of_ours_that_was_not_meant_for_clients_is_not_told() -> None:
    told = from_ours(Misconfigured("setting", "the password is hunter2"))
    assert (told.status, told.type) == (500, "/problems/server-error")
    assert "hunter2" not in told.detail
