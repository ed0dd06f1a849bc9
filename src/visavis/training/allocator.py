"""The settings of glibc's allocator that training wants."""

from __future__ import annotations

import ctypes
import platform

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # malloc.h
KEPT_BYTES = 2**31 - 1  # the parameter of mallopt is an int


def keep_freed_memory() -> bool:
    """Keep freed memory for reuse instead of returning it to the system; return whether it took.

    Each step of training frees and asks for the same large tensors. By default glibc maps and
    unmaps them every time, and the kernel clears each page anew. Other C libraries are left alone.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    settings = (M_MMAP_THRESHOLD, KEPT_BYTES), (M_TRIM_THRESHOLD, KEPT_BYTES)
    return all(bool(mallopt(parameter, value)) for parameter, value in settings)
