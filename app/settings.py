"""Every setting, read once from the environment at start. What is not set has a default that works on a laptop."""

from __future__ import annotations

import difflib
import os
import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.errors import Misconfigured, in_our_words
from app.folders import PREFIX as PREFIX
from app.folders import shipped as shipped
from app.folders import user_cache

PORT = 8000
# what Kubernetes tells each container of a service that is called `tracelore`, as Docker once told of a linked one
SERVICE = re.compile(r"SERVICE_(HOST|PORT(_\w+)?)|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?")
LINK = re.compile(r"(tcp|udp|sctp)://")

Subject = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$", max_length=200)]


def _networks(value: object) -> object:
    """The networks that stand between commas; a `ValueError` says which is none."""
    if not isinstance(value, str):
        return value
    return tuple(ip_network(one.strip()) for one in value.split(",") if one.strip())


def _own_port(value: object) -> object:
    """The default where the variable is not ours but says where a service is reached."""
    return PORT if isinstance(value, str) and LINK.match(value) else value


class Settings(BaseSettings):
    """What an operator may choose. Each field is the variable of its name, in capitals, after `TRACELORE_`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        use_attribute_docstrings=True,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,  # a database URL may hold a password
    )

    host: str = "127.0.0.1"
    """Address to listen on; `0.0.0.0` to be reached from other machines."""

    port: Annotated[int, Field(ge=0, le=65535), BeforeValidator(_own_port)] = PORT
    """Port to listen on; 0 picks a free one."""

    base_url: Annotated[str | None, Field(pattern=r"^https?://[^/\s?#@]+/?$")] = None
    """Address at which others reach this server, such as `https://tracelore.example.org`; by default as they asked."""

    indexed: bool = False
    """Whether search engines may keep the paste page and the known bugs; answers and pages of staff they never may."""

    database_url: str = "sqlite:///data/tracelore.db"
    """SQLAlchemy URL of the database: an SQLite file (its folder is created) or `postgresql://user:password@host/name`."""

    signatures: Path = Field(default_factory=lambda: shipped("signatures"))
    """Folder of the signature files; by default the ones that come with the program."""

    cache: Annotated[Path | None, BeforeValidator(lambda value: value or None)] = Field(default_factory=user_cache)
    """Folder for what is compiled of signatures, so that a start does not read them all; empty to do without."""

    hook_secrets: dict[str, SecretStr] = {}
    """Secrets of signed webhooks, as JSON: `{"github": "...", "sentry": "...", "standard": "whsec_..."}`."""

    hook_networks: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_networks)] = ()
    """Networks that outgoing webhooks may reach though not public, with commas between: `10.0.0.0/8,fd00::/8`."""

    inbox_limit: Annotated[int, Field(ge=0)] = 64 * 1024 * 1024
    """Characters of log records that may wait to be diagnosed; beyond, senders are answered 503 until fewer wait."""

    work: bool = True
    """Whether this process also diagnoses what log pipelines send; `false` leaves it to `tracelore worker`."""

    max_report: Annotated[int, Field(ge=1024, le=64 * 1024 * 1024)] = 2 * 1024 * 1024
    """Longest report that is read, in bytes; JSON or a form around it may make the request twice as long."""

    stream_url: str = "nats://127.0.0.1:4222"
    """The broker that `tracelore stream` reads: NATS servers with commas between, or `kafka://host:9092,...`."""

    stream_subject: Subject = "tracelore.ingest"
    """Subject or topic with the messages."""

    stream_answers: Subject = "tracelore.answers"
    """Subject or topic that answers are published to."""

    stream_dead: Subject = "tracelore.dead"
    """Subject or topic for messages that can't be read, or fail again and again."""

    stream_group: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")] = "tracelore"
    """Name of the durable consumer, or consumer group, that all workers share."""

    stream_source: Annotated[str, Field(pattern=r"^[a-z0-9]+([._-][a-z0-9]+)*$", max_length=60)] = "stream"
    """Source of a message that names none in its header `Tracelore-Source`."""

    stream_batch: Annotated[int, Field(ge=1, le=1000)] = 16
    """Messages of NATS that a worker has in work at a time."""

    stream_deliveries: Annotated[int, Field(ge=1, le=1000)] = 5
    """How often a message is handed out before it is dead."""

    stream_ack_wait: Annotated[float, Field(ge=1, le=3600)] = 30.0
    """Seconds after which NATS hands out the messages of a silent worker again."""

    stream_replicas: Annotated[int, Field(ge=1, le=5)] = 1
    """Copies that a NATS cluster keeps, where a stream has to be made."""


def load() -> Settings:
    """Read the settings; a wrong value or a variable we don't know stops the start with a sentence saying which."""
    for name in os.environ:
        if name.upper().startswith(PREFIX):
            _refuse_unknown(name.upper().removeprefix(PREFIX))
    try:
        return Settings()
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        variable = PREFIX + "_".join(str(part) for part in first["loc"]).upper()
        raise Misconfigured("setting", f"{variable}: {in_our_words(first['msg'])}") from None


def _refuse_unknown(name: str) -> None:
    known = [field.upper() for field in Settings.model_fields]
    if name in known or SERVICE.fullmatch(name):
        return
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {PREFIX}{close[0]}?" if close else "there are " + ", ".join(PREFIX + one for one in known)
    raise Misconfigured("setting", f"{PREFIX}{name} is not a setting; {hint}")
