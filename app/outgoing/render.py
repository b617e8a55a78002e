"""News as bodies of requests, one function for each kind of receiver. Pure: same news, same body."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from app.crash.text import read_text
from app.outgoing.words import code, fenced, markdown, one_line, slack, tail, visible
from app.store.news import News

MAX_HEADLINE = 240  # characters; an issue's title may have 255
MAX_ADVICE = 1000
MAX_NAME = 200
MAX_SECTION = 3000  # characters of a section in Slack
MAX_FENCED = 16_000  # characters of a traceback in an issue, which may have 65,536: fences can be as long as their text
SAFE = "-._~:/?#[]@!$&'()*+,;=%"  # what stands in an address as it is


@dataclass(frozen=True, slots=True)
class Telling:
    """News, with what only the sender can add."""

    news: News
    traceback: str | None
    """The lines of the crash; None when they are not kept any more."""
    base_url: str | None
    """Where we are reached; None when nobody said."""

    @property
    def diagnosis(self) -> str:
        """Address of the diagnosis, or its path."""
        return self._address(f"/diagnoses/{self.news.diagnosis}")

    @property
    def page(self) -> str | None:
        """Address of the signature's page, or its path."""
        return self._address(self.news.page) if self.news.page else None

    def _address(self, path: str) -> str:
        return (self.base_url or "").rstrip("/") + quote(path, safe=SAFE)


def traceback_of(text: str, news: News) -> str | None:
    """The lines of a report that are the crash."""
    lines = [line.text for line in read_text(text).lines if news.first_line <= line.number <= news.last_line]
    return "\n".join(lines) or None


def headline(news: News) -> str:
    """The news in a line."""
    where = one_line(news.service or news.source, MAX_NAME // 4)
    title = one_line(news.title, MAX_NAME)
    if news.event == "crash.regression":
        version = one_line(f"{news.package} {news.version or ''}".strip(), MAX_NAME // 4)
        said = f"Known bug in {where}, although {version} has the fix: {title}"
    elif news.event == "crash.unknown.rate":
        said = f"Unknown crash in {where}, {news.count} times in {news.minutes} minutes: {title}"
    elif news.event == "crash.known.first":
        said = f"Known bug, new in {where}: {title}"
    else:
        said = title
    return one_line(said, MAX_HEADLINE)


def standard(telling: Telling) -> dict[str, Any]:
    """JSON for programs, as Standard Webhooks has it."""
    news = telling.news
    data = news.as_record()
    for own in ("event", "at", "page", "first_line", "last_line"):
        del data[own]
    links = {"diagnosis": telling.diagnosis, "signature": telling.page}
    return {"type": news.event, "timestamp": news.at, "data": {**data, "links": links}}


def for_slack(telling: Telling) -> dict[str, Any]:
    """A message for an incoming webhook of Slack: blocks, and a text for where they are not shown."""
    news = telling.news
    text = slack(headline(news), MAX_SECTION // 2)
    sections = [f"*{text}*", slack(news.advice or "", MAX_SECTION - 1), "\n".join(_facts(news, _slack_code))]
    if telling.base_url:
        links = [("Diagnosis", telling.diagnosis), ("What is known", telling.page)]
        sections.append(" · ".join(f"<{_slack_link(url)}|{name}>" for name, url in links if url))
    blocks = [_section(one) for one in sections if one]
    if telling.traceback:
        shown = {"type": "text", "text": tail(visible(telling.traceback), MAX_SECTION)}
        blocks.append({"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": [shown]}]})
    return {"text": text, "blocks": blocks}


def issue(telling: Telling) -> tuple[str, str]:
    """Title and body of an issue: Markdown as GitHub and GitLab read it."""
    news = telling.news
    parts = [f"**{markdown(news.title, MAX_NAME)}**", markdown(news.advice or "", MAX_ADVICE)]
    parts.append("\n".join(f"- {one}" for one in _facts(news, lambda value: code(value, MAX_NAME))))
    if telling.base_url:
        links = [("Diagnosis", telling.diagnosis), ("What is known", telling.page)]
        parts.append(" · ".join(f"[{name}](<{quote(url, safe=SAFE)}>)" for name, url in links if url))
    if telling.traceback:
        parts.append(fenced(telling.traceback, MAX_FENCED))
    return headline(news), "\n\n".join(one for one in parts if one) + "\n"


def for_github(telling: Telling) -> dict[str, Any]:
    """What GitHub's API wants for a new issue."""
    title, body = issue(telling)
    return {"title": title, "body": body}


def for_gitlab(telling: Telling) -> dict[str, Any]:
    """What GitLab's API wants for a new issue."""
    title, body = issue(telling)
    return {"title": title, "description": body}


RENDER: dict[str, Callable[[Telling], dict[str, Any]]] = {
    "standard": standard,
    "slack": for_slack,
    "github": for_github,
    "gitlab": for_gitlab,
}


def _facts(news: News, shown: Callable[[str], str]) -> list[str]:
    """Where and how often, and what is known; each value in the form of its receiver."""
    sure = f"{news.verdict}, {round(news.confidence * 100)} % sure"
    facts: list[tuple[str, str | None]] = [
        ("Service", news.service),
        ("Release", news.release),
        ("Environment", news.environment),
        ("Source", news.source),
        ("Exception", f"{news.exception}: {news.message}" if news.exception else None),
        ("Signature", news.signature and f"{news.signature} ({sure})"),
        ("Package", news.package and f"{news.package} {news.version or ''}".strip()),
        ("Fixed in", news.fixed_in),
        ("Crashes", f"{news.count} in {news.minutes} minutes" if news.minutes else None),
        ("Fingerprint", news.fingerprint),
    ]
    return [f"{name}: {shown(value)}" for name, value in facts if value]


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _slack_code(value: str) -> str:
    return f"`{slack(value, MAX_NAME)}`"


def _slack_link(url: str) -> str:
    return quote(url, safe=SAFE).replace("&", "&amp;")
