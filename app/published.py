"""When the releases of a package were published, as the package index says that pip is set up with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import httpx2
from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename

from app.signature.releases import Releases, releases_of
from app.verify.environments import NotBuilt, index_page

# The only form that has dates: https://packaging.python.org/en/latest/specifications/simple-repository-api/
JSON = "application/vnd.pypi.simple.v1+json"
SECONDS = 60


def published(packages: Iterable[str]) -> Iterable[tuple[str, Releases]]:
    """Each package with its releases, one after the other. Raises `NotBuilt` where the index does not say."""
    root = None
    with httpx2.Client(headers={"Accept": JSON}, follow_redirects=True, timeout=SECONDS) as client:
        for package in packages:
            root = root or index_page(package).removesuffix(f"{package}/")
            yield package, releases_of(first_days(_ask(client, f"{root}{package}/", package)))


def first_days(files: Iterable[Mapping[str, Any]]) -> dict[str, date | None]:
    """For each version the day of its first file; None where every file was withdrawn."""
    found: dict[str, date | None] = {}
    for file in files:
        version, moment = _version(str(file["filename"])), file.get("upload-time")
        if version is None or moment is None:
            continue
        known = found.setdefault(version, None)
        if not file.get("yanked"):
            day = datetime.fromisoformat(moment).date()
            found[version] = min(day, known or day)
    return found


def _ask(client: httpx2.Client, address: str, package: str) -> list[dict[str, Any]]:
    try:
        answer = client.get(address)
        answer.raise_for_status()
        files = answer.json()["files"]
    except (httpx2.HTTPError, ValueError, KeyError) as wrong:
        raise NotBuilt(f"the index says nothing of {package} that can be read: {wrong!r}") from None
    if files and not any("upload-time" in one for one in files):
        raise NotBuilt("the index does not say when files were uploaded (it should: PEP 700)")
    return list(files)


def _version(filename: str) -> str | None:
    """The version in the name of a wheel or a source archive; None for other files, which nothing installs."""
    try:
        if filename.endswith(".whl"):
            return str(parse_wheel_filename(filename)[1])
        return str(parse_sdist_filename(filename.removesuffix(".bz2") + ".gz" * filename.endswith(".bz2"))[1])
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None
