"""Every compression that shippers use is undone by what the bytes are, and no bomb goes off."""

import gzip
import random
import zlib
from collections.abc import Callable

import brotli
import cramjam
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Unreadable
from app.receive.unpack import snappy_block, unpack

MOST = 1024 * 1024
BODY = b'{"message": "all is well"}\n' * 1000


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


PACKERS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "identity": (bytes, ""),
    "gzip": (gzip.compress, "gzip"),
    "gzip without a header": (gzip.compress, ""),
    "gzip in parts": (lambda body: gzip.compress(body[:50]) + gzip.compress(body[50:]), "gzip"),
    "zlib, called gzip": (zlib.compress, "gzip,deflate"),
    "raw deflate": (raw_deflate, "deflate"),
    "zstd": (zstandard.compress, "zstd"),
    "zstd without a header": (zstandard.compress, ""),
    "snappy frames": (lambda body: bytes(cramjam.snappy.compress(body)), ""),
    "snappy block": (lambda body: bytes(cramjam.snappy.compress_raw(body)), "snappy"),
    "brotli": (brotli.compress, "br"),
    "gzip in gzip": (lambda body: gzip.compress(gzip.compress(body)), "gzip"),
}


@pytest.mark.parametrize(("pack", "encoding"), PACKERS.values(), ids=PACKERS)
def test_what_is_packed_comes_out_as_it_was(pack: Callable[[bytes], bytes], encoding: str) -> None:
    assert unpack(pack(BODY), encoding, MOST) == BODY


@pytest.mark.parametrize(("pack", "encoding"), PACKERS.values(), ids=PACKERS)
def test_what_would_be_too_long_is_refused(pack: Callable[[bytes], bytes], encoding: str) -> None:
    with pytest.raises(Unreadable, match="longer than 1,048,576 bytes") as refused:
        unpack(pack(bytes(8 * MOST)), encoding, MOST)
    assert refused.value.status == 413


@pytest.mark.parametrize(("pack", "encoding"), [row for name, row in PACKERS.items() if name != "identity"])
def test_what_ends_too_early_is_refused(pack: Callable[[bytes], bytes], encoding: str) -> None:
    with pytest.raises(Unreadable, match=r"can't be unpacked|no snappy block") as refused:
        unpack(pack(BODY)[:-7], encoding, MOST)
    assert refused.value.status == 400


def test_a_block_of_snappy_that_says_it_is_huge_is_not_believed() -> None:
    with pytest.raises(Unreadable, match="longer than"):
        snappy_block(b"\xff\xff\xff\xff\x0f", MOST)


@given(st.binary(max_size=200), st.sampled_from(["", "gzip", "deflate", "br", "snappy", "zstd", "nonsense"]))
def test_any_bytes_are_unpacked_or_refused(body: bytes, encoding: str) -> None:
    for head in (b"", b"\x1f\x8b", b"\x78\x9c", b"\x28\xb5\x2f\xfd", b"\xff\x06\x00\x00sNaPpY"):
        try:
            assert len(unpack(head + body, encoding, MOST)) <= MOST
        except Unreadable:
            continue


def test_members_of_gzip_take_linear_time(linear: Callable[[Callable[[int], object]], None]) -> None:
    """However small: each is read once, and what is behind it is not copied for each."""
    members = gzip.compress(b"") * 40_000
    linear(lambda size: unpack(members[: len(members) * size // 4], "gzip", MOST))


def test_members_of_gzip_may_be_longer_than_what_is_read_at_once() -> None:
    long = random.Random(1).randbytes(10_000)
    packed = gzip.compress(long)
    assert unpack(packed + gzip.compress(b"x") + packed, "gzip", MOST) == long + b"x" + long
    assert unpack(packed + b"rest", "gzip", MOST) == long
