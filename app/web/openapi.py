"""What the API's description says beyond what the types say: bodies, examples, problems."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from app.web.failures import MEDIA_TYPE, Problem
from app.web.schemas import Answer, DiagnosisRequest

FOUNDING = """\
INFO:     Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C to quit)
INFO:     Started parent process [8944]
INFO:     Started server process [7728]
Accept failed on a socket
Traceback (most recent call last):
  File "C:\\Python38\\lib\\asyncio\\proactor_events.py", line 834, in loop
    f = self._proactor.accept(sock)
  File "C:\\Python38\\lib\\asyncio\\windows_events.py", line 549, in accept
    self._register_with_iocp(listener)
  File "C:\\Python38\\lib\\asyncio\\windows_events.py", line 718, in _register_with_iocp
    _overlapped.CreateIoCompletionPort(obj.fileno(), self._iocp, 0, 0)
OSError: [WinError 87] The parameter is incorrect
"""
HEALTHY = "INFO:     Application startup complete.\n"

# name -> (what it shows, the report, the verdict it gets): a test posts each
EXAMPLES: dict[str, tuple[str, str, str]] = {
    "known": ("A known bug. Verdict: match", FOUNDING, "match"),
    "healthy": ("A log without a crash. Verdict: none", HEALTHY, "none"),
}

STATUS = {
    400: "There is no report, or the body is not what it says it is",
    401: "Nobody is signed in, or there is no key that opens anything",
    404: "There is no such thing",
    413: "The report is too long",
    415: "The report is not text",
    422: "The request is not valid: each fault is named with its place",
    503: "Not ready",
}


def inlined(model: type[BaseModel]) -> dict[str, Any]:
    """The model's JSON Schema with its parts in place, so that it can stand anywhere in the description."""
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})

    def settle(value: Any) -> Any:
        if isinstance(value, dict):
            if "$ref" in value:
                return settle(parts[value["$ref"].rpartition("/")[2]])
            return {key: settle(part) for key, part in value.items()}
        return [settle(part) for part in value] if isinstance(value, list) else value

    settled: dict[str, Any] = settle(schema)
    return settled


PROBLEM = {MEDIA_TYPE: {"schema": inlined(Problem)}}

LOCATION = {"Location": {"description": "Address of the diagnosis, when it is kept.", "schema": {"type": "string"}}}

KEPT: dict[int | str, dict[str, Any]] = {
    200: {"description": "Not kept, or known already", "headers": LOCATION, "model": Answer},
    201: {"description": "Kept", "headers": LOCATION},
}

FORM = {
    "type": "object",
    "additionalProperties": False,
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary", "description": "The report."},
        "os": {"type": "string", "enum": ["windows", "linux", "macos"]},
        "python": {"type": "string", "examples": ["3.11.4"]},
        "packages": {"type": "string", "description": "Lines such as `uvicorn==0.17.6`, as `pip freeze` prints them."},
        "source": {"type": "string", "maxLength": 200},
    },
}

REPORT_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "text/plain": {
                "schema": {"type": "string", "minLength": 1},
                "examples": {name: {"summary": what, "value": text} for name, (what, text, _) in EXAMPLES.items()},
            },
            "application/json": {
                "schema": inlined(DiagnosisRequest),
                "examples": {
                    name: {"summary": what, "value": {"text": text, "environment": {"os": "windows"}, "source": "docs"}}
                    for name, (what, text, _) in EXAMPLES.items()
                },
            },
            "multipart/form-data": {"schema": FORM},
        },
    }
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How these failures are described."""
    return {status: {"description": STATUS[status], "content": PROBLEM} for status in statuses}
