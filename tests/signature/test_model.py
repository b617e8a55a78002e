"""What a signature file may hold, and under which code the rest is refused."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from app.signature.model import CLUE_KINDS, MAX_COUNT, MAX_PATTERN, Clue, Range, Signature

OF_A_CLUE: list[tuple[Any, str, str]] = [
    ({"fram": "uvicorn"}, "TL101", "'fram' is not a kind of clue; did you mean 'frame'?"),
    ({"Exception": "OSError"}, "TL101", "did you mean 'exception'?"),
    ({"zzz": "x"}, "TL101", "the kinds are exception, message, frame, code, log, installed"),
    ({1: "x"}, "TL101", "'1' is not a kind of clue"),
    ({"frame": "uvicorn", "log": "x"}, "TL101", "says exactly one thing, this one has 2"),
    ({}, "TL101", "says exactly one thing, this one has 0"),
    ({"frame": None}, "TL101", "says exactly one thing"),
    ("frame: uvicorn", "TL101", "a clue is one key and its value"),
    ({"message": 87}, "string_type", "valid string"),
    ({"message": ""}, "TL104", f"1 to {MAX_PATTERN} characters"),
    ({"log": "x" * (MAX_PATTERN + 1)}, "TL104", f"1 to {MAX_PATTERN} characters"),
    ({"message": "[WinError 87"}, "TL104", "does not compile"),
    ({"code": "(?P<a>x)(?P<a"}, "TL104", "does not compile"),
    ({"log": "(?V0)(?V1)x"}, "TL104", "does not compile"),
    ({"message": "((a{500}){500}){500}"}, "TL104", f"counts multiply to over {MAX_COUNT}"),
    ({"message": "a{4000000000}"}, "TL104", "counts multiply"),
    ({"exception": "OSError: text"}, "string_pattern_mismatch", "match pattern"),
    ({"frame": "uvicorn/main.py"}, "string_pattern_mismatch", "match pattern"),
    ({"frame": "uvicorn.main:run:1"}, "string_pattern_mismatch", "match pattern"),
    ({"installed": "uvicorn >> 1"}, "TL103", "is not 'package' or 'package>=1.0'"),
]


@pytest.mark.parametrize(("clue", "code", "told"), OF_A_CLUE, ids=[str(clue)[:40] for clue, *_ in OF_A_CLUE])
def test_a_clue_that_says_something_else_is_refused(clue: Any, code: str, told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Clue.model_validate(clue)
    first = refused.value.errors()[0]
    assert first["type"] == code
    assert told in first["msg"]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("exception", "pydantic.errors.PydanticImportError"),
        ("message", r"\[WinError 87\]"),
        ("frame", "flask:<module>"),
        ("code", r"\bANTIALIAS\b"),
        ("log", r"a{3}b{1,20}"),
        ("installed", "uvicorn>=0.16.0,<0.18.0"),
    ],
)
def test_a_clue_knows_its_kind_and_value(kind: str, value: str) -> None:
    clue = Clue.model_validate({kind: value})
    assert (clue.kind, clue.value) == (kind, value)


def test_every_kind_of_clue_is_a_key_and_every_key_a_kind() -> None:
    assert set(Clue.model_fields) == set(CLUE_KINDS)


Change = Callable[[dict[str, Any]], Any]
OF_A_SIGNATURE: dict[str, tuple[Change, str, str]] = {
    "version not quoted": (lambda it: it["affected"][0].update(introduced=0.18), "TL103", 'quote it, as in "0.18"'),
    "whole version not quoted": (lambda it: it["affected"][0].update(fixed=1), "TL103", 'quote it, as in "1"'),
    "python not quoted": (lambda it: it.update(environment={"python": 3.8}), "TL103", 'quote it, as in "3.8"'),
    "version of no known form": (lambda it: it["affected"][0].update(fixed="1.x"), "TL103", "'1.x' is not a PEP 440"),
    "python is no specifier": (lambda it: it.update(environment={"python": "3.8"}), "TL103", "PEP 440 specifier"),
    "range ends before it begins": (lambda it: it["affected"][0].update(fixed="0.9"), "TL301", "before it begins"),
    "two ends of a range": (lambda it: it["affected"][0].update(last_affected="1.3"), "TL301", "not with both"),
    "no range": (lambda it: it.update(affected=[]), "too_short", "at least 1"),
    "no clue in all": (lambda it: it["match"].update(all=[]), "too_short", "at least 1"),
    "retired without successor": (lambda it: it.update(status="retired"), "TL205", "both are needed"),
    "successor without being retired": (lambda it: it.update(replaced_by="widget-43"), "TL205", "both are needed"),
    "package not normalised": (lambda it: it.update(package="Wid_Get"), "string_pattern_mismatch", "match pattern"),
    "unknown key": (lambda it: it.update(severity="high"), "extra_forbidden", "not permitted"),
    "unknown key inside": (lambda it: it["match"].update(some=[]), "extra_forbidden", "not permitted"),
    "unknown status": (lambda it: it.update(status="done"), "literal_error", "'draft', 'proven' or 'retired'"),
    "unknown system": (lambda it: it.update(environment={"os": "beos"}), "literal_error", "'windows'"),
    "address without https": (
        lambda it: it["references"][0].update(url="http://a.b"),
        "string_pattern_mismatch",
        "https",
    ),
    "address that is a script": (
        lambda it: it["references"][0].update(url="javascript:x"),
        "string_pattern_mismatch",
        "",
    ),
    "no reference": (lambda it: it.update(references=[]), "too_short", "at least 1"),
    "empty text": (lambda it: it.update(cause="  "), "string_too_short", "at least 1"),
    "short title": (lambda it: it.update(title="Broken"), "string_too_short", "at least 10"),
    "no cause": (lambda it: it.pop("cause"), "missing", "required"),
    "id with a slash": (lambda it: it.update(id="widget/42"), "string_pattern_mismatch", "match pattern"),
}


@pytest.mark.parametrize(("change", "code", "told"), OF_A_SIGNATURE.values(), ids=OF_A_SIGNATURE)
def test_what_a_signature_may_not_hold(good: dict[str, Any], change: Change, code: str, told: str) -> None:
    change(good)
    with pytest.raises(ValidationError) as refused:
        Signature.model_validate(good)
    first = refused.value.errors()[0]
    assert first["type"] == code
    assert told in first["msg"]


def test_a_good_signature_is_taken_and_cannot_be_changed(good: dict[str, Any]) -> None:
    signature = Signature.model_validate(good)
    assert (signature.page, signature.product) == ("/kb/widget/widget-42", "widget")
    with pytest.raises(ValidationError):
        signature.status = "draft"  # type: ignore[misc]


def test_a_retired_signature_names_its_successor(good: dict[str, Any]) -> None:
    assert Signature.model_validate(good | {"status": "retired", "replaced_by": "widget-43"}).replaced_by == "widget-43"


def test_both_sides_of_a_break_are_named(good: dict[str, Any]) -> None:
    """`with` is a word of Python's; in the file it has its own name."""
    sides = Signature.model_validate(good | {"with": [{"package": "gadget", "affected": [{"introduced": "3"}]}]}).with_
    assert (sides[0].package, sides[0].affected[0].introduced) == ("gadget", "3")


@pytest.mark.parametrize(
    ("ranges", "newest"),
    [
        ([{"fixed": "0.9"}, {"introduced": "1.0", "fixed": "1.10"}], "1.10"),
        ([{"introduced": "1.0", "last_affected": "1.3"}, {"introduced": "2.0", "fixed": "2.1"}], "2.1"),
        ([{"introduced": "1.0"}], None),
    ],
)
def test_fixed_in_is_the_newest_fix(good: dict[str, Any], ranges: list[dict[str, str]], newest: str | None) -> None:
    assert Signature.model_validate(good | {"affected": ranges}).fixed_in == newest


def test_a_range_may_begin_and_end_with_the_same_version() -> None:
    assert Range(introduced="1.0", last_affected="1.0").fixed is None


def test_the_interpreter_is_called_python(good: dict[str, Any]) -> None:
    assert Signature.model_validate(good | {"package": "cpython"}).product == "Python"
