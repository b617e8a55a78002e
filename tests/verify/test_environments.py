"""How the installer is called; what it installs is tried by `tracelore verify` itself."""

from pathlib import Path

import pytest

from app.verify import environments
from app.verify.environments import Installer, build


def _called(monkeypatch: pytest.MonkeyPatch, folder: Path, installer: Installer) -> list[str]:
    """The words of `uv pip install` for two packages."""
    calls: list[list[str]] = []

    def note(*words: str | Path) -> str:
        calls.append([str(one) for one in words])
        return "[]"

    monkeypatch.setattr(environments, "_uv", note)
    monkeypatch.setattr(environments, "interpreter", lambda *_, **__: Path("python"))
    monkeypatch.setattr(environments, "_output", lambda *_: "/usr\n3.12.1\n")
    build(folder, "3.12", ("fastapi==0.99.1", "pydantic==2.5.3"), installer)
    return next(words for words in calls if words[:2] == ["pip", "install"])


def test_limits_are_heeded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "--override" not in _called(monkeypatch, tmp_path, Installer())


def test_against_limits_what_was_asked_for_overrides_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    words = _called(monkeypatch, tmp_path, Installer(against_limits=True))
    overrides = Path(words[words.index("--override") + 1])
    assert overrides.read_text() == "fastapi==0.99.1\npydantic==2.5.3\n"
    assert words[-2:] == ["fastapi==0.99.1", "pydantic==2.5.3"]
