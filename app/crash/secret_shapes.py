"""Rules for what is secret: keys and tokens by their shape, and values by the name that stands before them.

Every repeat is bounded or possessive.
"""

from __future__ import annotations

import re

from app.crash.private import BREAK, START, Rule, at, in_line

# password · DB_PASSWORD_2 · SECRET_KEY · aws_secret_access_key · x-api-key · accessToken · client_secret
KEY = (
    r"(?:passw(?:or)?d|passphrase|pwd|secret(?:[_-]?access)?(?:[_-]?key)?|(?:api|access|private|account|auth)[_-]?key"
    r"|token|session[_-]?id|credentials?)(?:_?\d{1,2})?"
)
# what each such name begins with
KEY_WORDS = (
    *("password", "passwd", "passphrase", "pwd", "secret", "token", "credential"),
    *(f"{kind}{joint}key" for kind in ("api", "access", "private", "account", "auth") for joint in ("", "_", "-")),
    *(f"session{joint}id" for joint in ("", "_", "-")),
)
LONGEST_SETTING = len("export ") + 60  # before the word in its name


def at_setting(text: str, gates: list[int]) -> list[int]:
    """Where a name begins that is set to a value: its line, if it is a name in capitals, or the mark before it."""
    lines = in_line(text, [gate for gate in gates if text[gate] in "APST"], LONGEST_SETTING)
    marks = [gate - 1 for gate in gates if text[gate - 1] in "?&;"]
    return [*lines, *marks, *(gate for gate in gates if text[gate - 1] == " ")]


# what stands where a value is not written: a template's hole, a mask, a name
HOLE = r"(?!<secret>|\*{3}|\{|%[s(]|\$\{?[A-Z_]|\[(?:Filtered|REDACTED)|<[\w |/]{1,30}>|\[[A-Z_]{2,10}\])"
# a name or an attribute, as source code has it: password, settings.PASSWORD1
NAME_OF_SOURCE = rf"(?!{KEY}|self\.|None\b|True\b|False\b|[A-Za-z_]\w{{0,60}}\.[A-Za-z_])"
# what each kind of token begins with
TOKEN_HEADS = (
    *(f"gh{kind}_" for kind in "pousr"),
    *(f"xox{kind}" for kind in "abeoprs"),
    *(f"{kind}_{mode}_" for kind in ("sk", "rk") for mode in ("live", "test")),
    *("AKIA", "ASIA", "AIza", "GOCSPX-", "NRAK-", "SG.", "dapi", "dop_v1_", "github_pat_", "glpat-", "glsa_", "gsk_"),
    *("hf_", "hvs.", "lin_api_", "npm_", "pypi-AgE", "shpat_", "sk-", "whsec_", "xapp-", "ya29."),
)
TOKENS = (
    Rule(
        "private-key",
        "secret",
        ("PRIVATE KEY-----",),
        re.compile(
            rf"(?<=PRIVATE KEY-----)(?:{BREAK}{{1,8}}[A-Za-z-]{{4,12}}: [\w, -]{{1,80}}){{0,4}}"
            rf"(?:{BREAK}{{1,8}}[A-Za-z0-9+/]{{16,8192}}={{0,2}})++"
            rf"(?:{BREAK}{{1,8}}[A-Za-z0-9+/]{{1,15}}={{0,2}}(?={BREAK}{{0,8}}-----END))?"
        ),
        "<secret>",
        (
            (
                "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA1234\n-----END RSA PRIVATE KEY-----",
                "-----BEGIN RSA PRIVATE KEY-----\n<secret>\n-----END RSA PRIVATE KEY-----",
            ),
        ),
        ("-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0B\n",),
        begins=at(len("PRIVATE KEY-----")),
        inside=re.compile(rf"({BREAK}{{1,8}})(?:[A-Za-z0-9+/]{{16,8192}}={{0,2}}|[A-Za-z0-9+/]{{1,15}}={{0,2}}\Z)"),
    ),
    Rule(
        "token-shape",
        "secret",
        TOKEN_HEADS,
        re.compile(
            rf"{START}(?:"
            r"(?:AKIA|ASIA)[A-Z0-9]{16}|gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_\w{22,255}|glpat-[\w-]{20,64}"
            r"|(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10,255}|sk-(?=(?:[^\W\d]|-(?!sk-)){0,200}+\d)[\w-]{20,255}"
            r"|(?:sk|rk)_(?:live|test)_\w{10,255}|whsec_[\w+/=]{16,255}|AIza[\w-]{35}|ya29\.[\w-]{20,255}"
            r"|GOCSPX-[\w-]{20,64}|npm_[A-Za-z0-9]{36}|pypi-AgE[\w-]{50,255}|hf_[A-Za-z0-9]{30,64}"
            r"|SG\.[\w-]{16,64}\.[\w-]{16,64}|dop_v1_[a-f0-9]{64}|dapi[a-f0-9]{32}|gsk_[A-Za-z0-9]{40,64}"
            r"|hvs\.[\w-]{20,255}|shpat_[a-f0-9]{32}|glsa_\w{32,64}|NRAK-[A-Z0-9]{27}|lin_api_[A-Za-z0-9]{40}"
            r")(?!\w)"
        ),
        "<secret>",
        (
            ("key AKIAIOSFODNN7EXAMPLE here", "key <secret> here"),
            (r"a\nghp_" + "a1" * 18, r"a\n<secret>"),
            ("Incorrect API key provided: sk-proj-" + "x1" * 12, "Incorrect API key provided: <secret>"),
            ("xoxb-123456789012-abcdef", "<secret>"),
        ),
        ("commit 99ead36595b7bce7638415b8abfebdd4f8fb78f1", "ASIAN", "sk-learn-contrib-something-long", "ghost_writer"),
    ),
    Rule(
        "jwt",
        "secret",
        ("eyJ",),
        re.compile(rf"{START}eyJ(?:\w|-(?!eyJ)){{8,4096}}+\.eyJ[\w-]{{8,4096}}(?:\.[\w-]{{0,2048}})?"),
        "<secret>",
        (("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "token <secret>"),),
        ("eyJ is how it begins",),
    ),
)

CREDENTIALS = (
    Rule(
        "url",
        "secret",
        ("://",),
        re.compile(r"(?<=://)(?:[^\s:/@\"'<>]{0,100}:[^\s/\"'<>]{1,200}|[\w-]{16,200})@(?=[\w.\[<-])"),
        "<secret>@",
        (
            (
                "postgresql+psycopg://shop:pw@db.internal:5432/shop",
                "postgresql+psycopg://<secret>@db.internal:5432/shop",
            ),
            ("redis://:p@ss@cache/0", "redis://<secret>@cache/0"),
            ("https://0123456789abcdef@sentry.io/1", "https://<secret>@sentry.io/1"),
        ),
        ("http://127.0.0.1:8000/x", "ssh://git@github.com/x", "https://x.org/@ann"),
        begins=at(len("://")),
    ),
    Rule(
        "authorization",
        "secret",
        ("authorization", "bearer ", "basic "),
        re.compile(
            r"(?i)(authorization[\\\"']{0,4}[ ,]?\s?[:=]?\s?[\\\"']{0,4}(?:(?:bearer|basic|token|apikey|digest) {1,3})?"
            r"|\b(?:bearer|basic) {1,3}(?=[\w.~+/=-]{0,200}\d))(?<=[ :=\"'])(?=[\w.~+/=-]{0,200}[\d=])"
            r"[\w.~+/=-]{6,4096}"
        ),
        "<secret>",
        (
            ("Authorization: Bearer abc123def", "Authorization: Bearer <secret>"),
            ("{'authorization': 'Basic dTpwdw=='}", "{'authorization': 'Basic <secret>'}"),
            ("sent Bearer a1b2c3d4", "sent Bearer <secret>"),
        ),
        ("WWW-Authenticate: Bearer", "Basic authentication", "Authorization: required", "bearer token missing"),
    ),
    Rule(
        "cookie",
        "secret",
        ("cookie",),
        re.compile(
            r"(?i)(\bcookie[\\\"']{0,4}:\s?[\\\"']{0,4})(?!<secret>)[\w.-]{1,80}=[^\s\"'\\][^\r\n\"'\\]{0,4096}"
        ),
        "<secret>",
        (
            ("Set-Cookie: sid=abc123; Path=/", "Set-Cookie: <secret>"),
            ("{'Cookie': 'sid=abc; csrf=x'}", "{'Cookie': '<secret>'}"),
        ),
        ("from http.cookies import SimpleCookie", "Cookie: none"),
    ),
    Rule(
        "quoted-value",
        "secret",
        KEY_WORDS,
        re.compile(
            rf"(?i)({KEY}\\{{0,3}}[\"']?\s{{0,3}}(?::|=>|=)\s{{0,3}}[bru]?(\\{{0,3}}[\"'])){HOLE}(?!\w{{0,40}}\.)"
            r"[^\s\"'\\]\S{3,512}?(?=\2)"
        ),
        "<secret>",
        (
            ("password='hunter2'", "password='<secret>'"),
            ("{'DB_PASSWORD': 'hunter2', 'x': 1}", "{'DB_PASSWORD': '<secret>', 'x': 1}"),
            (r"{\"api_key\": \"abcdef\"}", r"{\"api_key\": \"<secret>\"}"),
            ('SECRET_KEY = "django-insecure-x"', 'SECRET_KEY = "<secret>"'),
        ),
        (
            "KeyError: 'password'",
            "password=''",
            "{'password': 'This field is required.'}",
            'pad_token="<pad>"',
            "password = '{password}'",
            "getpass('Password: ')",
        ),
    ),
    Rule(
        "bare-value",
        "secret",
        KEY_WORDS,
        re.compile(
            rf"(?i)({KEY}(?:=|: ?))(?<!==){HOLE}{NAME_OF_SOURCE}(?=[^\s\"'()\[\],;&\\]{{0,80}}\d)"
            r"(?=[^\s\"'()\[\],;&\\]{0,80}[a-z])[^\s\"'()\[\]{}<>,;&\\=]{6,512}={0,2}(?![\w(\[])"
        ),
        "<secret>",
        (
            ("password=hunter2 x=1", "password=<secret> x=1"),
            ("api_key: abc123def", "api_key: <secret>"),
            (r"AccountKey=aGVsbG8x==;Endpoint=x\n", r"AccountKey=<secret>;Endpoint=x\n"),
        ),
        (
            "password=password",
            "token = tokens[0]",
            "api_key=settings.KEY1",
            "token=get_token2()",
            "max_tokens=128000",
            "password: str",
            "if password==other1:",
            "password: field required",
            "token=self.token1x",
        ),
    ),
    Rule(
        "named-value",
        "secret",
        KEY_WORDS,
        re.compile(
            r"(?:(?m:^)((?:export |set )?[A-Z0-9_]{0,60}(?:PASSWORD|PASSWD|SECRET|TOKEN|(?:API|SECRET|ACCESS)_KEY)=)"
            rf"|((?i:[?&;]{KEY}=|(?<=[^\s,(=:] )(?:password|pwd)=(?!None\b))))"
            rf"{HOLE}(?!=)[^\s\"'()\[\]<>,;&\\]{{1,512}}(?![\w(\[])"
        ),
        "<secret>",
        (
            ("DB_PASSWORD=hunter", "DB_PASSWORD=<secret>"),
            ("GET /x?token=abc&y=1", "GET /x?token=<secret>&y=1"),
            ("host=db user=shop password=hunter dbname=shop", "host=db user=shop password=<secret> dbname=shop"),
        ),
        ("connect(host=h, user=u, password=pw)", "TOKEN=get()", "SECRET = None"),
        begins=at_setting,
    ),
)
