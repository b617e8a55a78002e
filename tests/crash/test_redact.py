"""Secrets and personal data go; what the reader of tracebacks needs stays."""

import json
import re
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.crash.gates import PIECE, finder, fold
from app.crash.private import Rule
from app.crash.redact import MAX_PASSES, RULES, Redacted, Removed, redact

Linear = Callable[[Callable[[int], object]], None]


def apply(rule: Rule, text: str) -> str:
    """The text after one rule, its pattern tried everywhere."""

    def put(match: re.Match[str]) -> str:
        return (match[match.lastindex] if match.lastindex else "") + rule.placeholder

    if rule.inside is None:
        return rule.pattern.sub(put, text)
    inside = rule.inside
    return rule.pattern.sub(lambda match: inside.sub(put, match[0]), text)


def redact_slowly(text: str) -> Redacted:
    """What redaction promises, said as plainly as can be: each rule over the whole text, until nothing changes."""
    found: Counter[tuple[int, str]] = Counter()
    for _ in range(MAX_PASSES):
        before = text
        for rule in RULES:
            found.update((text.count("\n", 0, one.start() + 1) + 1, rule.kind) for one in rule.pattern.finditer(text))
            text = apply(rule, text)
        if text == before:
            break
    return Redacted(text, tuple(Removed(kind, line, count) for (line, kind), count in sorted(found.items())))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_takes_what_it_says_and_leaves_the_harmless_alone(rule: Rule) -> None:
    for before, after in rule.goes:
        assert (apply(rule, before), redact(before).text) == (after, after)
    for text in rule.stays:
        assert apply(rule, text) == text


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


def test_what_a_traceback_needs_survives() -> None:
    for line in HARMLESS.splitlines():
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
    [before for rule in RULES for before, _ in rule.goes]
    + [text for rule in RULES for text in rule.stays]
    + ["\\n", "\n", " ", "@", "<secret>", "<user>", "=", ":", "'", '"', "/home/", "://", "password=", "a1b2c3d4", "\\"]
)


@given(st.lists(PIECES, max_size=8).map("".join))
def test_redacting_again_changes_nothing(text: str) -> None:
    once = redact(text).text
    assert redact(once).text == once
    assert once.count("\n") == text.count("\n")


def cut(text: str) -> st.SearchStrategy[str]:
    """Any part of it."""
    return st.tuples(*[st.integers(0, len(text))] * 2).map(lambda ends: text[min(ends) : max(ends)])


# Letters that count as ASCII's where the case is ignored, digits of other scripts, and half a character.
ODD = ["\u0130", "\u0131", "\u017f", "\u212a", "\u0663", "\ud800", "\xe9", "\u6f22", "::", "A", "7"]
PARTS = st.lists(st.one_of(PIECES, PIECES.flatmap(cut), st.sampled_from(ODD)), max_size=8).map("".join)


@given(PARTS)
def test_looking_only_where_gates_are_finds_what_looking_everywhere_does(text: str) -> None:
    """In `tests/test_sweeps.py` also in real texts, and in such as are made from the patterns."""
    assert redact(text) == redact_slowly(text)


@pytest.mark.parametrize(
    "text",
    [
        "/System/Volumes/Data/home/ann",
        "/export/home/ann",
        "/mnt/c/home/ann",
        "c%3a" + "\\" * 4 + "Users\\ann",
        "1234:" * 5 + "1234::1",
        "a" * 64 + "@example.org",
        f"({'v' * 40}) {'a' * 32}@host:~/shop$ ls",
        f"export {'A' * 60}PASSWORD=x",
    ],
)
def test_a_match_may_begin_as_far_from_its_gate_as_its_pattern_allows(text: str) -> None:
    for before in ("", "x\n", 200 * " " + "\n"):
        assert redact(before + text) == redact_slowly(before + text) != Redacted(before + text)


TOKENS = [
    *(f"AKIA{'B2' * 8} ASIA{'B2' * 8} AIza{'a' * 35} dapi{'0' * 32} NRAK-{'B' * 27} dop_v1_{'0' * 64}".split()),
    *(f"gh{kind}_{'a1' * 15}" for kind in "pousr"),
    *(f"xox{kind}-{'a1' * 5}" for kind in "abeoprs"),
    *(f"{kind}_{mode}_{'a1' * 5}" for kind in ("sk", "rk") for mode in ("live", "test")),
    *(f"{head}{'a1' * 20}" for head in ("SG.a1a1a1a1a1a1a1a1.", "github_pat_", "glpat-", "glsa_", "GOCSPX-", "gsk_")),
    *(f"{head}{'a1' * 20}" for head in ("hf_", "hvs.", "lin_api_", "sk-", "whsec_", "xapp-", "ya29.")),
    *(f"npm_{'a1' * 18} pypi-AgE{'a1' * 25} shpat_{'a1' * 16}".split()),
]


def test_each_kind_of_token_goes() -> None:
    for token in TOKENS:
        assert redact(f"a {token} b").text == "a <secret> b"


def test_a_gate_is_found_wherever_a_text_is_divided() -> None:
    gates = finder([("secret", "://"), ("://",)])
    for at in range(PIECE - 10, PIECE + 10):
        assert gates("x" * at + "SECRET" + "x" * PIECE) == {0: [at]}
        assert gates("x" * at + "://") == {0: [at], 1: [at]}


@given(st.text())
def test_folding_moves_nothing(text: str) -> None:
    assert len(fold(text)) == len(text)


@pytest.mark.parametrize("unit", ["/home/", "/mnt/c/Users/", "c%3a\\\\\\\\Users\\", "C:/Users/", "//Users//"])
def test_a_folder_of_homes_is_looked_at_from_one_place(unit: str) -> None:
    for rule in (rule for rule in RULES if rule.id.endswith("-home")):
        gates = finder([rule.gates])(unit * 100).get(0, [])
        assert len(rule.begins(unit * 100, gates)) <= len(gates)


HOSTILE = [
    "password=",
    "a@",
    "eyJaaaaaaaaa.",
    "/home/",
    "1.1.1.",
    "-----BEGIN PRIVATE KEY-----\n",
    "a:",
    "://a:",
    "C:\\Users\\",
]


@pytest.fixture
def length() -> int:
    """Characters; `tests/test_sweeps.py` takes four times as many."""
    return 5_000


@pytest.mark.parametrize("unit", HOSTILE)
def test_time_grows_no_faster_than_a_hostile_text(unit: str, length: int, linear: Linear) -> None:
    linear(lambda size: redact(unit * (length // len(unit)) * size))
