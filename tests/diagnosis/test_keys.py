"""Made-up books against made-up crashes: what the index finds is all that judging every signature would find likely."""

import math
import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.crash.text import read
from app.crash.traceback import parse
from app.diagnosis.candidates import (
    EXCEPTION,
    MAX_RANKED,
    MISSING,
    Index,
    Part,
    build_index,
    candidates,
    laid_over,
    look_alikes,
)
from app.diagnosis.case import Case, lay_out
from app.diagnosis.judge import judge
from app.diagnosis.keys import pack
from app.diagnosis.needs import needs_of
from app.diagnosis.plan import planned
from app.diagnosis.tables import unpack
from app.diagnosis.tokens import tokens_of
from app.signature.book import make_book
from app.signature.model import Signature

EXCEPTIONS = st.sampled_from(["KeyError", "ValueError", "OSError", "IOError"])
MESSAGES = st.sampled_from(
    ["unknown key", "^unknown", "known", "KNOWN", "key is red", "red|blue", "must be red", "key"]
)
FRAMES = st.sampled_from(["shop", "shop.cart", "shop.cart:add", "bank:pay", "bank"])
SOURCES = st.sampled_from([r"\badd\(", r"pay\(cart", "cart"])
CLUES = st.one_of(
    st.fixed_dictionaries({"exception": EXCEPTIONS}),
    st.fixed_dictionaries({"message": MESSAGES}),
    st.fixed_dictionaries({"frame": FRAMES}),
    st.fixed_dictionaries({"code": SOURCES}),
)
RULES = st.fixed_dictionaries({"all": st.lists(CLUES, min_size=1, max_size=4), "any": st.lists(CLUES, max_size=2)})
STACK = st.lists(
    st.tuples(
        st.sampled_from(["shop/cart.py", "shop/__init__.py", "bank.py"]),
        st.sampled_from(["add", "pay", "<module>"]),
        st.sampled_from(["add(cart)", "pay(cart, 1)", None]),
    ),
    max_size=4,
)
LAST = st.sampled_from(["KeyError: unknown key", "ValueError: the key is red", "OSError: must be red", None])


def signature(number: int, match: dict[str, Any]) -> Signature:
    return Signature.model_validate(
        {
            "id": f"widget-{number}",
            "package": "widget",
            "title": "Turning a widget fails on Mondays",
            "status": "proven",
            "match": match,
            "affected": [{"introduced": "1.0", "fixed": "1.4"}],
            "cause": "Mondays were forgotten.",
            "remedy": "Mondays are known.",
            "references": [{"kind": "fix", "url": "https://example.org/widget/pull/43"}],
        }
    )


def report(stack: list[tuple[str, str, str | None]], last: str | None) -> bytes:
    lines = ["Traceback (most recent call last):"]
    for file, function, source in stack:
        lines.append(f'  File "/usr/lib/python3.11/site-packages/{file}", line 7, in {function}')
        lines += [f"    {source}"] if source else []
    return "\n".join([*lines, *([last] if last else [])]).encode()


@settings(deadline=None)
@given(st.lists(RULES, min_size=1, max_size=30), STACK, LAST)
def test_a_large_book_loses_no_signature_of_which_something_holds_and_that_nothing_rules_out(
    rules: list[dict[str, Any]], stack: list[tuple[str, str, str | None]], last: str | None
) -> None:
    """Lists are divided by further tokens there, and whatever the crash hides counts as shown."""
    book = make_book(signature(number, match) for number, match in enumerate(rules))
    needs = [needs_of(one) for one in book.signatures.values()]
    index = Index(book, (Part(unpack(pack(needs, small=0), len(needs)), tuple(book.signatures)),))
    for crash in parse(read(report(stack, last))):
        case = lay_out(crash, crash.environment)
        judged = [judge(planned(one), case) for one in book.signatures.values()]
        wanted = {one.signature.id for one in judged if one.failed is None and one.looks_alike}
        assert wanted <= {one.id for one in candidates(case, index)}


CHANGES = st.lists(st.tuples(st.integers(0, 14), st.none() | RULES), max_size=12)


@settings(deadline=None)
@given(st.lists(RULES, min_size=1, max_size=12), CHANGES, STACK, LAST)
def test_a_book_with_any_changes_laid_over_it_answers_as_one_that_is_indexed_anew(
    rules: list[dict[str, Any]],
    changes: list[tuple[int, dict[str, Any] | None]],
    stack: list[tuple[str, str, str | None]],
    last: str | None,
) -> None:
    """Signatures that come, change, go and come back, one after the other: the same are likely, and look alike."""
    first = {f"widget-{number}": signature(number, match) for number, match in enumerate(rules)}
    before, now = build_index(make_book(first.values())), dict(first)
    for number, match in changes:
        now.pop(f"widget-{number}", None)
        if match is not None:
            now[f"widget-{number}"] = signature(number, match)
        gone = [one for one in first.values() if now.get(one.id) != one]
        new = [one for one in now.values() if first.get(one.id) != one]
        book = make_book(now.values())
        laid, anew = laid_over(before, book, gone, new), build_index(book)
        for crash in parse(read(report(stack, last))):
            case = lay_out(crash, crash.environment)
            assert likely(case, laid) == likely(case, anew)
            assert look_alikes(case, laid) == look_alikes(case, anew)


def likely(case: Case, index: Index) -> list[str]:
    """The candidates that nothing rules out, and of which something holds."""
    judged = [judge(one, case) for one in candidates(case, index)]
    return [one.signature.id for one in judged if one.failed is None and one.looks_alike]


@pytest.mark.parametrize("most", [3, 12, 24, 40])
def test_look_alikes_are_those_with_a_rare_token_of_which_all_tokens_together_tell_most(most: int) -> None:
    """The weights are added up here signature by signature, whichever tokens are common."""
    clues = [{"frame": "shop.cart"}, {"message": "key is red"}, {"frame": "bank"}, {"exception": "KeyError"}]
    clues += [{"code": r"add\(cart"}, {"frame": "shop.cart:add"}, {"message": "must be"}, {"frame": "bank:pay"}]
    chance = random.Random(1)
    shares = (0.7, 0.7, 0.5, 0.5, 0.3, 0.2, 0.2, 0.1)
    rules = [[clue for clue, share in zip(clues, shares, strict=True) if chance.random() < share] for _ in range(40)]
    book = make_book(signature(at, {"all": some or clues[:1], "any": []}) for at, some in enumerate(rules))
    needs = [(one.id, needs_of(one)) for one in book.signatures.values()]
    index = Index(book, (Part(unpack(pack([one for _, one in needs], common=most), 40), tuple(book.signatures)),))
    counts = Counter(token for _, one in needs if one is not None for token in one.all)
    (crash,) = parse(read(report([("shop/cart.py", "add", None), ("bank.py", "pay", "add(cart)")], "KeyError: key is")))
    case = lay_out(crash, crash.environment)
    shown = set(tokens_of(case))
    scores = {}
    for name, one in needs:
        if one is not None and any(counts[token] <= most for token in shown.intersection(one.all)):
            told = [math.log(41 / counts[token]) if token in shown else -MISSING for token in one.all]
            scores[name] = round(sum(told) + (EXCEPTION if one.exception in {None, "KeyError"} else 0.0), 6)
    best = sorted(scores.values(), reverse=True)[:MAX_RANKED]
    assert best
    assert [scores[one.id] for one in look_alikes(case, index)] == best


def test_of_signatures_with_as_much_in_common_the_one_that_is_shown_more_of_looks_more_alike() -> None:
    frames = [{"frame": "shop.cart:add"}, {"frame": "bank:pay"}]
    other = {"exception": "OSError"}
    book = [
        signature(1, {"all": [other, {"message": "known key of two words"}, *frames], "any": []}),
        signature(2, {"all": [other, {"message": "gone"}, *frames], "any": []}),
        signature(3, {"all": [{"exception": "KeyError"}, {"message": "gone"}, *frames], "any": []}),
    ]
    (crash,) = parse(read(report([("shop/cart.py", "add", None), ("bank.py", "pay", None)], "KeyError: lost")))
    found = look_alikes(lay_out(crash, crash.environment), build_index(make_book(book)))
    assert [one.id for one in found] == ["widget-3", "widget-2", "widget-1"]
