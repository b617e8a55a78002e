"""Figures as text for a terminal, as JSON, and as one small page with a picture; nothing is computed here."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields

from app.evaluation.measure import Bin, Figures
from app.evaluation.outcome import Outcome

COLUMNS = (
    ("top 1", "top_1"),
    ("top 5", "top_5"),
    ("precision", "precision"),
    ("recall", "recall"),
    ("near match", "near_miss_match"),
    ("near maybe", "near_miss_maybe"),
    ("unrel match", "unrelated_match"),
    ("unrel maybe", "unrelated_maybe"),
    ("Brier", "brier"),
    ("ECE", "calibration_error"),
)
WORST = 25  # misses listed
TITLE = "How right Tracelore's answers are"
STYLE = (
    "body{font:15px/1.5 system-ui;margin:2rem;color:#1d2430}table{border-collapse:collapse}"
    "td,th{padding:.2rem .7rem;text-align:right;border-bottom:1px solid #ddd}td:first-child{text-align:left}"
)
SIZE = 320  # pixels of the reliability picture


@dataclass(frozen=True, slots=True)
class Result:
    """All that one evaluation found, and of which engine and book."""

    engine: str
    book: str
    seed: int
    whole: Figures
    splits: Mapping[str, Mapping[str, Figures]]
    fingerprints: Mapping[str, float | None]
    outcomes: tuple[Outcome, ...]


def as_text(result: Result) -> Iterator[str]:
    """The figures as tables, the reliability of the confidence, and the worst misses."""
    yield f"engine {result.engine}, book {result.book[:19]}, seed {result.seed}"
    head = f"{'':<34}{'asked':>7}{'pos':>6}{'near':>6}{'unrel':>6}" + "".join(f"{name:>12}" for name, _ in COLUMNS)
    for title, parts in {"": {"all": result.whole}, **result.splits}.items():
        yield ""
        yield f"by {title}" if title else head
        yield from (_row(name, figures) for name, figures in parts.items())
    yield from ("", "confidence and what came of it (ten bins of equal count)")
    yield from (
        f"  {one.count:>6} answers at {one.confidence:.3f}: {one.right:.3f} right" for one in result.whole.reliability
    )
    yield from ("", "fingerprints")
    yield from (f"  {name}: {_number(value)}" for name, value in result.fingerprints.items())
    yield from ("", f"the worst of {len(misses(result.outcomes))} misses")
    yield from (f"  {miss(one)}" for one in misses(result.outcomes)[:WORST])


def _row(name: str, figures: Figures) -> str:
    counts = (figures.asked, figures.positives, figures.near_misses, figures.unrelated)
    shares = "".join(f"{_number(getattr(figures, field)):>12}" for _, field in COLUMNS)
    return f"  {name[:32]:<32}{counts[0]:>7}{counts[1]:>6}{counts[2]:>6}{counts[3]:>6}{shares}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def misses(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Wrong answers, the surest first, then positives that were not named."""
    wrong = [one for one in outcomes if one.top is not None and one.top.signature in one.wrong]
    silent = [one for one in outcomes if one.kind == "positive" and one.bug not in {n.signature for n in one.named}]
    return sorted(wrong, key=lambda one: -(one.top.confidence if one.top else 0)) + silent


def miss(one: Outcome) -> str:
    """A miss in a line: what was asked, what is true, what was said and why."""
    true = one.bug or f"no match ({one.kind})"
    said = ", ".join(f"{n.signature} {n.verdict} {n.confidence:.2f}" for n in one.named[:2]) or "nothing"
    return f"{one.key}: is {true}, said {said}" + (f"; {one.why}" if one.why else "")


def as_json(result: Result) -> str:
    """The whole result; `--compare` reads it back."""
    return json.dumps(asdict(result), indent=1)


def as_page(result: Result) -> str:
    """The figures as an HTML page with the reliability diagram as SVG; nothing is loaded from elsewhere."""
    tables = "".join(
        f"<h2>{html.escape(title.capitalize() or 'All')}</h2>{_table(parts)}"
        for title, parts in {"": {"all": result.whole}, **result.splits}.items()
    )
    listed = "".join(f"<li>{html.escape(miss(one))}</li>" for one in misses(result.outcomes)[:WORST])
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{TITLE}</title><style>{STYLE}</style><h1>{TITLE}</h1>"
        f"<p>Engine {html.escape(result.engine)}, book {html.escape(result.book)}, seed {result.seed}.</p>"
        f"{_picture(result.whole.reliability)}{tables}<h2>The worst misses</h2><ul>{listed}</ul></html>"
    )


def _table(parts: Mapping[str, Figures]) -> str:
    counts = [field.name for field in fields(Figures)][:4]
    head = "".join(f"<th>{name}</th>" for name in ["", *counts, *(name for name, _ in COLUMNS)])
    rows = "".join(
        f"<tr><td>{html.escape(name)}</td>"
        + "".join(f"<td>{getattr(figures, field)}</td>" for field in counts)
        + "".join(f"<td>{_number(getattr(figures, field))}</td>" for _, field in COLUMNS)
        + "</tr>"
        for name, figures in parts.items()
    )
    return f"<table><tr>{head}</tr>{rows}</table>"


def _picture(bins: Sequence[Bin]) -> str:
    """Confidence to the right, share of right answers upwards; on the diagonal the two agree."""
    points = "".join(
        f'<circle cx="{one.confidence * SIZE:.1f}" cy="{SIZE - one.right * SIZE:.1f}" r="5" fill="#14663f">'
        f"<title>{one.count} answers at {one.confidence:.2f}: {one.right:.2f} right</title></circle>"
        for one in bins
    )
    return (
        f'<svg width="{SIZE + 20}" height="{SIZE + 20}" viewBox="-10 -10 {SIZE + 20} {SIZE + 20}" role="img" '
        'aria-label="Reliability of the confidence">'
        f'<rect width="{SIZE}" height="{SIZE}" fill="none" stroke="#999"/>'
        f'<line x1="0" y1="{SIZE}" x2="{SIZE}" y2="0" stroke="#999" stroke-dasharray="4"/>{points}</svg>'
    )
