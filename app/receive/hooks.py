"""What other services say of a crash: issues and comments of GitHub, alerts of Sentry and Alertmanager."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from app.receive import clouds, ingest, sns
from app.receive import labels as named
from app.receive.answers import as_json, batch, in_detail, refusal
from app.receive.fields import find, joined, text_of, word_of
from app.receive.model import Asked, Batch, Format, Record, Reply
from app.receive.moment import moment
from app.receive.sentry import READERS
from app.receive.written import is_crash, last_line

WRITTEN = frozenset({"opened", "created", "edited", "reopened"})
# GitHub's events that hold a text: where it stands, and the actions after which it is new. A pull request and a release
# tell of crashes that are mended, and the run of a workflow has no text.
WORDS: Mapping[str, tuple[tuple[str, ...], frozenset[str]]] = {
    "issues": (("issue.body",), WRITTEN),
    "issue_comment": (("comment.body",), WRITTEN),
    "discussion": (("discussion.body",), WRITTEN),
    "discussion_comment": (("comment.body",), WRITTEN),
    "commit_comment": (("comment.body",), WRITTEN),
    "pull_request_review_comment": (("comment.body",), WRITTEN),
    "check_run": (("check_run.output.text", "check_run.output.summary"), frozenset({"completed"})),
}
NUMBERED = ("issue.number", "discussion.number", "pull_request.number", "comment.commit_id", "check_run.name")
FORM = b"payload="
TAGS = frozenset({"release", "environment", "server_name"})
LINKS = ("_url", "url", "link", "runbook")  # what an annotation's name ends with that is no text


def decode_github(body: bytes, asked: Asked) -> Batch:
    """What somebody wrote or a check found, while it is new; of all other events nothing, without complaint."""
    if body.startswith(FORM):
        sent = body.removeprefix(FORM).split(b"&", 1)[0]
        body = unquote_to_bytes(sent.replace(b"+", b" "))
    event = clouds.objects(body)[0]
    kind = asked.headers.get("x-github-event") or ("issue_comment" if "comment" in event else "issues")
    names, actions = WORDS.get(kind, ((), frozenset()))
    texts = [text for name in names if (text := text_of(find(event, name))) and text.strip()]
    action = event.get("action")
    if not texts or not isinstance(action, str) or action not in actions or _was_there(event):
        return Batch()
    part = names[0].partition(".")[0]
    repository = word_of(find(event, "repository.full_name"))
    record = Record(
        text="\n\n".join(texts),
        stream=joined((repository, next((word for name in NUMBERED if (word := word_of(find(event, name)))), None))),
        time=moment(find(event, f"{part}.updated_at")),
        whole=True,
        key=asked.headers.get("x-github-delivery") or word_of(find(event, f"{part}.node_id")),
    )
    return Batch((record,))


def _was_there(event: Mapping[str, object]) -> bool:
    """Whether an edit changed something else than to add a crash: that crash was counted when it was written."""
    before = text_of(find(event, "changes.body.from"))
    return event.get("action") == "edited" and (before is None or is_crash(before))


def decode_standard(body: bytes, asked: Asked) -> Batch:
    """What a Standard Webhook holds, under its own id: sent once more, it is the same. A crash stays in one piece."""
    batched, name = ingest.decode(body, asked), asked.headers.get("webhook-id")
    many = len(batched.records) > 1
    records = (
        record._replace(
            whole=record.whole or ("\n" in record.text and is_crash(record.text)),
            key=f"{name}/{number}" if name and many else name,
        )
        for number, record in enumerate(batched.records)
    )
    return dataclasses.replace(batched, records=tuple(records))


def decode_sentry(body: bytes, _: Asked) -> Batch:
    """The event of an alert, or an issue's first line; of comments, installations and the like nothing."""
    data = clouds.objects(body)[0].get("data")
    event = next((one for one in (find_in(data, "event"), find_in(data, "error")) if one), None)
    issue = find_in(data, "issue")
    if event:
        return batch([one for one in READERS["event"](_with_tags(event)) if one is not None], [])
    kind = word_of(find(issue, "metadata.type"))
    if kind is None:
        return Batch()
    text = last_line(kind, text_of(find(issue, "metadata.value")))
    stream = joined((word_of(find(issue, "project.slug")), word_of(find(issue, "culprit"))))
    when = moment(find(issue, "lastSeen"))
    return Batch((Record(text, stream=stream, time=when, whole=True, key=word_of(issue.get("id"))),))


def find_in(value: object, name: str) -> Mapping[str, object]:
    """The object of this name in what may be one itself; an empty one where there is none."""
    found = value.get(name) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _with_tags(event: Mapping[str, object]) -> dict[str, object]:
    """An event with what an alert says in tags only. A release is a word for clients, and here may be an object."""
    tags = event.get("tags")
    pairs = [pair for pair in tags if isinstance(pair, list) and len(pair) == 2] if isinstance(tags, list) else []  # noqa: PLR2004 - name and value
    told = {name: value for name, value in pairs if isinstance(name, str) and name in TAGS}
    version = find_in(event, "release").get("version")
    said = {name: value for name, value in event.items() if value not in (None, "")}
    return told | said | ({"release": version} if version else {})


def decode_alertmanager(body: bytes, _: Asked) -> Batch:
    """Each annotation of the alerts that fire: a crash is there only if somebody put it there."""
    records: list[Record] = []
    refused: list[str] = []
    for group in clouds.objects(body):
        alerts = group.get("alerts")
        for alert in alerts if isinstance(alerts, list) else []:
            if not isinstance(alert, dict):
                refused.append(refusal("An alert is no object.", alert))
            elif alert.get("status", "firing") == "firing":
                records.extend(_alert(alert))
        if not isinstance(alerts, list):
            refused.append("The notification has no alerts.")
    return batch(records, refused)


def _alert(alert: Mapping[str, object]) -> list[Record]:
    texts, labels = (_strings(alert.get(name)) for name in ("annotations", "labels"))
    since, mark = word_of(alert.get("startsAt")), word_of(alert.get("fingerprint"))
    about = Record(
        text="",
        stream=named.place(labels),
        service=named.first(labels, named.SERVICE),
        release=named.first(labels, named.RELEASE),
        environment=named.first(labels, named.ENVIRONMENT),
        time=moment(since),
    )
    return [
        about._replace(
            text=text.rstrip("\r\n"),
            whole=True,
            key=f"{mark}/{since}/{name}" if mark and since else None,
        )
        for name, text in texts.items()
        if text.strip() and not name.lower().endswith(LINKS)
    ]


def _strings(value: object) -> dict[str, str]:
    pairs = value.items() if isinstance(value, dict) else ()
    return {name: text for name, text in pairs if isinstance(name, str) and isinstance(text, str)}


def accepted(taken: Batch, _: bytes, __: Asked) -> Reply:
    """How many records were taken: whoever delivers again by hand can read it."""
    return as_json(202, {"accepted": len(taken.records), "refused": list(taken.refused)})


HOOKS: Mapping[str, Format] = {
    "sentry": Format(decode_sentry, accepted, in_detail),
    "standard": Format(decode_standard, ingest.FORMAT.accepted, in_detail),
    "sns": sns.FORMAT,
    "github": Format(decode_github, accepted, in_detail),
    "alertmanager": Format(decode_alertmanager, accepted, in_detail),
    "cloudevents": clouds.CLOUDEVENTS,
    "pubsub": clouds.PUBSUB,
    "eventgrid": clouds.EVENTGRID,
    "firehose": clouds.FIREHOSE,
}
