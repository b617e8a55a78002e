"""The JSON Schema that editors check signature files with: generated from the model, within Draft 7."""

from __future__ import annotations

import json
from typing import Any

from app.signature.model import Signature


def json_schema() -> dict[str, Any]:
    """The schema of a signature file. Editors speak Draft 7, in which definitions stand under `definitions`."""
    text = json.dumps(Signature.model_json_schema(by_alias=True)).replace("#/$defs/", "#/definitions/")
    schema: dict[str, Any] = json.loads(text)
    schema["definitions"] = schema.pop("$defs")
    schema["definitions"]["Clue"] |= {"minProperties": 1, "maxProperties": 1}
    return {"$schema": "http://json-schema.org/draft-07/schema#", **schema}
