"""What the work knows of a broker: messages that are handed out, and three things to be done with each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

Step = Callable[[], Awaitable[None]]
Publish = Callable[[str, bytes, dict[str, str]], Awaitable[None]]
"""Subject, body, headers: done when the broker has it. Raises `Away` and `TooLong`."""

ID = "Nats-Msg-Id"  # the same id again is dropped by JetStream; under Kafka it is for whoever reads
SOURCE = "Tracelore-Source"
MESSAGE = "Tracelore-Message"
REASON = "Tracelore-Reason"
DELIVERIES = "Tracelore-Deliveries"
CUT = "Tracelore-Cut"


class Away(Exception):
    """The broker does not answer: another try may do."""


class TooLong(Exception):
    """The broker takes nothing of this length, ever."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a broker hands out."""

    id: str
    """The same at each delivery, and no other message's."""
    body: bytes
    headers: Mapping[str, str]
    delivery: int
    """How often it was handed out, this time included."""


@dataclass(frozen=True, slots=True)
class Handed:
    """A message that is ours until one of the first two is done."""

    message: Message
    ack: Step
    """It is dealt with: never hand it out again."""
    again: Step
    """Hand it out again after a while, to anybody."""
    hold: Step
    """It takes longer: hand it to nobody else yet."""


Handle = Callable[[Handed], Awaitable[None]]
