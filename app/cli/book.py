"""Which signatures a command uses: an option that most commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.diagnosis.candidates import Index
from app.folders import cache_folder, signature_folder
from app.open_book import open_book

Signatures = Annotated[
    Path | None, typer.Option("--signatures", help="Folder of signatures instead of the shipped one.")
]


def signatures_in(given: Path | None) -> Path:
    """The folder of signatures: the one given, else the one of the settings."""
    return given or signature_folder()


def index_in(given: Path | None) -> Index:
    """The signatures of that folder, ready to be asked."""
    return open_book(signatures_in(given), cache_folder())
