"""The command that asks the package index when the releases of packages were published."""

from __future__ import annotations

from typing import Annotated

import typer
from packaging.utils import canonicalize_name

from app.cli.book import Signatures, signatures_in
from app.cli.given import existing
from app.errors import Misconfigured, Unknown
from app.published import published
from app.signature.model import INTERPRETER
from app.store.releases import write_releases
from app.verify.environments import NotBuilt

commands = typer.Typer()


@commands.command()
def releases(
    packages: Annotated[list[str] | None, typer.Argument(help="Packages; without any, all with signatures.")] = None,
    signatures: Signatures = None,
) -> None:
    """Write down when each release was published.

    It is kept as signatures/PACKAGE/releases.json.
    """
    folder = existing(signatures_in(signatures))
    known = sorted(file.name for file in folder.iterdir() if file.is_dir() and file.name != INTERPRETER)
    wanted = [str(canonicalize_name(one)) for one in packages or known]
    for missing in sorted({*wanted} - {*known}):
        raise Unknown("unknown-package", f"No package '{missing}' with signatures is in {folder}, or it has no index.")
    try:
        for package, found in published(wanted):
            write_releases(folder, package, found)
            typer.echo(f"{package}: {len(found.all)} releases")
    except NotBuilt as wrong:
        raise Misconfigured("no-index", f"{wrong}") from None
