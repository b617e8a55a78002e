"""systemd's journal export format, as systemd-journal-upload sends it."""

from collections.abc import Callable

import pytest

from app.errors import Unreadable
from app.receive.journal import CUT, FORMAT, Seen, look
from app.receive.model import Asked, Record

Linear = Callable[[Callable[[int], object]], None]
ASKED = Asked("POST", "/upload", {}, {"content-type": "application/vnd.fdo.journal", "expect": "100-continue"})
CRASH = b"worker failed\nTraceback (most recent call last):\n  File \"/srv/app/worker.py\", line 3, in load\nKeyError: 'dsn'"


def binary(name: bytes, data: bytes) -> bytes:
    return name + b"\n" + len(data).to_bytes(8, "little") + data + b"\n"


PLAIN = (
    b"__CURSOR=s=739ad463348b4ceca5a9e69c95a3c93f;i=4ece7;b=6c7c6013a8\n"
    b"__REALTIME_TIMESTAMP=1342540861421465\n"
    b"__MONOTONIC_TIMESTAMP=12\n"
    b"_BOOT_ID=6c7c6013a8\n"
    b"_TRANSPORT=syslog\nPRIORITY=6\nSYSLOG_IDENTIFIER=python3\n"
    b"MESSAGE=starting = now\n"
    b"_PID=29\n_HOSTNAME=web-1\n_SYSTEMD_UNIT=checkout.service\n"
    b"_SOURCE_REALTIME_TIMESTAMP=1342540861416351\n\n"
)
LONG = (
    binary(b"MESSAGE", CRASH)
    + b"_HOSTNAME=web-1\n_SYSTEMD_UNIT=checkout.service\n_PID=29\nSYSLOG_IDENTIFIER=python3\n\n"
)


def read(body: bytes) -> tuple[Record, ...]:
    return FORMAT.decode(body, ASKED).records


def test_a_plain_entry_says_all() -> None:
    assert read(PLAIN) == (
        Record(
            text="starting = now",
            stream="web-1/checkout.service/python3/29",
            service="checkout",
            time=1342540861.416351,
            key="s=739ad463348b4ceca5a9e69c95a3c93f;i=4ece7;b=6c7c6013a8",
        ),
    )


def test_a_message_of_many_lines_comes_in_a_binary_field() -> None:
    first, second = read(PLAIN + LONG)
    assert second.text.encode() == CRASH
    assert second.stream == first.stream


def test_binary_fields_may_hold_anything() -> None:
    odd = b"\n\nMESSAGE=not me\n\xff\x00"
    assert read(binary(b"DATA", odd) + binary(b"MESSAGE", b"\xff!") + b"\n" + LONG)[0].text == "\ufffd!"


def test_more_empty_lines_and_no_last_one_do_no_harm() -> None:
    assert len(read(b"\n" + PLAIN + b"\n\n" + LONG.rstrip(b"\n") + b"\n")) == 2


@pytest.mark.parametrize("lost", [1, 5, 60, 200])
def test_an_entry_cut_off_is_left_to_be_sent_again(lost: int) -> None:
    body = PLAIN + LONG.rstrip(b"\n") + b"X"
    taken = FORMAT.decode(body[:-lost], ASKED)
    assert [record.text for record in taken.records] == ["starting = now"]
    assert taken.refused == (CUT,)


def test_a_stream_is_cut_where_an_entry_ends() -> None:
    body = PLAIN + LONG + PLAIN[:100]
    assert look(body, Seen()).done == len(PLAIN + LONG)
    assert look(body[: len(PLAIN) + 100], Seen()).done == len(PLAIN)
    assert look(PLAIN[:-1], Seen()).done == look(b"", Seen()).done == look(LONG[:20], Seen()).done == 0


@pytest.mark.parametrize("step", [1, 7, 100])
def test_a_stream_is_cut_alike_however_it_comes(step: int) -> None:
    """Piece by piece, with what is done taken away each time."""
    body = (PLAIN + b"\n" + LONG) * 3 + PLAIN[:100]
    waiting, seen, cut = bytearray(), Seen(), b""
    for at in range(0, len(body), step):
        waiting += body[at : at + step]
        seen = look(waiting, seen)
        cut += waiting[: seen.done]
        del waiting[: seen.done]
        seen = seen.cut()
    assert cut == (PLAIN + b"\n" + LONG) * 3
    assert waiting == PLAIN[:100]


@pytest.mark.parametrize("piece", [b"A=\n", b"A", b"A\n" + (2**60).to_bytes(8, "little"), b"\n"])
def test_an_entry_without_an_end_is_looked_at_once(piece: bytes, linear: Linear) -> None:
    def feed(size: int) -> None:
        waiting, seen = bytearray(), Seen()
        for _ in range(size * 2_000):
            waiting += piece
            seen = look(waiting, seen)

    linear(feed)


def test_a_broken_entry_costs_only_itself() -> None:
    wrong = b"MESSAGE\n" + (3).to_bytes(8, "little") + b"abcd\n\n"
    taken = FORMAT.decode(wrong + PLAIN, ASKED)
    assert [record.text for record in taken.records] == ["starting = now"]
    assert taken.refused == ("A binary field is not as long as it says.",)


def test_entries_without_a_message_are_nothing() -> None:
    assert read(b"_HOSTNAME=a\n\n" + b"COREDUMP_PID=1\n\n") == ()


def test_an_exception_beside_the_message_is_a_crash() -> None:
    (record,) = read(b"MESSAGE=failed\n" + binary(b"EXCEPTION_TEXT", CRASH) + b"\n")
    assert record.whole
    assert record.text.encode() == b"failed\n" + CRASH
    (same,) = read(binary(b"MESSAGE", CRASH) + binary(b"EXCEPTION_TEXT", CRASH) + b"\n")
    assert same.text.encode() == CRASH


def test_a_container_is_the_service_and_its_lines_may_be_partial() -> None:
    (record,) = read(b"MESSAGE=a\nCONTAINER_NAME=web\nCONTAINER_PARTIAL_MESSAGE=true\n_SYSTEMD_UNIT=docker.service\n\n")
    assert (record.service, record.partial) == ("web", True)


@pytest.mark.parametrize("body", [b"", b"\n\n", b"hello", b"MESSAGE=cut", b"A\n" + b"\xff" * 8 + b"abc\n", b"=1\n\n"])
def test_what_is_no_journal_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable):
        FORMAT.decode(body, ASKED)


def test_times_that_are_none_are_left_out() -> None:
    assert read(b"MESSAGE=a\n__REALTIME_TIMESTAMP=" + b"9" * 5000 + b"\n\n")[0].time is None


def test_the_answers_are_those_of_systemd() -> None:
    reply = FORMAT.accepted(FORMAT.decode(PLAIN, ASKED), PLAIN, ASKED)
    assert (reply.status, reply.body, reply.media_type) == (202, b"OK.\n", "text/plain; charset=utf-8")
    for status in (400, 401, 403, 413, 503):
        assert FORMAT.refused(status, "why", ASKED).body == b"why"
