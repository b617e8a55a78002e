"""Rules for what points to a person or a machine: names of accounts in paths, mail and network addresses.

Every repeat is bounded.
"""

from __future__ import annotations

import re
from itertools import product

from app.crash.private import START, Rule, in_line

# Names of accounts that many machines share tell nobody's name.
SHARED = (
    "runner|runneradmin|user|username|ubuntu|debian|root|app|appuser|apps|public|airflow|docker|vscode|jovyan|admin|"
    "administrator|default|all users|shared|www-data|node|django|python|deploy|ec2-user|vagrant|travis|circleci|"
    "gitpod|codespace|codespaces|kaggle|jenkins|git|pi|hadoop|spark|celery|odoo|frappe|sagemaker-user|coder|"
    "containeradministrator|vsts|linuxbrew|conda|nobody|site|web|worker|service|test|dev|me|you|name|<user>"
)
# a folder's separator: one, or doubled as in JSON and in repr
SEPARATOR = r"(?:/|\\{1,4})"

OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"

# an @ and what may stand before it; ? is any letter beyond ASCII
MARKED = tuple(f"{end}@" for end in "0ghijklmnopqrstuvwxyz_.+%-?")
# what may stand before `/home/`, as long as it can be: only there does no word end right before it
ABOVE = r"/(?:mnt|data|export|usr|nfs|[a-z]|mnt/[a-z]|System/Volumes/Data)"
LONGEST_ABOVE = len("/System/Volumes/Data")
ABOVE_HOME = re.compile(rf"{ABOVE}\Z", re.IGNORECASE)
# what stands before the separator that `Users` begins with
DRIVE = r"[a-z](?::|%3a)"
ABOVE_USERS = re.compile(rf"{DRIVE}\\{{0,3}}\Z", re.IGNORECASE)
LONGEST_DRIVE = len("c%3a\\\\\\")
LONGEST_PROMPT = len("() ") + 40 + 32  # before its @
LONGEST_NAME = 64  # before the @ of an address
NAME = re.compile(r"[\w.+%-]*")
LONGEST_GROUPS = 29  # of an IPv6 address, before its `::`
GROUPS = "0123456789abcdefABCDEF:"


def at_slash(text: str, gates: list[int]) -> list[int]:
    """Where a path may begin that goes on with the gate."""
    near = (ABOVE_HOME.search(text, max(gate - LONGEST_ABOVE, 0), gate) for gate in gates)
    return [above.start() if above else gate for gate, above in zip(gates, near, strict=True)]


def at_drive(text: str, gates: list[int]) -> list[int]:
    """Where the letter of a drive stands that goes on with the gate."""
    near = (ABOVE_USERS.search(text, max(gate - LONGEST_DRIVE, 0), gate) for gate in gates)
    return [above.start() for above in near if above]


def at_prompt(text: str, gates: list[int]) -> list[int]:
    """Where the gate's line begins."""
    return list(in_line(text, gates, LONGEST_PROMPT))


def in_name(text: str, gates: list[int]) -> list[int]:
    """Wherever a name may begin that ends with the character before the @."""
    ends = [gate + 1 for gate in gates]
    names = ((end, NAME.match(text[max(end - LONGEST_NAME, 0) : end][::-1])) for end in ends)
    return [begin for end, name in names if name for begin in range(end - name.end(), end)]


def at_number(text: str, gates: list[int]) -> list[int]:
    """Where the number begins that ends before the gate; of its digits no more than three count."""
    return [
        gate - (3 if text[gate - 3 : gate].isdecimal() else 2 if text[gate - 2 : gate].isdecimal() else 1)
        for gate in gates
    ]


def at_groups(text: str, gates: list[int]) -> list[int]:
    """Where the groups of an IPv6 address begin that end before the gate."""
    near = ((gate, text[max(gate - LONGEST_GROUPS, 0) : gate]) for gate in gates)
    return [gate - len(before) + len(before.rstrip(GROUPS)) for gate, before in near]


PATHS = (
    Rule(
        "posix-home",
        "user",
        ("/home/", "/Users/"),
        re.compile(
            rf"((?:(?<=\\[nrt])|(?<![\w.>]))(?:{ABOVE})?/(?:home|Users)/{{1,2}})"
            rf"(?!(?:{SHARED})(?![\w.@+-]))(?![\w.@+-]{{1,64}}\.(?:py|pyc|html?|json|txt|log|js|css|png)(?![\w/]))"
            r"[\w.@+-]{1,64}",
            re.IGNORECASE,
        ),
        "<user>",
        (
            ('File "/home/ann.lee/shop/app.py"', 'File "/home/<user>/shop/app.py"'),
            ("HOME=/home/ann", "HOME=/home/<user>"),
            ("(/Users/ann/x.py)", "(/Users/<user>/x.py)"),
            (r"a\n/home/ann/x", r"a\n/home/<user>/x"),
            ("/mnt/c/Users/ann/x", "/mnt/c/Users/<user>/x"),
        ),
        ("/home/runner/work/x", "/Users/Shared/x", "/srv/home/views.py", "/home/index.html", "https://x.org/home/page"),
        begins=at_slash,
    ),
    Rule(
        "windows-home",
        "user",
        tuple(
            f"{left}{folder}{right}"
            for folder in ("Users", "Documents and Settings")
            for left in "/\\"
            for right in "/\\"
        ),
        re.compile(
            rf"({DRIVE}{SEPARATOR}(?:Users|Documents and Settings){SEPARATOR})(?!(?:{SHARED})(?:[\\/\"'\s]|$))"
            r"(?:[^\\/:*?\"<>|\r\n]{1,64}(?=[\\/])|[\w.-]{1,64})",
            re.IGNORECASE,
        ),
        "<user>",
        (
            (r'File "C:\Users\Ann Lee\shop\app.py"', r'File "C:\Users\<user>\shop\app.py"'),
            (r"c:\\users\\ann\\shop", r"c:\\users\\<user>\\shop"),
            ("C:/Users/ann/shop", "C:/Users/<user>/shop"),
            ("vscode-notebook-cell:/c%3A/Users/ann/a.ipynb", "vscode-notebook-cell:/c%3A/Users/<user>/a.ipynb"),
            (r"USERPROFILE=C:\Users\ann", r"USERPROFILE=C:\Users\<user>"),
        ),
        (r"C:\Users\Public\x", r"C:\Users\runneradmin\x", r"C:\Users\User\x", r"C:\app\Users\models.py"),
        begins=at_drive,
    ),
    Rule(
        "prompt",
        "user",
        MARKED,
        re.compile(r"(?m)^((?:\([\w.-]{1,40}\) )?)[\w.-]{1,32}@[\w.-]{1,64}(?=:[~/][^\s$#]{0,200}[$#] )"),
        "<user>@<host>",
        (("(venv) ann@DESKTOP-7:~/shop$ python app.py", "(venv) <user>@<host>:~/shop$ python app.py"),),
        ("@app.get('/x')  # x",),
        begins=at_prompt,
    ),
)

ADDRESSES = (
    Rule(
        "email",
        "email",
        MARKED,
        re.compile(
            rf"{START}(?!(?:git|celery)@)[A-Za-z0-9](?:[\w.+%-]{{0,63}}(?<![.]))?@(?!self\.)"
            r"(?:[A-Za-z0-9-]{1,63}\.){1,6}[A-Za-z]{2,24}(?![\w-])"
        ),
        "<email>",
        (
            ("mail ann.lee+x@example.co.uk now", "mail <email> now"),
            (r"a\nann@x.org\nb", r"a\n<email>\nb"),
            (r"\u003cann@x.org\u003e", r"\u003c<email>\u003e"),
        ),
        ("@app.route('/')", "shop@1.2.3", "x@self.weight", "git@github.com:a/b", "a @ b.T", "celery@web.local"),
        begins=in_name,
    ),
    Rule(
        "ipv4",
        "ip",
        tuple(f".{'.'.join(octets)}." for octets in product(("0", "00", "000"), repeat=2)),
        re.compile(
            r"(?:(?<=//)|(?<=[^=]=)|(?<=\\[nrt])|(?<![\w./=\\-]))(?!127\.|0\.0\.0\.0|255\.)"
            rf"(?:{OCTET}(?:\.{OCTET}){{3}}(?=:\d{{2,5}}\b| - )|(?<!ersion )(?<!cu1\d )(?<!  )"
            rf"(?:[1-9]\d|1\d\d|2[0-4]\d|25[0-5])(?:\.{OCTET}){{3}}|(?<=//){OCTET}(?:\.{OCTET}){{3}}|(?<=['\"]){OCTET}"
            rf"(?:\.{OCTET}){{3}}(?=['\"]))(?![\w-]|\.\d)"
        ),
        "<ip>",
        (
            ("INFO:     10.1.2.3:51234 - GET", "INFO:     <ip>:51234 - GET"),
            ("connect to 192.168.1.7 failed", "connect to <ip> failed"),
            ("host='5.6.7.8'", "host='<ip>'"),
            ("http://8.8.8.8/x", "http://<ip>/x"),
        ),
        (
            "127.0.0.1:8000",
            "http://0.0.0.0:80",
            "foo 0.17.6.1",
            "pytz 2022.7.1.2",
            "opencv-python==4.10.0.84",
            "nvidia-cublas-cu12 12.1.3.1",
            "Chrome/120.0.0.0",
            "Windows-10-10.0.19041",
            "version 22.0.4.1",
            "1.2.3.4.5",
        ),
        begins=at_number,
    ),
    Rule(
        "ipv6",
        "ip",
        ("::", *(f":{':'.join(groups)}:" for groups in product(("0", "00", "000", "0000"), repeat=3))),
        re.compile(
            r"(?i)(?<![\w:.])(?:(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|(?:[0-9a-f]{1,4}:){2,6}(?::[0-9a-f]{1,4}){1,5}"
            r"|(?:fe80|f[cd][0-9a-f]{2}):(?::[0-9a-f]{1,4}){1,6})(?![\w:])"
        ),
        "<ip>",
        (("[2001:db8::1]:443", "[<ip>]:443"), ("fe80::1ff:fe23 up", "<ip> up")),
        ("::1", "at 10:20:30", "x[a::b]", "x[::2]", "std::vector", "aa:bb:cc:dd:ee:ff", "0x7f00::"),
        begins=at_groups,
    ),
)
