"""Records of one request, which are mostly alike: what they have in common is looked up once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from operator import itemgetter
from typing import Any

import orjson

from app.receive.fields import DOCKER_LINE, PARTIAL, STREAM, TABLES, TEXT, WIDEST, Look, Plan, place_of, plan_of
from app.receive.model import Record

# The tables that `place_of` reads, and what else it looks at.
PLACED = ("service", "release", "environment", "python", "os", *(f"stream {at}" for at in range(len(STREAM))))
PLACES = {name.partition(".")[0] for table in PLACED for name in TABLES[table]} | {"ddtags", "name", "hostname"}


def remembered() -> Look:
    """A look that does not look up again what a record says just as the one before it did."""
    keys: tuple[object, ...] = ()
    plan: Plan = {}
    telling: list[str] = []
    last: tuple[bytes, Record] | None = None

    def look(value: Mapping[str, object]) -> tuple[Plan, Record]:
        nonlocal keys, plan, telling, last
        if not last or tuple(value) != keys:
            keys, plan, last = tuple(value), plan_of(value), None
            telling = [key for key in value if _tells(key)]
        # a text is no place, though `log` may be an object that tells one
        parts = [value[key] if key not in TEXT or type(value[key]) is dict else None for key in telling]
        try:
            told = orjson.dumps([isinstance(value.get("level"), int), parts])
        except TypeError:  # it is no JSON
            return plan, place_of(value, plan)
        if last is None or last[0] != told:
            last = told, place_of(value, plan)
        return plan, last[1]

    return look


def _tells(key: object) -> bool:
    """Whether a key can have to do with where a record comes from."""
    return isinstance(key, str) and key.partition(".")[0] in PLACES


def plain_texts(items: list[Any]) -> list[str] | None:
    """The text of each item, where all are records with nothing beside it that could be, or become, a crash.

    None where one is not: then they have to be looked at one by one.
    """
    if set(map(type, items)) != {dict}:
        return None
    shapes = set(map(tuple, items))
    names = {_text_name(dict.fromkeys(shape)) for shape in shapes}
    name = names.pop()
    if names or name is None:
        return None
    if any("logtag" in shape for shape in shapes) and "P" in _logtags(items, shapes):
        return None
    texts = [item[name] for item in items]
    plain = set(map(type, texts)) == {str} and all(texts) and len(max(texts, key=len)) < DOCKER_LINE // WIDEST
    return texts if plain else None


def _logtags(items: list[Any], shapes: Collection[tuple[object, ...]]) -> Iterable[object]:
    """What says of each line of CRI whether it is a part of one."""
    tagged = items if all("logtag" in shape for shape in shapes) else [item for item in items if "logtag" in item]
    return map(itemgetter("logtag"), tagged)


def _text_name(item: Mapping[str, object]) -> str | None:
    """The key of the text in all objects with these keys; None where it depends on what stands under them."""
    plan = plan_of(item)
    first = next(iter(plan["text"]), "")
    marked = any(name in item for name, _ in PARTIAL if name != "logtag")
    return None if plan["crash"] or marked or first not in item else first
