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


# Release lines as they really look: what is affected, what is installed, and what must be said of it.
SCENARIOS = {
    "the last release before the fix": ([{"introduced": "0.16.0", "fixed": "0.18.0"}], "0.17.6", "affected", "0.18.0"),
    "the first with the bug": ([{"introduced": "0.16.0", "fixed": "0.18.0"}], "0.16.0", "affected", "0.18.0"),
    "the release that fixes it": ([{"introduced": "0.16.0", "fixed": "0.18.0"}], "0.18.0", "fixed", "0.18.0"),
    "before the bug came": ([{"introduced": "0.16.0", "fixed": "0.18.0"}], "0.15.0", "not-yet", "0.18.0"),
    "a candidate of the fix": ([{"introduced": "0.16.0", "fixed": "0.18.0"}], "0.18.0rc1", "affected", "0.18.0"),
    "a development release": ([{"introduced": "0.16.0", "fixed": "0.18.0"}], "0.18.0.dev3", "affected", "0.18.0"),
    "a candidate of the release that brought it": ([{"introduced": "1.0"}], "1.0rc1", "not-yet", None),
    "a range that begins at a candidate": ([{"introduced": "1.0rc1", "fixed": "1.1"}], "1.0rc2", "affected", "1.1"),
    "a post-release of the fix": ([{"fixed": "2.1"}], "2.1.post1", "fixed", "2.1"),
    "a post-release that fixes": ([{"fixed": "2.1.post1"}], "2.1", "affected", "2.1.post1"),
    "a distribution's build of the bug": ([{"fixed": "2.0.7"}], "2.0.6+ubuntu1", "affected", "2.0.7"),
    "a distribution's build of the fix": ([{"fixed": "2.0.7"}], "2.0.7+ubuntu1", "fixed", "2.0.7"),
    "a CUDA build": ([{"introduced": "2.6"}], "2.6.0+cu124", "affected", None),
    "two digits are more than one": ([{"fixed": "0.10.0"}], "0.9.2", "affected", "0.10.0"),
    "two digits after the fix": ([{"fixed": "0.9.2"}], "0.10.0", "fixed", "0.9.2"),
    "zeros at the end say nothing": ([{"fixed": "2.0"}], "2.0.0", "fixed", "2.0"),
    "an epoch outranks all before it": ([{"fixed": "1!1.0"}], "2023.4", "affected", "1!1.0"),
    "after the epoch": ([{"introduced": "2020.1", "fixed": "2023.5"}], "1!1.0", "fixed", "2023.5"),
    "0.x became calendar versions": ([{"introduced": "0.9", "fixed": "22.1"}], "0.12", "affected", "22.1"),
    "calendar versions after the fix": ([{"introduced": "0.9", "fixed": "22.1"}], "23.3.1", "fixed", "22.1"),
    "a backport, old line affected": (BACKPORTED, "1.26.17", "affected", "1.26.18"),
    "a backport, old line fixed": (BACKPORTED, "1.26.19", "fixed", "2.0.7"),
    "a backport, new line affected": (BACKPORTED, "2.0.0", "affected", "2.0.7"),
    "a backport, new line fixed": (BACKPORTED, "2.1", "fixed", "2.0.7"),
    "between the fixed old line and the new one": (BACKPORTED, "1.99", "fixed", "2.0.7"),
    "only the other line was fixed": (
        [{"introduced": "3.2", "last_affected": "3.2.25"}, {"introduced": "4.0", "fixed": "4.2.9"}],
        "3.2.20",
        "other-branch",
        "4.2.9",
    ),
    "after the line that was never fixed": (
        [{"introduced": "3.2", "last_affected": "3.2.25"}, {"introduced": "4.0", "fixed": "4.2.9"}],
        "4.2.9",
        "fixed",
        "4.2.9",
    ),
    "it came back": (
        [{"introduced": "1.0", "fixed": "1.4"}, {"introduced": "1.6", "fixed": "1.6.2"}],
        "1.6.1",
        "affected",
        "1.6.2",
    ),
    "fixed, and not yet back": (
        [{"introduced": "1.0", "fixed": "1.4"}, {"introduced": "1.6", "fixed": "1.6.2"}],
        "1.5",
        "fixed",
        "1.6.2",
    ),
    "a fix that was taken back": ([{"introduced": "0.14", "fixed": "0.15"}, {"introduced": "0.16"}], "0.17", "other-branch", "0.15"),
    "no version at all": ([{"fixed": "2.0"}], "unknown", "unknown", "2.0"),
    "a commit instead of a version": ([{"fixed": "2.0"}], "a1b2c3d", "unknown", "2.0"),
}  # fmt: skip


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_release_lines_as_they_really_look(scenario: str) -> None:
    affected, version, verdict, fix = SCENARIOS[scenario]
    found = version_verdict(signature(affected), installed("urllib3", version))
    assert (found.verdict, found.fixed_in) == (verdict, fix)


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
