"""What a page calls the values of a diagnosis: tables of words, and the few sentences made from them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from packaging.specifiers import SpecifierSet

from app.diagnosis.model import CrashDiagnosis, Known, Match, Rule, State, Verdict
from app.signature.book import Book
from app.signature.model import Signature

MAX_TYPED = 100  # characters; a heading of more is no heading
SURE_AT_MOST = 99  # a probability that is not 1 is never shown as "100 %"

# kind of clue -> how its sentence begins; what it looks for follows as code
CLUES = {
    "exception": "The exception is",
    "message": "The exception's text matches",
    "frame": "The stack goes through",
    "code": "A source line of the stack matches",
    "log": "A line around the traceback matches",
    "installed": "Installed is",
    "os": "The operating system is",
    "python": "The Python version is",
    "version": "The version in use is",
    "question": "Asked:",
}
# the same, for what must not be there
COUNTER_CLUES = {
    "exception": "The exception is not",
    "message": "No exception's text matches",
    "frame": "The stack does not go through",
    "code": "No source line of the stack matches",
    "log": "No line around the traceback matches",
    "installed": "Not installed is",
}
SHORT = {
    "exception": "exception",
    "message": "text",
    "frame": "frame",
    "code": "source",
    "log": "log",
    "installed": "package",
    "os": "system",
    "python": "Python",
    "version": "version",
    "question": "question",
}

# (rule, state) -> what it says of the match, and in words
STATES: dict[tuple[Rule, State], tuple[str, str]] = {
    ("all", "holds"): ("for", "found"),
    ("all", "fails"): ("against", "not so"),
    ("all", "unseen"): ("open", "not shown"),
    ("any", "holds"): ("for", "found"),
    ("any", "fails"): ("open", "not there"),  # another of them may be: alone it speaks against nothing
    ("any", "unseen"): ("open", "not shown"),
    ("none", "holds"): ("against", "found"),
    ("none", "fails"): ("clear", "not there"),
    ("none", "unseen"): ("clear", "not shown"),
    ("environment", "holds"): ("for", "fits"),
    ("environment", "fails"): ("against", "does not fit"),
    ("environment", "unseen"): ("open", "not shown"),
    ("version", "holds"): ("for", "fits"),
    ("version", "fails"): ("against", "does not fit"),
    ("version", "unseen"): ("open", "not shown"),
    ("answer", "holds"): ("for", "answered with yes"),
    ("answer", "fails"): ("against", "answered with no"),
    ("answer", "unseen"): ("open", "not answered"),
}
# named piece of evidence -> what adds to the number, or takes from it
PIECES = {
    "start": "Before any clue",
    "exception": "The exception",
    "message": "The exception's text",
    "frame": "The stack",
    "code": "The source lines",
    "log": "The lines around the traceback",
    "installed": "The installed packages",
    "tied": "A sign of the package itself",
    "tied more": "More signs of the package",
    "system": "The system or Python version it needs",
    "affected": "The installed version is affected",
    "text unseen": "The text that would tell is not shown",
    "text echoed": "A source line that failed says the name the text would say",
    "place unseen": "The place that would tell is not shown",
    "program unseen": "The program is not shown",
    "tie unseen": "Signs of the package are not shown",
    "tie missing": "Signs of the package are missing",
}
SHARED = "Other bugs fit this crash too: a crash has one cause, so all of them together are 100 % at most."
ECHOED = "not shown, but a source line that failed says the name"
SIGNS = {"for": "✓", "against": "✗", "open": "?", "clear": "·"}

SOURCES = {
    "report": "Report",
    "fix": "Fix",
    "commit": "Commit",
    "release": "Release notes",
    "docs": "Documentation",
    "look-alike": "Look-alike",
    "discussion": "Discussion",
}
# operator of a specifier -> which versions it lets in
REACHES = {">=": "{} or later", ">": "later than {}", "<": "before {}", "<=": "up to {}", "==": "{}", "!=": "not {}"}
# what a release did when it was run
RUNS = {"crashed": "crashes", "ran": "runs", "differs": "fails in another way"}
SYSTEMS = {"windows": "Windows", "linux": "Linux", "macos": "macOS"}

# kind of what was taken out -> its name
SECRETS = {"user": "user name", "email": "mail address", "secret": "password, key or token", "ip": "IP address"}


def percent(confidence: float) -> str:
    """`96 %`; never 100 % unless it is certain."""
    whole = round(confidence * 100)
    return f"{whole if confidence >= 1 else min(whole, SURE_AT_MOST)} %"


def share_of(some: int, of: int) -> str:
    """`81 %`; neither all nor nothing is said of what is neither, and of none at all nothing."""
    if not of:
        return ""
    whole = round(100 * some / of)
    if 0 < some < of:
        whole = min(max(whole, 1), 99)
    return f"{whole}\N{NO-BREAK SPACE}%"


def verdict(given: Verdict, confidence: float) -> str:
    """`Known bug, 96 % sure`."""
    if given == "match":
        return f"Known bug, {percent(confidence)} sure"
    if given == "maybe":
        return f"Perhaps this bug, {percent(confidence)}"
    return "Not a bug we know"


def piece(name: str) -> str:
    """A named piece of evidence for people; one that only an older engine knew keeps its name."""
    return PIECES.get(name, name)


def added(amount: float) -> str:
    """`+1.20`, or the same with a minus sign as wide as the plus."""
    return f"{amount:+.2f}".replace("-", "\N{MINUS SIGN}")


def product(package: str) -> str:
    """The package's name for people."""
    return "Python" if package == "cpython" else package


def clue(kind: str, rule: Rule) -> str:
    """How the sentence of a clue begins."""
    table = COUNTER_CLUES if rule == "none" else CLUES
    return table.get(kind, kind)


def expected(kind: str, wanted: str) -> str:
    """What a clue looks for: `Windows` and `3.8 or later` where it is the system or the Python version."""
    if kind == "os":
        return SYSTEMS.get(wanted, wanted)
    return versions(wanted) if kind == "python" else wanted


def version_in_use(crash: CrashDiagnosis, package: str) -> Known | None:
    """The version of the package that the report shows or the sender stated."""
    return crash.environment.python if package == "cpython" else crash.environment.packages.get(package)


def version_verdict(crash: CrashDiagnosis, match: Match) -> str:
    """Whether the version in use has the bug, in a sentence."""
    name = product(match.package)
    known = version_in_use(crash, match.package)
    runs = f"This report runs {name} {known.value}" if known else f"The version of {name} in this report"
    fix = match.fixed_in
    if match.version_verdict == "affected":
        return f"{runs}: affected. {fix} fixes it." if fix else f"{runs}: affected. No release has a fix yet."
    if match.version_verdict == "fixed":
        return f"{runs}: it already has the fix{f' of {fix}' if fix else ''}, so this is another bug or a regression."
    if match.version_verdict == "not-yet":
        return f"{runs}: older than this bug, which speaks against it."
    if match.version_verdict == "other-branch":
        return f"{runs}: affected. The fix{f', {fix},' if fix else ''} is not on that release line."
    return f"The report does not show which version of {name} runs." + (f" Before {fix} it is affected." if fix else "")


def seen(what: str, times: int) -> str:
    """How often: `This report was seen once.`."""
    often = {1: "once", 2: "twice"}.get(times, f"{times:,} times")
    return f"{what} was seen {often}."


def counted(number: int, one: str) -> str:
    """`1 known bug`, `12 known bugs`, `3 crashes`."""
    return f"{number:,} {one if number == 1 else plural(one)}"


def plural(one: str) -> str:
    """`known bugs`, `crashes`."""
    return f"{one}es" if one.endswith("sh") else f"{one}s"


def lines(first: int, last: int) -> str:
    """`line 7`, or `lines 7-9` with the dash of a range."""
    return f"line {first}" if first == last else f"lines {first}\N{EN DASH}{last}"


def fix(one: Signature) -> str:
    """`fixed in uvicorn 0.18.0`."""
    return f"fixed in {one.product} {one.fixed_in}" if one.fixed_in else "no fix released"


def versions(specifier: str) -> str:
    """`>=3.8,<3.12` as `3.8 or later, before 3.12`; what has no words stays as it is."""
    parts = sorted(SpecifierSet(specifier), key=lambda one: (not one.operator.startswith(">"), one.version))
    return ", ".join(REACHES.get(one.operator, one.operator + "{}").format(one.version) for one in parts)


def conditions(one: Signature) -> tuple[str, ...]:
    """What must be true beside the version: `Windows only`, `Python >=3.8`, `with werkzeug`."""
    needs = one.environment
    told = [f"{SYSTEMS[needs.os]} only"] if needs.os else []
    told += [f"Python {versions(needs.python)}"] if needs.python else []
    return (*told, *(f"with {product(side.package)}" for side in one.with_))


def shortened(typed: str) -> str:
    """What somebody typed, where it is only named."""
    return typed if len(typed) <= MAX_TYPED else f"{typed[:MAX_TYPED].rstrip()} …"


def size(book: Book) -> str:
    """`12 known bugs in 5 packages`."""
    return f"{counted(len(book.signatures), 'known bug')} in {counted(len(book.by_package), 'package')}"


def day(on: date) -> str:
    """`22 November 2026`."""
    return f"{on.day} {on:%B %Y}"


def listed(several: Sequence[str]) -> str:
    """`one`, `one and two`, `one, two and three`."""
    *others, last = several or ("",)
    return f"{', '.join(others)} and {last}" if others else last
