"""Documentation is a tested part: whatever a user can set, type or meet stands in the README that speaks of it."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from app.cli.main import cli
from app.settings import PREFIX, Settings
from app.signature.lint import CHECKS, Check, Promise
from app.signature.model import CLUE_KINDS, Signature

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
BOOK = (ROOT / "signatures" / "README.md").read_text()
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")
COMMANDS = sorted(get_command(cli).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_setting_stands_in_the_readme(name: str) -> None:
    assert f"| `{PREFIX}{name.upper()}` |" in README


def test_the_readme_names_no_setting_that_is_not() -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields} | {PREFIX}
    assert set(re.findall(rf"\b{PREFIX}[A-Z_]*", README)) <= known


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_stands_in_the_readme(name: str) -> None:
    assert f"| `tracelore {name}` |" in README


def test_the_readmes_name_no_command_that_is_not() -> None:
    used = re.findall(r"(?:^\$ (?:\.venv/bin/)?|`|^)tracelore ([a-z]+)", README + BOOK, re.MULTILINE)
    assert set(used) <= set(COMMANDS)


@pytest.mark.parametrize("kind", CLUE_KINDS)
def test_a_kind_of_clue_stands_in_the_books_readme_with_an_example(kind: str) -> None:
    assert re.search(rf"^\| `{kind}` \| .+ \| `{kind}: .+` \|$", BOOK, re.MULTILINE)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_a_code_stands_in_the_books_readme_with_its_promise(check: Check | Promise) -> None:
    assert f"\n| {check.code} | {check.promise} |\n" in BOOK


def test_the_books_readme_names_no_code_that_is_not() -> None:
    assert set(re.findall(r"\bTL\d{3}\b", BOOK)) == {check.code for check in CHECKS}


@pytest.mark.parametrize("name", [field.alias or name for name, field in Signature.model_fields.items()])
def test_a_key_of_a_signature_stands_in_the_books_readme(name: str) -> None:
    assert re.search(rf"`{name}`|^\s*(?:- )?{name}:", BOOK, re.MULTILINE)


@pytest.mark.parametrize("document", ["README.md", "app/README.md", "signatures/README.md", "CONTRIBUTING.md"])
def test_a_link_leads_somewhere(document: str) -> None:
    text = (ROOT / document).read_text()
    missing = [link for link in LINK.findall(text) if not (ROOT / document).parent.joinpath(link).exists()]
    assert not missing
