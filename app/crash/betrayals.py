"""What one line betrays of the machine it came from: a table of rules, a sample line above each.

In a pattern the words NAME, VERSION, DOTTED, NUMBER, PYTHON and MICRO stand for groups of `NAMED`. Other groups are
`tag` (`310`), `system`, `short` (`20` for 2.0) and `plugin` (the name pytest prints). Every repeat is bounded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.crash.names import DOTTED, FULL_PYTHON, NAME, NUMBER, PYTHON, VERSION

NAMED = {
    "NAME": f"(?P<name>{NAME})",
    "VERSION": f"(?P<version>{VERSION})",
    "DOTTED": f"(?P<version>{DOTTED})",
    "NUMBER": f"(?P<version>{NUMBER})",
    "PYTHON": f"(?P<python>{PYTHON})",
    "MICRO": f"(?P<python>{FULL_PYTHON})",
}


@dataclass(frozen=True, slots=True, eq=False)  # each is itself only, which is quick to look up
class Rule:
    """What a line must hold (`gate`), the pattern that is then tried, and what a match betrays.

    What must be held is in lower case, and has a zero for every digit.
    """

    gate: str
    pattern: re.Pattern[str]
    os: str | None = None
    package: str | None = None
    exact: bool = True
    """Whether a package's version is all of it."""
    sure: bool = True
    """Whether another line about the OS may not overrule it."""
    doubted: bool = False
    """Whether it is prose: a word of doubt on the line silences it, and the package must be a well known one."""
    any_name: bool = False
    """Whether the package may have any name all the same."""
    also: tuple[str, ...] = ()
    """Of which a line must hold one as well; empty if the gate says enough."""


def _p(pattern: str) -> re.Pattern[str]:
    """A pattern, the words of `NAMED` put in."""
    return re.compile(re.sub("|".join(NAMED), lambda word: NAMED[word[0]], pattern))


# Django Version: 4.2 · - FastAPI version: 0.103.1 · uvicorn: 0.17.6
LABELLED = _p(r"(?i)\A[\W_]{0,8}(?P<name>[a-z][\w-]{1,30})(?: version)?[`* \t]{0,6}[:=][`* \t]{0,30}['\"]?v?DOTTED")
# We are using uvicorn 0.17.6 and FastAPI 0.73.0, Python 3.8 · Flask 2.2.2
SPOKEN = _p(
    r"(?i)(?:\A[\W_]{0,6}|[,;(|] ?|\b(?:use|using|running|run|on|with|have|installed|and|via|is) )"
    r"(?P<name>[a-z][\w-]{1,30})(?: version| ver)?[ -]v?DOTTED"
)

# - OS: Windows 10 · Operating System: Ubuntu 20.04 · sys.platform: win32
STATED_SYSTEM = _p(
    r"(?i)\A[\W_]{0,8}(?:os|operating system|(?:sys\.)?platform|system)(?: (?:version|name|info))?"
    r"[*`_ \t]{0,6}[:=][*`_ \t]{0,30}['\"]?(?P<system>[\w .,/()-]{2,60})"
)

OS_RULES = (
    #   File "C:\shop\app.py", line 1, in <module>
    Rule("file", _p(r'(?i)File \\?"(?:[a-z]:[\\/]|\\\\)'), os="windows", also=("\\", ":/")),
    #   File "c:\python38\lib\asyncio\windows_events.py", line 709, in _register_with_iocp
    Rule(
        ".py",
        _p(r"(?i)\basyncio[\\/]{1,4}(?:windows_events|windows_utils|proactor_events)\.py"),
        os="windows",
        also=("asyncio",),
    ),
    # OSError: [WinError 87] The parameter is incorrect
    Rule("winerror", _p(r"\[WinError \d{1,6}\]"), os="windows"),
    # RuntimeWarning: <_ProactorReadPipeTransport ...
    Rule("proactor", _p(r"\b(?:IocpProactor|_Proactor\w{1,40}Transport|ProactorEventLoop)\b"), os="windows"),
    # DEBUG:asyncio:Using selector: EpollSelector
    Rule("using selector", _p(r"(?i)Using selector: EpollSelector"), os="linux"),
    # ImportError: DLL load failed while importing _ssl: The specified module could not be found.
    Rule("dll load failed", _p(r"(?i)ImportError: DLL load failed"), os="windows"),
    #   File "/Users/ann/shop/app.py", line 1, in <module>
    Rule(
        "file",
        _p(r'File \\?"/(?:Users|Library|System/Library|Applications|private/var|opt/homebrew|usr/local/Cellar)/'),
        os="macos",
        also=("/users/", "/library/", "/applications/", "/private/var/", "/opt/homebrew/", "/usr/local/cellar/"),
    ),
    #   File "/usr/lib/python3.9/runpy.py", line 1, in <module>
    Rule(
        "file",
        _p(r'File \\?"/(?:usr/lib(?:64)?|usr/src|home|root|srv|kaggle|var/(?:www|task|lib))/'),
        os="linux",
        also=("/usr/", "/home/", "/root/", "/srv/", "/kaggle/", "/var/"),
    ),
    #   File "/app/main.py", line 1 · /opt/shop/app.py: the places containers use, and few Macs
    Rule(
        "file",
        _p(r'File \\?"/(?:app|code|workspace|mnt|data|usr/local/lib|opt/(?!homebrew/|local/))'),
        os="linux",
        sure=False,
        also=('"/app', '"/code', '"/workspace', '"/mnt', '"/data', '"/usr/local/lib', '"/opt/'),
    ),
    # cannot import name 'x' from 'y' (C:\shop\y.py)
    Rule(":\\", _p(r"(?i)(?<![\w\\])[a-z]:\\{1,2}[\w.~<>() -]{1,60}\\"), os="windows", sure=False),
    # dlopen(/Users/ann/x.so, 2): Library not loaded: libomp.dylib
    Rule("/users/", _p(r"(?<![\w:./])/Users/[\w.<>-]{1,40}/"), os="macos", sure=False),
    Rule(".dylib", _p(r"\w\.dylib\b"), os="macos", sure=False),
    # cannot import name 'x' from 'y' (/home/ann/y.py); not a request for /home/
    Rule("/home/", _p(r"(?<![\w:./])(?<!GET )(?<!POST )/home/[\w.<>-]{1,40}/"), os="linux", sure=False),
    Rule("/usr/lib", _p(r"(?<![\w:./])/usr/lib(?:64)?/"), os="linux", sure=False),
    # Windows-10-10.0.19041-SP0 · Linux-5.15.0-76-generic-x86_64-with-glibc2.31 · macOS-13.4-arm64
    Rule("windows-", _p(r"(?<![\w-])Windows-\d{1,4}-\d"), os="windows"),
    Rule("linux-", _p(r"(?<![\w-])Linux-\d\.\d"), os="linux"),
    Rule("macos-", _p(r"(?<![\w-])macOS-\d\d\."), os="macos"),
    # Darwin Kernel Version 20.6.0 · Linux web 5.4.0-42-generic #46-Ubuntu SMP
    Rule("kernel version", _p(r"\bDarwin Kernel Version\b"), os="macos"),
    Rule(" smp ", _p(r"\bLinux [\w.-]{1,60} \d{1,2}\.\d{1,3}\.\S{1,60} #"), os="linux"),
    # - OS: Windows 10 · Operating System: Ubuntu 20.04 · sys.platform: win32
    *(Rule(word, STATED_SYSTEM, sure=False) for word in ("os", "operating system", "platform", "system")),
)

PYTHON_RULES = (
    # Python 3.10.4 (tags/v3.10.4:9d38120, Mar 23 2022, 23:13:41) [MSC v.1929 64 bit (AMD64)] on win32
    # 3.9.13 | packaged by conda-forge | (main, May 27 2022, 16:58:50) · 3.8.10 (default, Nov 26 2021, 20:14:08)
    Rule(
        "(",
        _p(
            r"(?<![\w.])MICRO\+? {1,3}(?:\|[^|]{1,60}\| {0,3})?"
            r"\((?:tags/|main[,)]|default[,)]|heads/|v[23]\.|remotes/|\w{8,12}, )"
        ),
        also=(" (", "|("),
    ),
    # [MSC v.1929 64 bit (AMD64)] · on win32 · [Clang 12.0.5 (clang-1205.0.22.11)]
    Rule("[msc v.", _p(r"\[MSC v\.\d{3,5} \d\d bit"), os="windows"),
    Rule("] on ", _p(r"\] on (?P<system>linux2?|darwin|win32)\b")),
    Rule("(clang-", _p(r"\[Clang [\w.]{1,20} \(clang-\d"), os="macos"),
    # platform linux -- Python 3.11.7, pytest-8.0.0, pluggy-1.7.0
    Rule("platform ", _p(r"platform (?P<system>linux2?|darwin|win32) -- Python PYTHON")),
    # INFO:     Running uvicorn 0.17.6 with CPython 3.8.10 on Windows
    Rule(
        "running uvicorn",
        _p(r"Running (?P<name>uvicorn) VERSION with \w{4,12} PYTHON on (?P<system>\w{3,12})"),
    ),
    # Server: Werkzeug/2.0.3 Python/3.9.1 · WSGIServer/0.2 CPython/3.8.10
    Rule("python/", _p(r"\b(?:Werkzeug|WSGIServer|SimpleHTTP|BaseHTTP)/[\w.]{1,20} C?Python/PYTHON")),
    # /home/ann/.pyenv/versions/3.10.13/bin · C:\hostedtoolcache\windows\Python\3.9.13\x64 · /opt/python/3.8.18/bin
    Rule(
        "python",
        _p(r"(?i)(?:hostedtoolcache(?:[\\/]{1,4}windows)?|installs|opt)[\\/]{1,4}python[\\/]{1,4}MICRO[\\/]"),
        also=("hostedtoolcache", "installs", "opt"),
    ),
    Rule("pyenv", _p(r"(?i)pyenv(?:-win)?[\\/]{1,4}versions[\\/]{1,4}MICRO[\\/]")),
    # /root/.local/share/uv/python/cpython-3.11.9-linux-x86_64-gnu/bin
    Rule("cpython-0", _p(r"(?i)\bcpython-MICRO-(?P<system>windows|linux|macos)")),
    # /usr/lib/python3.11/asyncio/runners.py · lib/pypy3.9/ssl.py
    Rule("/py", _p(r"/(?:python|pypy)(?P<python>[23]\.\d{1,2})t?/"), also=("/python", "/pypy")),
    # C:\Python38\lib\asyncio\events.py · Python38-32\python.exe
    Rule(
        "python00",
        _p(r"(?i)(?<![a-z])python(?P<tag>[23]\d{1,2})(?:-32|-arm64|_64)?[\\/]{1,4}(?:lib|scripts|dlls|python)\b"),
    ),
    # Python.framework/Versions/3.9/lib · PythonSoftwareFoundation.Python.3.10_3.10.3056.0_x64
    Rule("python.framework", _p(r"(?i)Python\.framework/Versions/(?P<python>[23]\.\d{1,2})/")),
    Rule("pythonsoftwarefoundation", _p(r"(?i)PythonSoftwareFoundation\.Python\.(?P<python>3\.\d{1,2})_")),
    # python311.zip · python38.dll
    Rule("python00", _p(r"(?i)\bpython(?P<tag>[23]\d{1,2})\.(?:zip|dll)\b"), also=(".zip", ".dll")),
    # $ python3.11 app.py · /usr/bin/python3.9: No module named x
    Rule(
        "python",
        _p(r"python(?:(?<=\Apython)|(?<=/bin/python)|(?<=[$#>] python))(?P<python>[23]\.\d{1,2})(?=:? )"),
        also=("python0.0 ", "python0.00 ", "python0.0: ", "python0.00: "),
    ),
    # numpy-1.26.4-cp310-cp310-win_amd64.whl
    Rule("-cp0", _p(r"-cp(?P<tag>3\d{1,2})-cp3\d{1,2}m?-(?P<system>win|manylinux|musllinux|macosx)"), doubted=True),
    # _ssl.cpython-38-x86_64-linux-gnu.so · _ssl.cpython-38-darwin.so · _ssl.cp38-win_amd64.pyd
    Rule(".so", _p(r"\.cpython-(?P<tag>3\d{1,2})t?-(?:\w{1,20}-)?(?P<system>linux|darwin)")),
    Rule(".pyd", _p(r"\.cp(?P<tag>3\d{1,2})-(?P<system>win)(?:32|_)")),
    # Python version: 3.8.10 · python: 3.9 · python==3.9.1 · "python": "3.8" · FROM python:3.9-slim
    Rule(
        "python",
        _p(r"(?i)(?<![\w./-])python(?: ?version)?['\"`*]{0,3}[ \t]{0,30}[:=]{1,2}['\"`* \t]{0,30}v?PYTHON"),
        also=(":", "="),
    ),
    # I am on Python 3.10 · CPython 3.8.10
    Rule("python", _p(r"(?i)(?<![\w./-])c?python[ -]v?PYTHON"), doubted=True, also=("python ", "python-")),
)

PACKAGE_RULES = (
    # site-packages/uvicorn-0.17.6.dist-info/METADATA
    Rule("-info", _p(r"(?<![\w.-])(?P<name>[A-Za-z0-9][\w.]{0,80})-NUMBER\.(?:dist|egg)-info\b")),
    # site-packages/foo-1.2-py3.8.egg/foo/x.py
    Rule(
        ".egg",
        _p(r"(?<![\w.-])(?P<name>[A-Za-z0-9][\w.]{0,80})-VERSION-py(?P<python>[23]\.\d{1,2})[\w-]{0,60}\.egg\b"),
    ),
    # uvicorn==0.17.6 · pip install "uvicorn[standard]==0.17.6"
    Rule("==", _p(r"(?<![\w.-])NAME(?:\[[\w,. -]{0,60}\])?==VERSION"), doubted=True, any_name=True),
    # Successfully installed click-8.0.4 uvicorn-0.17.6
    Rule("successfully installed", _p(r"(?<= )(?P<name>[A-Za-z0-9][\w.-]{0,80}?)-VERSION(?= |$)")),
    # Requirement already satisfied: click>=7.0 in /usr/lib/python3/dist-packages (from uvicorn) (8.0.3)
    Rule("already satisfied", _p(r"already satisfied: (?P<name>[\w.-]{1,80}).{1,400} \(VERSION\)$")),
    # platform linux -- Python 3.11.7, pytest-8.0.0, pluggy-1.7.0
    Rule("-- python", _p(r"(?<=, )(?P<name>pytest|py|pluggy)-VERSION")),
    # plugins: asyncio-0.23.3, anyio-4.0
    Rule("plugins: ", _p(r"(?<=[:,] )(?P<plugin>[A-Za-z][\w.-]{0,60}?)-VERSION(?=,|$)")),
    # Server: Werkzeug/2.0.3 Python/3.9.1
    Rule("werkzeug/", _p(r"\b(?P<name>Werkzeug)/VERSION Python/")),
    # server: gunicorn/20.0.4
    Rule(
        "server: ",
        _p(r"(?i)\bserver: (?P<name>gunicorn|daphne|hypercorn|waitress)/VERSION"),
        also=("gunicorn/", "daphne/", "hypercorn/", "waitress/"),
    ),
    # [INFO] Starting gunicorn 20.0.4
    Rule("starting gunicorn", _p(r"Starting (?P<name>gunicorn) VERSION")),
    # Django version 4.2, using settings 'shop.settings'
    Rule("django version ", _p(r"(?P<name>Django) version VERSION, using settings")),
    #  -------------- celery@web v5.2.7 (dawn-chorus)
    Rule("celery@", _p(r"-- (?P<name>celery)@\S{1,80} vVERSION")),
    # [scrapy.utils.log] INFO: Scrapy 2.10.0 started (bot: shop)
    Rule("scrapy ", _p(r"\b(?P<name>Scrapy) VERSION started")),
    # Running Sphinx v3.5.4
    Rule("running sphinx", _p(r"Running (?P<name>Sphinx) vVERSION")),
    # IPython 8.5.0 -- An enhanced Interactive Python.
    Rule("ipython ", _p(r"\A(?P<name>IPython) VERSION -- ")),
    # pip 21.2.4 from /usr/lib/python3/dist-packages/pip (python 3.9)
    Rule("pip ", _p(r"\A(?P<name>pip) VERSION from \S{1,300} \(python PYTHON\)")),
    # mkdocs, version 1.2.3 · black, 22.1.0 (compiled: yes)
    Rule(", version ", _p(r"\ANAME, version VERSION")),
    Rule("compiled: ", _p(r"\A(?P<name>black), (?:version )?VERSION")),
    # foo 1.2 requires bar>=2.0, but you have bar 1.9 which is incompatible.
    Rule("but you", _p(r"but you(?:'ll)? have NAME VERSION")),
    # ContextualVersionConflict: (urllib3 2.0.2 (/srv/venv/lib/python3.9/site-packages), Requirement.parse(...
    Rule("requirement.parse", _p(r"\(NAME VERSION \((?:/|[A-Za-z]:)")),
    # NumPy 2.1.3 as it may crash. To support both 1.x and 2.x
    Rule("as it may crash", _p(r"(?P<name>NumPy) VERSION as it may crash")),
    # RequestsDependencyWarning: urllib3 (2.0.2) or chardet (5.0.0) doesn't match a supported version!
    Rule("requestsdependencywarning", _p(r"RequestsDependencyWarning: (?P<name>urllib3) \(VERSION\)")),
    # For further information visit https://errors.pydantic.dev/2.3/u/import-error
    Rule(
        "errors.pydantic.dev",
        _p(r"errors\.pydantic\.dev/(?P<version>\d\.\d{1,2})/"),
        package="pydantic",
        exact=False,
    ),
    # (Background on this error at: https://sqlalche.me/e/20/gkpj)
    Rule("sqlalche.me", _p(r"sqlalche\.me/e/(?P<short>\d\d)/"), package="sqlalchemy", exact=False),
)

# Prose is read only where a well known name stands and a number with a dot: `environment.rules_for` looks for both.
PROSE_RULES = tuple(Rule(".", pattern, doubted=True) for pattern in (LABELLED, SPOKEN))

RULES = (*OS_RULES, *PYTHON_RULES, *PACKAGE_RULES)
