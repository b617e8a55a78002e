"""A path as a traceback prints it -> dotted module and owner. Only the text of the path is looked at, never a disk."""

from __future__ import annotations

import re
import sys
from functools import lru_cache

from app.crash.model import Owner

Origin = tuple[str | None, Owner | None]

MAX_PATH = 1024  # characters from the end; the part that names a module is far shorter
MAX_KEPT = 8192  # a long report has some hundred different files


def _words(text: str) -> frozenset[str]:
    """The words of a table of names."""
    return frozenset(text.split())


# Names that some Python 3 had and another has not: the answer must not depend on the Python that runs this.
_NOT_EVERYWHERE = """
    _bootlocale _colorize _dummy_thread _interpreters _opcode_metadata _pydatetime _pylong _pyrepl _sha2 _suggestions
    _sysconfig _zstd aifc annotationlib asynchat asyncore audioop binhex cgi cgitb chunk compression crypt distutils
    dummy_threading formatter graphlib imghdr imp lib2to3 macpath macurl2path mailcap msilib nis nntplib ossaudiodev
    parser pipes smtpd sndhdr spwd sunau symbol telnetlib tomllib uu xdrlib zoneinfo
"""
STDLIB = frozenset(sys.stdlib_module_names) | _words(_NOT_EVERYWHERE)

# Standard modules that are folders: in a path without a root, `asyncio/x.py` is one of these, `queue/x.py` is not.
STDLIB_FOLDERS = _words("""
    asyncio collections compression concurrent ctypes curses dbm distutils email encodings ensurepip html http idlelib
    importlib json lib2to3 logging multiprocessing pathlib pydoc_data re sqlite3 sysconfig tkinter tomllib turtledemo
    unittest urllib venv wsgiref xml xmlrpc zoneinfo
""")

# Standard modules whose names people give to their own scripts: bare `code.py` is theirs.
SCRIPT_NAMES = _words("""
    __main__ antigravity calendar chunk cmd code crypt formatter parser pipes profile queue resource secrets select
    signal site statistics symbol this token trace turtle types
""")

# Packages that print paths without a root: compiled (Cython, mypyc) or often frozen into one program (PyInstaller).
ROOTLESS_PACKAGES = _words("""
    PIL aiohttp anyio black blib2to3 botocore celery certifi click cryptography django fastapi flask gevent gradio
    greenlet grpc gunicorn h11 h5py httpcore httptools httpx hypercorn jinja2 kivy lxml matplotlib mypy mypyc numpy
    openai pandas psycopg psycopg_c pyarrow pydantic pydantic_core pymongo qasync redis requests scipy selenium
    setuptools shapely skimage sklearn spacy sqlalchemy starlette statsmodels streamlit thinc torch tornado tqdm
    transformers trio twisted urllib3 uvicorn uvloop watchfiles websocket websockets werkzeug yaml yarl zmq
""")

# What is printed where there is no file, by how it begins.
PSEUDO_FILES: tuple[tuple[str, Origin], ...] = (
    ("<stdin", (None, "user")),
    ("<console", (None, "user")),
    ("<input", (None, "user")),
    ("<ipython-input-", (None, "user")),
    ("<pyshell#", (None, "user")),
    ("<doctest ", (None, "user")),
    ("<__array_function__", ("numpy", "package")),
    ("Cell In", (None, "user")),
    ("Input In", (None, "user")),
    ("In [", (None, "user")),
    ("stringsource", (None, "package")),
)
PSEUDO_STARTS = tuple(start for start, _ in PSEUDO_FILES)

# <frozen importlib._bootstrap>
FROZEN = re.compile(r"<frozen ([\w.]{1,200})>")
# site-packages
PACKAGES_FOLDER = re.compile(r"(?:site|dist)-packages")
# foo-1.2-py3.8.egg, uvicorn-0.30.0-py3-none-any.whl
PACKAGE_ARCHIVE = re.compile(r".\.(?:egg|whl)$")
# lib/python3.11, lib64/python2.7, lib/python3.13t, lib/pypy3.9, lib-python/3
STDLIB_FOLDER = re.compile(r"^(?:lib(?:64)?/(?:python|pypy)\d(?:\.\d{1,2})?t?|lib-python/\d(?:\.\d)?)$")
# Python38, cpython-3.11.9-windows-x86_64-none, PythonSoftwareFoundation.Python.3.10_..., miniconda3, mambaforge
PYTHON_FOLDER = re.compile(r"python|pypy|conda|forge|mamba")
# python311.zip, base_library.zip of PyInstaller, library.zip of py2exe
STDLIB_ARCHIVE = re.compile(r"^(?:python\d{2,3}|base_library|library)\.zip$")
# _MEI123402, _internal: where PyInstaller unpacks a program
FROZEN_FOLDER = re.compile(r"^(?:_mei\d{1,12}|_internal)$")
# tool.pyz, tool.pex
USER_ARCHIVE = re.compile(r".\.(?:pyz|pyzw|pex|par|zip)$")
# bdist.linux-x86_64/egg
BUILT_EGG = re.compile(r"^bdist\.[\w.-]{1,40}/egg$")
# windows_events.py, index.pyx.in, abc.pyc, _ssl.cpython-38-x86_64-linux-gnu.so
SOURCE_SUFFIX = re.compile(r"\.(?:py[cowi]?|pxd|pxi|pyx|pyx\.in|pxi\.in|(?:[\w-]{1,60}\.)?(?:so|pyd))$")
# .pyx, .pxd, .pxi, .pyx.in
CYTHON_SUFFIX = re.compile(r"\.(?:pyx|pxd|pxi)(?:\.in)?$")
# simple-switch/app
MODULE_PARTS = re.compile(r"[^\W\d][\w-]*+(?:/[^\W\d][\w-]*+)*+")
# C:, d:
DRIVE = re.compile(r"^[A-Za-z]:$")

# Where AWS Lambda has a program with all that it needs, a layer of it, and what is Lambda's own: boto3 and its runtime.
TOGETHER: tuple[tuple[str, Owner | None], ...] = (
    ("/var/task/", None),
    ("/opt/python/", "package"),
    ("/var/runtime/", "package"),
)

ELLIPSES = frozenset({"…", "...", "[...]", "<...>"})
ENVIRONMENT_FOLDERS = frozenset({"envs", "versions"})


def locate(file: str) -> Origin:
    """The module a printed path names and who owns it; None is what the path does not tell.

    For a user's file the module is the path below where it was started if the path is relative, else the bare stem.
    """
    return _locate(file.strip()[-MAX_PATH:])


@lru_cache(maxsize=MAX_KEPT)
def _locate(file: str) -> Origin:
    """As `locate`, for a path of bounded length, so that what is remembered is bounded too."""
    frozen = FROZEN.fullmatch(file)
    if frozen:
        return frozen[1], "stdlib" if _top(frozen[1]) in STDLIB else None
    if file.startswith(PSEUDO_STARTS):
        return next(origin for start, origin in PSEUDO_FILES if file.startswith(start))
    if file.startswith("<") and file.endswith(">"):
        return None, None
    return _locate_path(file)


def _locate_path(file: str) -> Origin:
    """As `locate`, for a path of files and folders."""
    slashed = file.replace("\\", "/")
    parts = [part for part in slashed.split("/") if part not in {"", "."}]
    if not parts:
        return None, None
    if _is_script(parts):
        return None, "user"
    rooted = _below_a_root(parts)
    if rooted is not None:
        below, owner = rooted
        return _dotted(below), owner
    for folder, owner in TOGETHER:
        if slashed.startswith(folder):
            return _dotted(parts[2:]), owner or _owner_among(parts[2:])
    if slashed.startswith(("/", "~")) or DRIVE.match(parts[0]):
        return _dotted(_last(parts)), "package" if CYTHON_SUFFIX.search(parts[-1]) else "user"
    return _locate_relative(parts)


def _is_script(parts: list[str]) -> bool:
    """Whether this is a launcher: `bin/uvicorn`, `Scripts/flask-script.py`, `flask.exe/__main__.py`."""
    if len(parts) > 1 and (parts[-2].lower() == "scripts" or parts[-2].lower().endswith(".exe")):
        return not PACKAGES_FOLDER.search("/".join(parts[:-1]))
    return SOURCE_SUFFIX.search(parts[-1]) is None


def _below_a_root(parts: list[str]) -> tuple[list[str], Owner | None] | None:
    """The parts below the innermost folder or archive that modules are imported from, and their owner."""
    for index in range(len(parts) - 2, -1, -1):
        part, below = parts[index].lower(), parts[index + 1 :]
        before = parts[index - 1].lower() if index else ""
        if PACKAGES_FOLDER.fullmatch(part) or PACKAGE_ARCHIVE.search(part) or BUILT_EGG.match(f"{before}/{part}"):
            return below, "package"
        if STDLIB_FOLDER.match(f"{before}/{part}") or _is_windows_lib(parts, index):
            return _standard(below, old="python2" in f"{before}/{part}")
        if STDLIB_ARCHIVE.match(part) or (FROZEN_FOLDER.match(part) and not _among_packages(parts[:index])):
            return below, "stdlib" if _stem(below[0]) in STDLIB else None if part.endswith(".zip") else "package"
        if USER_ARCHIVE.search(part):
            return below, _rootless_owner(below)
    return None


def _among_packages(parts: list[str]) -> bool:
    """Whether a folder below these is part of a package: `opentelemetry/sdk/_logs/_internal` is nobody's program."""
    return any(PACKAGES_FOLDER.fullmatch(part.lower()) for part in parts)


def _is_windows_lib(parts: list[str], index: int) -> bool:
    r"""Whether this part is the `Lib` of a Python: `Python38\lib`, `envs\web\lib`, `lib\` at the start."""
    if parts[index].lower() != "lib":
        return False
    below = _stem(parts[index + 1])
    if index == 0 or parts[index - 1] in ELLIPSES:
        return below in STDLIB_FOLDERS
    above = parts[index - 2].lower() if index > 1 else ""
    python = PYTHON_FOLDER.search(parts[index - 1].lower()) or above in ENVIRONMENT_FOLDERS
    return bool(python) and (below in STDLIB or "python2" in parts[index - 1].lower())


def _standard(below: list[str], *, old: bool) -> tuple[list[str], Owner | None]:
    """What is in a Python's own library folder; `old` is a Python 2, whose module names are not listed here."""
    if below[0] == "lib-dynload" and len(below) > 1:
        below = below[1:]
    return below, "stdlib" if old or _stem(below[0]) in STDLIB else None


def _locate_relative(parts: list[str]) -> Origin:
    """As `locate`, for a path without a root: relative to where the program was started, built or frozen."""
    climbed = max((index + 1 for index, part in enumerate(parts) if part == ".." or part in ELLIPSES), default=0)
    below = parts[climbed:]
    if len(below) > 1 and below[0] == "src":
        below = below[1:]
    return (_dotted(below), _rootless_owner(below)) if below else (None, None)


def _rootless_owner(below: list[str]) -> Owner:
    """Who owns a path that begins with the name of a module."""
    top = _stem(below[0])
    if CYTHON_SUFFIX.search(below[-1]):
        return "package"
    if len(below) == 1:
        return "stdlib" if top in STDLIB and top not in SCRIPT_NAMES else "user"
    if top in STDLIB_FOLDERS:
        return "stdlib"
    return "package" if top in ROOTLESS_PACKAGES else "user"


def _owner_among(below: list[str]) -> Owner:
    """Who owns a file of a folder that holds a program and the packages that it needs."""
    return "package" if len(below) > 1 and _stem(below[0]) in ROOTLESS_PACKAGES else "user"


def _last(parts: list[str]) -> list[str]:
    """The parts that name a user's file: its stem, and its folder if the stem says nothing by itself."""
    return parts[-2:] if _stem(parts[-1]) in {"__init__", "__main__"} else parts[-1:]


def _dotted(parts: list[str]) -> str | None:
    """`a/b/c.py` as `a.b.c`; None if that can't be a module's name."""
    names = [*parts[:-1], _stem(parts[-1])]
    if len(names) > 1 and names[-1] == "__init__":
        names.pop()
    path = "/".join(names)
    return path.replace("/", ".") if MODULE_PARTS.fullmatch(path) else None


def _stem(part: str) -> str:
    """A file's name without its source suffix."""
    return SOURCE_SUFFIX.sub("", part)


def _top(module: str) -> str:
    """The first part of a dotted name."""
    return module.partition(".")[0]
