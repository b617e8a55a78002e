"""Installed versions against affected ranges: five words, in PEP 440 order, by release line."""

import pytest

from app.crash.model import Environment, Fact
from app.diagnosis.versions import version_verdict
from app.signature.model import Signature

BACKPORTED = [
    {"introduced": "1.0", "fixed": "1.26.18"},
    {"introduced": "2.0", "fixed": "2.0.7"},
]
ONE_LINE_UNFIXED = [
    {"introduced": "3.8.0", "last_affected": "3.8.20"},
    {"introduced": "3.10.0", "fixed": "3.10.6"},
]


def signature(affected: list[dict[str, str]], package: str = "urllib3", **more: object) -> Signature:
    return Signature.model_validate({
        "id": f"{package}-1",
        "package": package,
        "title": "a title that is long enough",
        "match": {"all": [{"exception": "OSError"}, {"frame": package}]},
        "affected": affected,
        "cause": "c",
        "remedy": "r",
        "references": [{"kind": "fix", "url": "https://example.org/1"}],
        **more,
    })  # fmt: skip


def installed(package: str, version: str, *, exact: bool = True) -> Environment:
    if package == "cpython":
        return Environment(python=Fact(version, exact=exact))
    return Environment(packages={package: Fact(version, exact=exact)})


@pytest.mark.parametrize(
    ("version", "verdict", "fix"),
    [
        ("1.26.5", "affected", "1.26.18"),
        ("1.26.18", "fixed", "2.0.7"),
        ("1.27", "fixed", "2.0.7"),
        ("2.0.3", "affected", "2.0.7"),
        ("2.0.7", "fixed", "2.0.7"),
        ("2.0.7rc1", "affected", "2.0.7"),
        ("2.0.7.post1", "fixed", "2.0.7"),
        ("2.0.6+ubuntu1", "affected", "2.0.7"),
        ("2.0.7+ubuntu1", "fixed", "2.0.7"),
        ("0.9", "not-yet", "2.0.7"),
        ("1!0.1", "fixed", "2.0.7"),
        ("not a version", "unknown", "2.0.7"),
    ],
)
def test_a_backported_fix_is_named_in_the_senders_release_line(version: str, verdict: str, fix: str) -> None:
    found = version_verdict(signature(BACKPORTED), installed("urllib3", version))
    assert (found.verdict, found.fixed_in) == (verdict, fix)


@pytest.mark.parametrize(
    ("version", "exact", "verdict"),
    [
        ("3.8.10", True, "other-branch"),
        ("3.8", False, "other-branch"),
        ("3.10.5", True, "affected"),
        ("3.10", False, "unknown"),
        ("3.11", False, "fixed"),
        ("3.7", False, "not-yet"),
    ],
)
def test_a_vague_python_version_decides_only_when_all_of_it_does(version: str, exact: bool, verdict: str) -> None:  # noqa: FBT001
    bug = signature(ONE_LINE_UNFIXED, package="cpython")
    assert version_verdict(bug, installed("cpython", version, exact=exact)).verdict == verdict


def test_without_a_version_nothing_is_said() -> None:
    assert version_verdict(signature(BACKPORTED), Environment()).verdict == "unknown"


def test_a_bug_without_fix_affects_every_later_version() -> None:
    found = version_verdict(signature([{"introduced": "1.24"}], "numpy"), installed("numpy", "2.4"))
    assert (found.verdict, found.fixed_in) == ("affected", None)


@pytest.mark.parametrize(
    ("packages", "verdict"),
    [
        ({"openai": "1.51.0", "httpx": "0.28.0"}, "affected"),
        ({"openai": "1.51.0"}, "affected"),
        ({"openai": "1.51.0", "httpx": "0.27.2"}, "not-yet"),
        ({"openai": "1.55.3", "httpx": "0.28.0"}, "fixed"),
        ({"httpx": "0.28.0"}, "unknown"),
        ({"httpx": "0.27.2"}, "not-yet"),
    ],
)
def test_either_side_of_a_dependency_break_can_decide(packages: dict[str, str], verdict: str) -> None:
    bug = signature(
        [{"introduced": "1.0", "fixed": "1.55.3"}],
        "openai",
        **{"with": [{"package": "httpx", "affected": [{"introduced": "0.28.0"}]}]},
    )
    environment = Environment(packages={name: Fact(version) for name, version in packages.items()})
    assert version_verdict(bug, environment).verdict == verdict
