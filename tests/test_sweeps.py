"""What is held against every text of the repository, or against a hundred copies of it.

These are promises of the pure rooms, but seconds of work each: they stand here so that the rooms' own tests, which are run
after every change, take less than five seconds together.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from app.crash.forms import django_page, fault_dump, ipython_cell, named_above, pytest_report, rich_box
from app.crash.model import Environment, Frame, Line, Raised
from app.crash.private import Rule
from app.crash.redact import RULES, redact
from app.crash.text import decode, read
from app.crash.traceback import parse
from app.diagnosis.candidates import Index, build_index, candidates
from app.diagnosis.case import lay_out
from app.diagnosis.clues import look_for
from app.diagnosis.confidence import MAYBE, confidence
from app.diagnosis.diagnose import diagnose
from app.diagnosis.draft import about, draft
from app.diagnosis.judge import judge
from app.diagnosis.plan import planned
from app.diagnosis.proof import prove_example
from app.diagnosis.tokens import tokens_needed, tokens_of
from app.evaluation.damage import CUTS
from app.settings import shipped
from app.signature.book import make_book
from app.signature.schema import json_schema
from app.store.shelf import Example, read_shelf, read_signature
from tests.crash import test_redact
from tests.crash.test_redact import PARTS, redact_slowly
from tests.diagnosis import test_judge
from tests.signature import test_schema

Linear = Callable[[Callable[[int], object]], None]

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.txt"))
FORMS = (django_page, fault_dump, ipython_cell, named_above, pytest_report, rich_box)


def lines_of(text: str) -> list[Line]:
    return [Line(number, line, line) for number, line in enumerate(text.split("\n"), 1)]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__.rpartition(".")[2])
def test_a_text_cut_at_any_line_is_read(form: ModuleType) -> None:
    """From the first lines alone to the last alone, nothing is raised, and no line is claimed twice."""
    for file in GOLDEN:
        lines = lines_of(file.read_text())
        for at in range(0, len(lines), 3):
            for part in (lines[at:], lines[:at]):
                claimed = [number for one in form.find(part) for number in range(one.first_line, one.last_line + 1)]
                assert len(claimed) == len(set(claimed))


@pytest.mark.parametrize(
    "file", [file for file in GOLDEN if not file.name.startswith("message")], ids=lambda file: file.stem
)
def test_time_grows_no_faster_than_the_text(file: Path, linear: Linear) -> None:
    text = file.read_text()

    def find_all(size: int) -> None:
        lines = lines_of("\n".join([text] * 15 * size))
        for form in FORMS:
            form.find(lines)

    linear(find_all)


ALL_TEXTS = [*shipped("signatures").rglob("*.txt"), *(Path(__file__).parent / "ordinary").glob("*.txt")]
TEXTS = sorted(ALL_TEXTS)[:: max(1, len(ALL_TEXTS) // 60)]  # enough to fail, few enough to be fast


@pytest.mark.parametrize("cut", [(0, None), (0, -1), (0, -2), (1, None), (3, None)], ids=str)
def test_the_index_finds_all_that_a_loop_over_the_book_would_name(index: Index, cut: tuple[int, int | None]) -> None:
    named = 0
    for file in TEXTS:
        text = b"\n".join(file.read_bytes().rstrip().split(b"\n")[slice(*cut)])
        for crash in parse(read(text)):
            case = lay_out(crash, crash.environment)
            judged = [judge(planned(signature), case) for signature in index.book.signatures.values()]
            loop = {one.signature.id for one in judged if one.standing and confidence(one.standing) >= MAYBE}
            assert loop <= {one.id for one in candidates(case, index)}, file.name
            named += len(loop)
    assert named > 10


@pytest.mark.parametrize("cut", [(0, None), (0, -2), (3, None)], ids=str)
def test_what_its_cheapest_clue_decides_is_what_all_its_clues_say(index: Index, cut: tuple[int, int | None]) -> None:
    """A signature stands if no clue it needs fails and none that speaks against it holds, whatever is asked first."""
    for file in TEXTS:
        text = b"\n".join(file.read_bytes().rstrip().split(b"\n")[slice(*cut)])
        for crash in parse(read(text)):
            case = lay_out(crash, Environment())
            for signature in index.book.signatures.values():
                fails = any(look_for(clue, case).state == "fails" for clue in signature.match.all)
                against = any(look_for(clue, case).state == "holds" for clue in signature.match.none)
                judged = judge(planned(signature), lay_out(crash, Environment()))
                assert (judged.standing is None) == (fails or against), (file.name, signature.id)
                assert (judged.failed is None) == (judged.standing is not None), (file.name, signature.id)


def test_a_clue_that_holds_needs_only_what_the_crash_shows(index: Index) -> None:
    held = 0
    for file in TEXTS:
        for crash in parse(read(file.read_bytes())):
            case = lay_out(crash, crash.environment)
            shown = set(tokens_of(case))
            for plan in candidates(case, index):
                rules = plan.signature.match
                for clue in rules.all + rules.any + rules.none:
                    if look_for(clue, case).state == "holds":
                        assert tokens_needed(clue.kind, clue.value) <= shown, (file.name, clue)
                        held += 1
    assert held > 50


SHELVED, _ = read_shelf(shipped("signatures"))
MATCHES = [(one.signature.id, example) for one in SHELVED for example in one.examples if example.verdict == "match"]
ROUNDING = 0.011


def sure(text: bytes, signature: str, index: Index) -> float:
    matches = (match for crash in diagnose(read(text), index).crashes for match in crash.matches)
    return max((match.confidence for match in matches if match.signature == signature), default=0.0)


@pytest.mark.parametrize(("signature", "example"), MATCHES[::4], ids=lambda value: getattr(value, "slug", value))
def test_a_cut_text_is_never_surer_than_the_whole(signature: str, example: Example, index: Index) -> None:
    """By more than rounding."""
    text = example.read().decode()
    whole = sure(text.encode(), signature, index)
    for name, cut in CUTS.items():
        for seed in range(2):
            assert sure(cut(text, Random(seed)).encode(), signature, index) <= whole + ROUNDING, name


@pytest.mark.parametrize("example", [example.file for _, example in MATCHES], ids=lambda file: file.name)
def test_a_draft_knows_its_own_crash(example: Path, tmp_path: Path) -> None:
    package, raw = example.parent.name, example.read_bytes()
    file = tmp_path / f"{package}-1.yaml"
    file.write_text(draft(f"{package}-1", package, "1", about(package, parse(read(raw)))), encoding="utf-8")
    index = build_index(make_book([read_signature(file).signature]))
    assert not [text for code, text in prove_example(f"{package}-1", "maybe", raw, index) if code == "TL402"]


def stack(frames: Sequence[Frame], margin: str = "  ") -> Iterator[str]:
    for one in frames:
        yield f'{margin}File "{one.file}", line {one.line}, in {one.function}'
        yield from (f"{margin}  {line}" for line in (one.code or "").split("\n") if one.code)


def last_line(raised: Raised) -> str:
    return f"{raised.type}: {raised.message}" if raised.message else str(raised.type)


PRINTED: dict[str, Callable[[Raised], Sequence[str]]] = {
    "python": lambda one: ["Traceback (most recent call last):", *stack(one.frames), last_line(one)],
    "lambda": lambda one: [f"[ERROR] {last_line(one)}", "Traceback (most recent call last):", *stack(one.frames)],
    "azure": lambda one: [
        f"Exception: {last_line(one)}",
        "\n".join(["Stack: ", *stack(one.frames)]).replace("\n", "", 1),
    ],
    "streamlit": lambda one: [last_line(one), "Traceback:", *stack(one.frames, "")],
    "vscode": lambda one: [
        f"Exception has occurred: {one.type}",
        one.message,
        *stack(one.frames[::-1]),
        last_line(one),
    ],
}


def alone() -> Iterator[tuple[Path, Raised]]:
    """Every example that has one exception with a stack; a type in small letters says too little above one."""
    for file in sorted(shipped("signatures").rglob("*.match.*.txt")):
        raised = next((one.raised for one in parse(read(file.read_bytes()))), None)
        if raised is None or not raised.type or raised.type.rpartition(".")[2].islower() or raised.type_line is None:
            continue
        known = all(one.file and one.function and not one.repeated for one in raised.frames)
        if raised.frames and known and not (raised.cause or raised.context or raised.exceptions or raised.syntax):
            yield file, raised


def test_a_crash_is_the_same_whichever_platform_prints_it(index: Index) -> None:
    told = 0
    for file, raised in alone():
        said = {}
        for form, printed in PRINTED.items():
            (crash,) = diagnose(read("\n".join(printed(raised)).encode()), index).crashes
            assert crash.form == form
            said[form] = (crash.verdict, [one.signature for one in crash.matches], crash.fingerprint)
        assert len(set(map(str, said.values()))) == 1, file.name
        told += 1
    assert told > 100


def test_of_nearly_every_last_line_alone_it_is_said_what_it_could_be(index: Index) -> None:
    """Which of these it is, the line seldom tells: nothing but what the whole example says is ever called known."""
    told = asked = 0
    for file, raised in alone():
        if not raised.message or "\n" in raised.message:
            continue
        (crash,) = diagnose(read(f"{raised.type}: {raised.message}".encode()), index).crashes
        signature = file.name.partition(".")[0]
        could_be = [one.signature for one in crash.near_misses if one.failed.state == "unseen"]
        told += signature in [*could_be, *(one.signature for one in crash.matches)]
        asked += 1
        assert crash.verdict != "match" or crash.matches[0].signature == signature, file.name
    assert told > 0.9 * asked > 100


def test_a_message_that_was_taken_out_contradicts_nobody(index: Index) -> None:
    """As Streamlit does: what the example shows is not ruled out by it, and nothing else becomes a match."""
    thought_of = 0
    for file, raised in alone():
        printed = PRINTED["streamlit"](raised._replace(message=named_above.REDACTED))
        (crash,) = diagnose(read("\n".join(printed).encode()), index).crashes
        signature = file.name.partition(".")[0]
        against = [one.signature for one in crash.near_misses if one.failed.state != "unseen"]
        assert signature not in against
        assert crash.verdict != "match" or crash.matches[0].signature == signature
        assert crash.verdict == "match" or [one for one in crash.would_help if "taken out" in one]
        thought_of += signature in [one.signature for one in crash.matches]
    assert thought_of > 50


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
@settings(suppress_health_check=list(HealthCheck), max_examples=settings().max_examples // 5)  # each is long to make
@given(data=st.data())
def test_whatever_a_pattern_matches_has_a_gate(rule: Rule, data: st.DataObject) -> None:
    """The texts are made from the pattern itself; what stands before and behind is arbitrary."""
    text = data.draw(PARTS) + data.draw(st.from_regex(rule.pattern)) + data.draw(PARTS)
    assert redact(text) == redact_slowly(text)


def test_real_texts_are_redacted_as_by_looking_everywhere() -> None:
    """Those that hold something, and every tenth of those that hold nothing."""
    folders = (shipped("signatures"), Path(__file__).parent / "ordinary", Path(__file__).parent / "golden")
    texts = [decode(file.read_bytes())[0][:20_000] for folder in folders for file in sorted(folder.rglob("*.txt"))]
    private = [text for text in texts if redact(text).removed]
    assert private
    for text in (*private, *texts[::10]):
        assert redact(text) == redact_slowly(text)


@pytest.mark.parametrize("unit", test_redact.HOSTILE)
def test_time_to_redact_grows_no_faster_than_a_long_hostile_text(unit: str, linear: Linear) -> None:
    test_redact.test_time_grows_no_faster_than_a_hostile_text(unit, 20_000, linear)


def test_the_schema_accepts_every_signature() -> None:
    test_schema.test_it_accepts_what_is_shipped(Draft7Validator(json_schema()), test_schema.FILES)


@pytest.mark.parametrize("file", test_judge.TEXTS, ids=lambda file: file.stem)
def test_a_plan_decides_as_all_clues_together_and_weighs_alike(file: Path, index: Index) -> None:
    test_judge.test_a_plan_decides_as_all_clues_together_and_weighs_alike(file, index)
