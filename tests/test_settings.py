"""Settings are read once, and whatever is not understood stops the start with a sentence."""

from pathlib import Path

import pytest

from app.errors import Misconfigured
from app.settings import PREFIX, Settings, load, shipped


def test_every_setting_has_a_default_and_says_what_it_is_for() -> None:
    assert load().port == 8000
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_a_variable_sets_what_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACELORE_PORT", "9000")
    monkeypatch.setenv("TRACELORE_SIGNATURES", "/srv/signatures")
    assert (load().port, load().signatures) == (9000, Path("/srv/signatures"))
    monkeypatch.setenv("TRACELORE_HOOK_NETWORKS", "10.0.0.0/8, fd00::/8")
    assert [str(one) for one in load().hook_networks] == ["10.0.0.0/8", "fd00::/8"]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("PROT", "1", "TRACELORE_PROT is not a setting; did you mean TRACELORE_PORT?"),
        ("COLOUR", "red", "TRACELORE_COLOUR is not a setting; there are TRACELORE_HOST"),
        ("PORT", "eighty", "TRACELORE_PORT: Input should be a valid integer"),
        ("MAX_REPORT", "1", "TRACELORE_MAX_REPORT: "),
        ("BASE_URL", "tracelore.example.org", "TRACELORE_BASE_URL: "),
        ("BASE_URL", "https://example.org/tracelore", "TRACELORE_BASE_URL: "),
        ("HOOK_NETWORKS", "fd00::/8,10.0.0.1/8", "TRACELORE_HOOK_NETWORKS: 10.0.0.1/8 has host bits set"),
    ],
)
def test_what_is_not_understood_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(Misconfigured) as refused:
        load()
    assert refused.value.detail.startswith(told)


def test_what_kubernetes_says_of_a_service_called_tracelore_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("SERVICE_HOST", "10.0.0.1"),
        ("SERVICE_PORT", "80"),
        ("SERVICE_PORT_HTTP", "80"),
        ("PORT", "tcp://10.0.0.1:80"),
        ("PORT_80_TCP", "tcp://10.0.0.1:80"),
        ("PORT_80_TCP_PROTO", "tcp"),
        ("PORT_80_TCP_PORT", "80"),
        ("PORT_80_TCP_ADDR", "10.0.0.1"),
    ):
        monkeypatch.setenv(PREFIX + name, value)
    assert load().port == 8000


def test_what_is_shipped_is_found_beside_the_package() -> None:
    assert (shipped("migrations") / "env.py").is_file()
    assert shipped("no-such-folder").parts[-2:] == ("_shipped", "no-such-folder")
