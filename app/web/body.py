"""From the body of a request to a report and what was stated with it, whichever way it was sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File, FormParser, parse_options_header
from starlette.requests import Request

from app.crash.model import Environment
from app.errors import Unreadable, in_our_words
from app.web.schemas import Context, DiagnosisRequest, packages_of

WRAPPING = 2  # JSON writes each line break, quote and backslash as two characters
FORM_OVERHEAD = 16 * 1024  # boundaries and small fields around a file of the full length
FIRST_SECONDS = 30.0  # until a body is complete, plus what its length takes at the slowest pace
SLOWEST = 16 * 1024  # bytes a second: a telephone in a tunnel; who sends slower only holds the connection
FIELDS = ("file", "text", "os", "python", "packages", "source")
FORM_LIMITS = {"MAX_MEMORY_FILE_SIZE": float("inf")}  # the body is in memory already; nothing goes to the disk


@dataclass(frozen=True, slots=True)
class Sent:
    """A report as it came, and what the sender stated."""

    raw: bytes
    stated: Environment
    source: str | None


async def read_body(request: Request, max_report: int) -> bytes:
    """The body, of which no more is held than may be accepted."""
    return await read_at_most(request, most_bytes(request, max_report), too_long(max_report))


async def read_at_most(request: Request, most: int, refusal: Unreadable, *, heard_out: int = 0) -> bytes:
    """The body if it has `most` bytes at most, as it says and as it is; raises the refusal otherwise, or 408.

    Of what is longer nothing is held, and so many bytes in all are still read before it is refused.
    """
    enough = max(most, heard_out)
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > enough:
        raise refusal
    body, came = bytearray(), 0
    end = asyncio.get_running_loop().time() + FIRST_SECONDS
    try:
        async with asyncio.timeout_at(end) as patience:
            async for chunk in request.stream():
                came += len(chunk)
                if came > enough:
                    break
                if came <= most:
                    body += chunk
                patience.reschedule(end + came / SLOWEST)
    except TimeoutError:
        raise Unreadable("too_slow", "The body came too slowly. Send it again, compressed.", status=408) from None
    if came > most:
        raise refusal
    return bytes(body)


def most_bytes(request: Request, max_report: int) -> int:
    """How long a body of this type may be so that the report in it is not too long."""
    plain = _reader(request.headers.get("content-type", "")) is _from_text
    return max_report if plain else WRAPPING * max_report + FORM_OVERHEAD


def sent_with(content_type: str, body: bytes, max_report: int) -> Sent:
    """Read the body by its content type; every type that is neither JSON nor a form is the text itself."""
    sent = _reader(content_type)(body, content_type)
    if len(sent.raw) > max_report:
        raise too_long(max_report)
    return sent


def is_form(content_type: str) -> bool:
    """Whether a body of this type is a form."""
    return _reader(content_type) is _from_form


def too_long(max_report: int) -> Unreadable:
    """The refusal of a report that is too long, with the limit."""
    detail = f"The report is longer than {max_report:,} bytes. Send the traceback and some hundred lines before it."
    return Unreadable("too_long", detail, status=413)


def _reader(content_type: str) -> Callable[[bytes, str], Sent]:
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json")):
        return _from_json
    return _from_form if kind == "multipart/form-data" else _from_text


def _from_text(body: bytes, _: str) -> Sent:
    return Sent(body, Environment(), None)


def _from_json(body: bytes, _: str) -> Sent:
    if not body.strip():
        raise Unreadable("empty", 'The request is empty. Send {"text": "..."} with a crash in it.')
    try:
        asked = DiagnosisRequest.model_validate_json(body)
    except ValidationError:
        asked = _by_python(body)
    return Sent(asked.text.encode(), asked.environment.as_facts(), asked.source)


def _by_python(body: bytes) -> DiagnosisRequest:
    """Read JSON that Pydantic's own reader, a faster one, does not take: half characters, other encodings, faults."""
    try:
        given = json.loads(body)
    except RecursionError:
        raise Unreadable("bad_json", "The body is JSON that is nested too deeply.") from None
    except ValueError as wrong:
        where = f" at line {wrong.lineno}, column {wrong.colno}" if isinstance(wrong, json.JSONDecodeError) else ""
        detail = f"The body is not JSON{where}. To send the report as it is, use Content-Type: text/plain."
        raise Unreadable("bad_json", detail) from None
    try:
        return DiagnosisRequest.model_validate(given)
    except ValidationError as wrong:
        raise _invalid(wrong, hide=()) from None


def _from_form(body: bytes, content_type: str) -> Sent:
    fields = form_fields(body, content_type)
    for name in fields:
        if name not in FIELDS:
            raise _fault(name, f"There is no such field; there are {', '.join(FIELDS)}.")
    reports = [fields[name] for name in ("file", "text") if fields.get(name)]
    if not reports and not {"file", "text"} & fields.keys():
        raise _fault("file", "This field is missing: it is the report.")
    if len(reports) > 1:
        raise _fault("text", "Send the report as 'file' or as 'text', not both.")
    said = {name: fields[name].decode(errors="replace") for name in FIELDS[2:] if fields.get(name)}
    source = said.pop("source", None)
    environment: dict[str, Any] = dict(said)
    if "packages" in said:
        environment["packages"] = _packages(said["packages"])
    try:
        context = Context.model_validate({"environment": environment, "source": source})
    except ValidationError as wrong:
        raise _invalid(wrong, hide=("environment",)) from None
    return Sent(b"".join(reports), context.environment.as_facts(), context.source)


def form_fields(body: bytes, content_type: str) -> Mapping[str, bytes]:
    """The form's fields and files by name; a name that comes twice counts once, the last time."""
    fields: dict[str, bytes] = {}

    def take_field(field: Field) -> None:
        fields[(field.field_name or b"").decode(errors="replace")] = field.value or b""

    def take_file(file: File) -> None:
        file.file_object.seek(0)
        fields[(file.field_name or b"").decode(errors="replace")] = file.file_object.read()

    ends: list[None] = []
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    try:
        parser = FormParser(
            "multipart/form-data", take_field, take_file, lambda: ends.append(None), boundary, config=FORM_LIMITS
        )
        parser.write(body)
        parser.finalize()
    except FormParserError:
        ends.clear()
    if not ends:
        detail = "The body is not the multipart form that its Content-Type announces. Let your client set that header."
        raise Unreadable("bad_form", detail)
    return fields


def _packages(text: str) -> dict[str, str]:
    try:
        return packages_of(text)
    except ValueError as wrong:
        raise _fault("packages", str(wrong)) from None


def _fault(name: str, detail: str) -> RequestValidationError:
    return RequestValidationError([{"loc": ("body", name), "msg": detail, "type": "form"}])


def _invalid(wrong: ValidationError, *, hide: tuple[str, ...]) -> RequestValidationError:
    """The same faults, placed in the request's body; a form has no levels."""
    faults = []
    for fault in wrong.errors(include_url=False, include_input=False, include_context=False):
        way = (part for part in fault["loc"] if part not in hide)
        faults.append({**fault, "loc": ("body", *way), "msg": in_our_words(fault["msg"])})
    return RequestValidationError(faults)
