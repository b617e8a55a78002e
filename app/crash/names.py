"""The words in which versions, packages and systems are written, and which of those words can be believed."""

from __future__ import annotations

import re
from collections.abc import Iterable

# uvicorn · ruamel.yaml · 2to3
NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}"
# where a version ends: not before `.*` or `.x`
END = r"(?![\w*]|\.[\w*])"
# 0.17.6 · 21.12b0 · 0.27.0.post1 · 2.13.0+cpu
NUMBER = (
    r"\d{1,8}(?:\.\d{1,8}){0,5}(?:[-._]?(?:alpha|beta|pre|post|dev|rc|a|b|c)[-._]?\d{0,8}){0,3}"
    r"(?:\+[A-Za-z0-9.]{0,40}[A-Za-z0-9])?"
)
VERSION = NUMBER + END
# 4.2, but not the 4 of `Django 4`
DOTTED = NUMBER.replace("{0,5}", "{1,5}", 1) + END
# 3.10.4
FULL_PYTHON = r"[23]\.\d{1,2}\.\d{1,2}(?:(?:a|b|rc)\d{1,2})?"
# 3.10 · 3.10.4
PYTHON = r"[23]\.\d{1,2}(?:\.\d{1,2}(?:(?:a|b|rc)\d{1,2})?)?" + END

# "works with uvicorn 0.15", "fixed in 0.18.0", "please upgrade to uvicorn==0.18.0": the version is not the sender's
DOUBT = re.compile(
    r"\b(?:(?:up|down)grad\w{0,4}|updat\w{0,4}|fix\w{0,4}|work(?:s|ed|ing)?|requir\w{0,7}|revert\w{0,3}"
    r"|pin(?:ned|ning)?|instead|prior|earlier|older|newer|later|since|until|before|after|introduced|releas\w{0,3}"
    r"|changelog|support\w{0,3}|need\w{0,3}|should|must|try|tried|was|were|not|doesn't|don't|won't|only|from|than"
    r"|recommend\w{0,5}|satisf\w{0,6}|conflict\w{0,4}|no matching|could|would|might|if|when|resolved?|solved?"
    r"|solution|latest|minimum|incompatible|drop(?:s|ped)?|remov\w{0,3}|uninstall\w{0,4}|deprecat\w{0,4}"
    r"|switch\w{0,4}|chang\w{0,3}|e\.g|example)\b|[<>~!^]="
)

# What PyPI calls them. Not here: names that are also servers (redis, kafka, openssl, docker).
PACKAGES = """
    aiohttp anyio asgiref bottle celery channels cherrypy daphne django djangorestframework eventlet falcon fastapi
    flask gevent gradio gunicorn httpcore httpx hypercorn jinja2 kombu langchain matplotlib mkdocs numpy openai pandas
    pillow poetry pydantic pydantic-core pyramid pytest quart sanic scikit-learn scipy scrapy setuptools sphinx
    sqlalchemy starlette streamlit tensorflow torch tornado transformers twisted typer urllib3 uvicorn uvloop waitress
    websockets werkzeug
"""
# What people call them -> what PyPI calls them.
WELL_KNOWN = {name: name for name in PACKAGES.split()} | {
    "airflow": "apache-airflow",
    "drf": "djangorestframework",
    "pydantic_core": "pydantic-core",
    "pytorch": "torch",
    "sklearn": "scikit-learn",
}

# pytest leaves `pytest-` off its plugins' names; these had none to leave off.
PLUGINS = """
    allure-pytest anyio celery dash ddtrace faker hydra-core hypothesis inline-snapshot kopf langsmith libtmux logfire
    nbval requests-mock respx schemathesis syrupy tavern time-machine typeguard web3
"""
PLUGINS_OF_THEIR_OWN_NAME = frozenset(PLUGINS.split())

ZEROS = bytes.maketrans(b"123456789", b"000000000")

# Words by which a platform is called in `OS: ...`, `sys.platform`, wheel tags and `platform.platform()`.
SYSTEMS = (
    ("windows", re.compile(r"\b(?:windows|win(?:32|64|_amd64)?)(?:\b|_)")),
    (
        "linux",
        re.compile(
            r"\b(?:linux|manylinux|musllinux|ubuntu|debian|fedora|centos|alpine|arch|rhel|wsl)(?:\b|_|\d)",
        ),
    ),
    ("macos", re.compile(r"\b(?:macosx?|mac|darwin|os ?x)(?:\b|_|\d)")),
)


def system(words: str) -> str | None:
    """The one system these words name; None if they name none, or more than one."""
    lowered = words.lower()
    named = [name for name, pattern in SYSTEMS if pattern.search(lowered)]
    return named[0] if len(named) == 1 else None


def distribution(name: str) -> str | None:
    """The PyPI name of a well known package."""
    return WELL_KNOWN.get(name.lower())


def plugin(name: str) -> str:
    """The PyPI name of a pytest plugin, from the name pytest prints."""
    lowered = name.lower()
    own = lowered in PLUGINS_OF_THEIR_OWN_NAME or lowered.startswith("pytest")
    return lowered if own else f"pytest-{lowered}"


def holds_any(marks: Iterable[str], text: str) -> bool:
    """Whether one of these stands in the text."""
    for mark in marks:  # noqa: SIM110 - `any` costs three times as much, and every line comes by here
        if mark in text:
            return True
    return False


def without_digits(text: str) -> str:
    """The text with a zero for every digit."""
    return text.encode("utf-8", "surrogatepass").translate(ZEROS).decode("utf-8", "surrogatepass")
