"""Secrets and personal data go; what the reader of tracebacks needs stays."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.crash.private import Rule
from app.crash.redact import RULES, Removed, apply, redact

Linear = Callable[[Callable[[int], object]], None]

GOES = [(rule, before, after) for rule in RULES for before, after in rule.goes]
STAYS = [(rule, text) for rule in RULES for text in rule.stays]


@pytest.mark.parametrize(("rule", "before", "after"), GOES, ids=lambda value: getattr(value, "id", value))
def test_a_rule_takes_what_it_says(rule: Rule, before: str, after: str) -> None:
    assert apply(rule, before)[0] == after
    assert redact(before).text == after


@pytest.mark.parametrize(("rule", "text"), STAYS, ids=lambda value: getattr(value, "id", value))
def test_a_rule_leaves_the_harmless_alone(rule: Rule, text: str) -> None:
    assert apply(rule, text)[0] == text


HARMLESS = r"""
Traceback (most recent call last):
  File "/srv/shop/.venv/lib/python3.8/site-packages/flask/app.py", line 2070, in full_dispatch_request
    password=password, token = tokens[0]
    user = authenticate(username=username, password=self.cleaned_data["password"])
    secret = getpass.getpass("Password: ")
    client = OpenAI(api_key=os.environ["OPENAI_API_KEY"])
    def connect(host: str, password: str | None = None, *, token: str = "") -> None:
    return x[::2], x[a::b], w@self.weight
    def __init__(self, token: str = Depends(oauth2_scheme)):
  File "<frozen importlib._bootstrap>", line 1050, in _gcd_import
KeyError: 'password'
jwt.exceptions.DecodeError: Not enough segments
AttributeError: 'Token' object has no attribute 'access_token'
TypeError: __init__() got an unexpected keyword argument 'api_key'
INFO:     Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C to quit)
<function _ProactorBasePipeTransport.__del__ at 0x000001EACD142CA0>
commit 99ead36595b7bce7638415b8abfebdd4f8fb78f1
opencv-python==4.10.0.84 at 2024-05-01 10:20:30,123
opencv-python             4.10.0.84
Bearer
"""


@pytest.mark.parametrize("line", [line for line in HARMLESS.splitlines() if line])
def test_what_a_traceback_needs_survives(line: str) -> None:
    assert redact(line).text == line


REPORT = """\
INFO:     10.1.2.3:51234 - "GET /?token=abc" 500
  File "C:\\Users\\Ann Lee\\shop\\app.py", line 3, in connect
    connect(password='hunter2', dsn="postgres://ann:pw@db/shop")
-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj
AgEAAoIBAQC7VJTUt9Us8cKj
short==
-----END PRIVATE KEY-----
ValueError: no mail to ann@example.org or bob@example.org
"""


def test_a_report_keeps_its_lines_and_says_what_went() -> None:
    done = redact(REPORT)
    assert done.text == (
        'INFO:     <ip>:51234 - "GET /?token=<secret>" 500\n'
        '  File "C:\\Users\\<user>\\shop\\app.py", line 3, in connect\n'
        "    connect(password='<secret>', dsn=\"postgres://<secret>@db/shop\")\n"
        "-----BEGIN PRIVATE KEY-----\n<secret>\n<secret>\n<secret>\n-----END PRIVATE KEY-----\n"
        "ValueError: no mail to <email> or <email>\n"
    )
    assert Removed("secret", 3, 2) in done.removed
    assert Removed("email", 9, 2) in done.removed
    assert [one.line for one in done.removed] == sorted(one.line for one in done.removed)


SECRETS = ("10.1.2.3", "token=abc", "Ann", "hunter2", "pw@", "MIIE", "VJTU", "short==", "ann@", "bob@")


@pytest.mark.parametrize(
    "wrapped",
    [
        REPORT,
        REPORT.replace("\n", "\\n"),
        json.dumps({"text": REPORT}),
        json.dumps(json.dumps({"text": REPORT})),
        repr(REPORT),
        REPORT.replace("\n", "\r\n"),
    ],
    ids=["plain", "escaped", "json", "json-in-json", "repr", "crlf"],
)
def test_secrets_go_however_the_text_is_wrapped(wrapped: str) -> None:
    done = redact(wrapped).text
    assert not [secret for secret in SECRETS if secret in done]
    assert done.count("\n") == wrapped.count("\n")
    assert done.count("\\n") == wrapped.count("\\n")


PIECES = st.sampled_from(
    [before for _, before, _ in GOES]
    + [text for _, text in STAYS]
    + ["\\n", "\n", " ", "@", "<secret>", "<user>", "=", ":", "'", '"', "/home/", "://", "password=", "a1b2c3d4", "\\"]
)


@given(st.lists(PIECES, max_size=8).map("".join))
def test_redacting_again_changes_nothing(text: str) -> None:
    once = redact(text).text
    assert redact(once).text == once
    assert once.count("\n") == text.count("\n")


HOSTILE = ["password=", "a@", "eyJaaaaaaaaa.", "/home/", "1.1.1.", "-----BEGIN PRIVATE KEY-----\n", "a:", "://a:"]


@pytest.mark.parametrize("unit", [*HOSTILE, "C:\\Users\\"])
def test_time_grows_no_faster_than_a_hostile_text(unit: str, linear: Linear) -> None:
    linear(lambda size: redact(unit * (20_000 // len(unit)) * size))
