"""How the C library keeps memory that was freed."""

from __future__ import annotations

import ctypes
import platform

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # from glibc's malloc.h, see mallopt(3)
LARGE = 1024 * 1024  # bytes
KEPT = 4 * 1024 * 1024  # bytes at an arena's end


def return_large_blocks() -> None:
    """Have glibc give large blocks back to the system at once; elsewhere nothing happens.

    By itself it raises its threshold with the first large block that is freed and keeps up to 64 MiB for each thread.
    """
    if platform.libc_ver()[0] == "glibc":
        library = ctypes.CDLL(None)
        library.mallopt(M_MMAP_THRESHOLD, LARGE)
        library.mallopt(M_TRIM_THRESHOLD, KEPT)
