"""The book: found by id and by words, and of another revision whenever anything in it is."""

from collections.abc import Sequence
from typing import Any

import pytest

from app.errors import Unknown
from app.signature.book import Book, make_book
from app.signature.model import Signature


@pytest.fixture
def several(good: dict[str, Any]) -> list[Signature]:
    gadget = {"id": "gadget-7", "package": "gadget", "title": "Gadgets rattle when shaken"}
    return [Signature.model_validate(one) for one in (good, good | {"id": "widget-43"}, good | gadget)]


def ids(signatures: Sequence[Signature]) -> list[str]:
    return [one.id for one in signatures]


def test_the_revision_does_not_depend_on_the_order_of_files(several: list[Signature]) -> None:
    assert make_book(several).revision == make_book(reversed(several)).revision
    assert make_book(several).revision.startswith("sha256:")


@pytest.mark.parametrize(
    "change",
    [
        {"cause": "Something else."},
        {"status": "draft"},
        {"affected": [{"introduced": "1.0", "fixed": "1.5"}]},
        {"match": {"all": [{"message": "widget"}]}},
        {"with": [{"package": "gadget", "affected": [{"introduced": "3"}]}]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_revision_changes_with_any_signature(
    good: dict[str, Any], several: list[Signature], change: dict[str, Any]
) -> None:
    changed = Signature.model_validate(good | change)
    assert make_book([changed, *several[1:]]).revision != make_book(several).revision


def test_the_revision_changes_when_a_signature_goes(several: list[Signature]) -> None:
    assert make_book(several[1:]).revision != make_book(several).revision


def test_signatures_are_in_order_and_by_package(several: list[Signature]) -> None:
    book = make_book(several)
    assert list(book.signatures) == ["gadget-7", "widget-42", "widget-43"]
    assert {name: ids(those) for name, those in book.by_package.items()} == {
        "gadget": ["gadget-7"],
        "widget": ["widget-42", "widget-43"],
    }


def test_an_empty_book_is_a_book() -> None:
    assert not make_book([]).signatures


def test_an_unknown_id_is_said_to_be_unknown(several: list[Signature]) -> None:
    book = make_book(several)
    assert book.get("widget-42").package == "widget"
    with pytest.raises(Unknown, match="There is no signature 'widget-9'"):
        book.get("widget-9")


def test_a_book_can_not_be_written_in(several: list[Signature]) -> None:
    book: Book = make_book(several)
    with pytest.raises(TypeError):
        book.signatures["widget-9"] = several[0]  # type: ignore[index]
