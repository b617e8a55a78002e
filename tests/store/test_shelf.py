"""The folder of signatures: every complaint says where, and no file, however broken, does more than complain."""

import shutil
from itertools import pairwise
from pathlib import Path

import pytest

from app.errors import BrokenSignature, Misconfigured
from app.settings import shipped
from app.store.shelf import MAX_DEPTH, MAX_FILE, BrokenSignatures, Shelved, _load, load_book, read_shelf, read_signature

GOOD = """\
id: widget-42
package: widget
title: Turning a widget fails on Mondays

match:
  all:
    - exception: ValueError
    - message: 'cannot turn'
    - frame: widget.core:turn
  any:
    - log: 'widget \\d'
  none:
    - frame: gadget

affected:
  - introduced: "1.0"
    fixed: "1.4"

cause: |
  Mondays were forgotten.
remedy: Mondays are known.
references:
  - {kind: fix, url: "https://example.org/widget/pull/43"}
"""


def put(folder: Path, text: str | bytes, name: str = "widget/widget-42.yaml") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def complaints(folder: Path, text: str | bytes) -> list[str]:
    """What is said of a file with this text, without the folder it lies in."""
    with pytest.raises(BrokenSignatures) as refused:
        read_signature(put(folder, text))
    return [str(one).removeprefix(f"{folder}/") for one in refused.value.complaints]


CHANGES = {
    "the design's own example": (
        "    - frame: gadget",
        "    - fram: gadget",
        "13:7: TL101 match.none.0 'fram' is not a kind of clue; did you mean 'frame'?",
    ),
    "a misspelt key": (
        "cause: |",
        "environmant: {}\ncause: |",
        "19:1: TL101 environmant is not a key here; did you mean 'environment'?",
    ),
    "a key that is nowhere": ("cause: |", "zzz: 1\ncause: |", "19:1: TL101 zzz is not a key here"),
    "a key too many inside": ('    fixed: "1.4"', "    until: x", "17:5: TL101 affected.0.until is not a key here"),
    "a version that is a number": (
        '    fixed: "1.4"',
        "    fixed: 1.40",
        '17:5: TL103 affected.0.fixed a version is text: quote it, as in "1.4"',
    ),
    "a version of no known form": ('"1.4"', '"1.x"', "17:5: TL103 affected.0.fixed '1.x' is not a PEP 440 version"),
    "a pattern that does not compile": (
        "'cannot turn'",
        "'(cannot'",
        "8:7: TL104 match.all.1.message pattern does not compile: missing ) at position 7",
    ),
    "a key twice": ("remedy:", "cause: again\nremedy:", "21:1: TL102 cause stands here twice"),
    "a key twice in a clue": (
        "    - frame: gadget",
        "    - frame: gadget\n      frame: gadget",
        "14:7: TL102 match.none.0.frame stands here twice",
    ),
    "an alias": (
        "    - frame: gadget",
        "    - &a {frame: gadget}\n    - *a",
        "13:7: TL100 match.none.1 is an alias: write it out",
    ),
    "two keys in a clue": (
        "    - frame: gadget",
        "    - {frame: gadget, log: gadget}",
        "13:7: TL101 match.none.0 a clue says exactly one thing, this one has 2",
    ),
    "a clue that is no mapping": (
        "    - frame: gadget",
        "    - gadget",
        "13:7: TL101 match.none.0 a clue is one key and its value, such as 'exception: OSError'",
    ),
    "only item of a list": (
        "https://example.org",
        "http://example.org",
        r"23:17: TL101 references.0.url String should match pattern '^https://[^\s\"<>]+$'",
    ),
    "a retired one without successor": (
        "package:",
        "status: retired\npackage:",
        "1:1: TL205 'replaced_by' goes with 'status: retired', and both are needed",
    ),
    "a merge key": ("cause: |", "<<: {id: x}\ncause: |", "19:1: TL101 << is not a key here"),
    "a key that is a list": ("cause: |", "? [a, b]\n: 1\ncause: |", "1:1: TL100 has a key that is not text"),
    "a tag": ("id: widget-42", "id: !!python/tuple [x]", "1:1: TL101 id Input should be a valid string"),
    "an empty value": ("remedy: Mondays are known.", "remedy:", "21:1: TL101 remedy Input should be a valid string"),
    "a huge number": (
        "Mondays are known.",
        "9" * 5000,
        "21:1: TL101 remedy Input should be a valid string",
    ),
}


@pytest.mark.parametrize(("old", "new", "told"), CHANGES.values(), ids=CHANGES)
def test_a_complaint_says_file_line_and_column(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert complaints(tmp_path, GOOD.replace(old, new, 1)) == [f"widget/widget-42.yaml:{told}"]


def test_a_missing_key_is_missing_from_the_file(tmp_path: Path) -> None:
    assert complaints(tmp_path, GOOD.replace("id: widget-42\n", "")) == [
        "widget/widget-42.yaml:1:1: TL101 id is missing"
    ]


def test_every_complaint_about_a_file_is_made_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("'cannot turn'", "'('").replace('"1.4"', "1.4").replace("frame: gadget", "fram: gadget")
    assert [one.split(" ")[1] for one in complaints(tmp_path, text)] == ["TL104", "TL101", "TL103"]


NOT_YAML: dict[str, tuple[str | bytes, str]] = {
    "nothing": ("", "1:1: TL101 should be keys and values"),
    "a list": ("- id: x", "1:1: TL101 should be keys and values"),
    "a word": ("widget", "1:1: TL101 should be keys and values"),
    "an open bracket": ("id: [widget", "2:1: TL100 can't be read as YAML: "),
    "a tab": ("id: x\n\tpackage: y", "2:1: TL100 can't be read as YAML: found"),
    "two documents": ("id: x\n---\nid: y", "2:1: TL100 can't be read as YAML: but found another document"),
    "an alias of nothing": ("id: *nowhere", "1:5: TL100 can't be read as YAML: found undefined alias"),
    "not UTF-8": (b"id: widg\xe9t", "1:1: TL100 can't be read as YAML: 'utf-8' codec can't decode"),
    "UTF-16": ("id: widget".encode("utf-16"), "1:1: TL100 can't be read as YAML: 'utf-8' codec can't decode"),
    "a null byte": ("id: \0", "1:1: TL100 can't be read as YAML: "),
    "too large": (GOOD + "#" * MAX_FILE, f"1:1: TL100 is over {MAX_FILE} bytes"),
    "a list in a list in a list": ("[" * 100_000, f"1:{MAX_DEPTH + 1}: TL100 has over {MAX_DEPTH} levels"),
    "a mapping in a mapping": ("{a: " * 50_000, f"TL100 has over {MAX_DEPTH} levels"),
    "items in items": ("- " * 100_000, f"TL100 has over {MAX_DEPTH} levels"),
    "deep and complete": ("[" * 900 + "]" * 900, f"TL100 has over {MAX_DEPTH} levels"),
    "a key that holds itself": ("? &a [*a]\n: 1", "1:1: TL100 has a key that is not text"),
    "a list that holds itself": ("id: &a [*a]", "TL100 id.0 is an alias: write it out"),
}


@pytest.mark.parametrize(("text", "told"), NOT_YAML.values(), ids=NOT_YAML)
def test_a_file_of_another_kind_is_refused_in_one_line(tmp_path: Path, text: str | bytes, told: str) -> None:
    said = complaints(tmp_path, text)
    assert told in said[0]
    assert "\n" not in said[0]


def test_a_billion_laughs_are_not_laughed(tmp_path: Path) -> None:
    names = "abcdefghij"
    lines = [f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]" for before, name in pairwise(names)]
    said = complaints(tmp_path, "\n".join(["a: &a [ha, ha, ha]", *lines]))  # laughed out, it would never end
    assert said[0].endswith("TL100 b.0 is an alias: write it out")


def test_a_folder_named_like_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "widget" / "widget-42.yaml").mkdir(parents=True)
    shelved, said = read_shelf(tmp_path)
    assert not shelved
    assert "1:1: TL100 can't be read: " in str(said[0])


def test_values_are_those_of_yaml_1_2(tmp_path: Path) -> None:
    """`on`, `no` and dates are text, as they look."""
    text = "a: on\nb: no\nc: 2026-11-22\nd: 1_000\ne: 0o17\nf: 1:30\ng: 12\nh: 1.50\ni: true\nj:\nk: ~\nl: '12'\nm: |\n  12\n"
    assert _load(put(tmp_path, text))[0] == {
        "a": "on", "b": "no", "c": "2026-11-22", "d": "1_000", "e": "0o17", "f": "1:30",
        "g": 12, "h": 1.5, "i": True, "j": None, "k": None, "l": "12", "m": "12\n",
    }  # fmt: skip


@pytest.mark.parametrize("change", ["\r\n", "\ufeff"])
def test_what_windows_editors_add_is_no_fault(tmp_path: Path, change: str) -> None:
    text = GOOD.replace("\n", change) if change.isspace() else change + GOOD
    assert read_signature(put(tmp_path, text)).signature.id == "widget-42"


def test_a_signature_is_read_with_its_places_and_examples(tmp_path: Path) -> None:
    for name in ("match.monday", "none.gadget", "maybe.cut", "perhaps.typo", "match.Bad_Slug"):
        put(tmp_path, "text", f"widget/widget-42.{name}.txt")
    put(tmp_path, "text", "widget/widget-421.match.other.txt")
    shelved = read_signature(put(tmp_path, GOOD))
    assert shelved.signature.status == "draft"
    assert shelved.places["affected", 0, "fixed"] == (17, 5)
    assert [(one.verdict, one.slug) for one in shelved.examples] == [
        ("match", "monday"),
        ("maybe", "cut"),
        ("none", "gadget"),
    ]
    assert shelved.examples[0].read() == b"text"


def test_a_complaint_about_what_is_not_in_the_file_points_to_what_is(tmp_path: Path) -> None:
    shelved: Shelved = read_signature(put(tmp_path, GOOD))
    said = shelved.complain("TL303", "no clue ties", ("match", "all", 9, "frame"))
    assert (said.line, said.column) == (6, 3)
    assert str(said).endswith("widget-42.yaml:6:3: TL303 match.all.9.frame no clue ties")


def test_one_broken_file_does_not_hide_the_others(tmp_path: Path) -> None:
    put(tmp_path, GOOD)
    put(tmp_path, "id: [", "gadget/gadget-1.yaml")
    shelved, said = read_shelf(tmp_path)
    assert [one.signature.id for one in shelved] == ["widget-42"]
    assert [one.word for one in said] == ["TL100"]
    with pytest.raises(BrokenSignature, match="TL100"):
        load_book(tmp_path)


def test_an_id_is_taken_once(tmp_path: Path) -> None:
    put(tmp_path, GOOD)
    put(tmp_path, GOOD, "widget/widget-43.yaml")
    assert [str(one).removeprefix(str(tmp_path)) for one in read_shelf(tmp_path)[1]] == [
        f"/widget/widget-43.yaml:1:1: TL203 id the id is taken by {tmp_path}/widget/widget-42.yaml"
    ]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="there is no folder"):
        load_book(tmp_path / "nowhere")


def test_the_shipped_folder_reads_the_same_elsewhere(tmp_path: Path) -> None:
    """The revision is of the contents: not of where they lie."""
    copy = shutil.copytree(shipped("signatures"), tmp_path / "copy")
    assert load_book(copy).revision == load_book(shipped("signatures")).revision
