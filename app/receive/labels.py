"""A Prometheus label string, as Loki's protobuf has it: `{app="x",level="error"}` -> names and values."""

from __future__ import annotations

import re
from collections.abc import Mapping

PAIR = re.compile(r'[\s,]*([^\s,={}"]+)\s*=\s*"((?:[^"\\]|\\.)*)"', re.DOTALL)
ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|[0-7]{3}|.)", re.DOTALL)
PLAIN = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}

# Which labels say where a line comes from, from the outside inwards.
PLACES = (
    "cluster", "namespace", "namespace_name", "k8s_namespace_name", "pod", "pod_name", "k8s_pod_name", "container",
    "container_name", "k8s_container_name", "host", "hostname", "instance", "nodename", "unit", "filename", "stream",
)  # fmt: skip
# The lines of one traceback may have several levels: they are no place.
LEVELS = frozenset({"level", "severity", "detected_level", "lvl", "loglevel", "levelname"})
SERVICE = ("service_name", "service", "app", "app_kubernetes_io_name", "application", "job")
RELEASE = ("service_version", "version", "release", "app_kubernetes_io_version")
ENVIRONMENT = ("deployment_environment_name", "deployment_environment", "environment", "env")


def read(text: str) -> dict[str, str]:
    """Names and values as far as they can be read, in time linear in the text."""
    found: dict[str, str] = {}
    text = text.strip().removeprefix("{")
    at = 0
    while (pair := PAIR.match(text, at)) is not None:
        found[pair[1]] = ESCAPE.sub(_plain, pair[2]) if "\\" in pair[2] else pair[2]
        at = pair.end()
    return found


def place(labels: Mapping[str, str]) -> str:
    """The stream that labels name: the known places first, then all others by name, so that their order is none."""
    known = [labels[name] for name in PLACES if labels.get(name)]
    others = [value for name, value in sorted(labels.items()) if value and name not in LEVELS and name not in PLACES]
    return "/".join(known + others)


def first(labels: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    """The value of the first of these labels that has one."""
    return next((labels[name] for name in names if labels.get(name)), None)


def _plain(escape: re.Match[str]) -> str:
    """What an escape of Go's string literals stands for."""
    what = escape[1]
    if len(what) == 1:
        return PLAIN.get(what, what)
    code = int(what, 8) if what.isdigit() and len(what) == 3 else int(what[1:], 16)  # noqa: PLR2004 - three octal digits
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\N{REPLACEMENT CHARACTER}"  # noqa: PLR2004 - Unicode's bounds
