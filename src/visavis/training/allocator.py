"""The settings of glibc's allocator that training wants."""

from __future__ import annotations

import ctypes
import platform
from collections.abc import Mapping

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # malloc.h
KEPT_BYTES = 2**31 - 1  # the parameter of mallopt is an int
RETURNED_BYTES = 2**20


def keep_freed_memory() -> bool:
    """Keep freed memory for reuse instead of returning it to the system; return whether it took.

    Each step of training frees and asks for the same large tensors. By default glibc maps and
    unmaps them every time, and the kernel clears each page anew. Other C libraries are left alone.
    """
    return _set({M_MMAP_THRESHOLD: KEPT_BYTES, M_TRIM_THRESHOLD: KEPT_BYTES})


def return_freed_memory() -> bool:
    """Return large freed tensors to the system at once; return whether it took.

    What glibc keeps comes in pieces, too small for the next large tensor: a batch that is encoded
    in many chunks would take more memory with each. It costs time, so this is for chunks alone.
    """
    return _set({M_MMAP_THRESHOLD: RETURNED_BYTES, M_TRIM_THRESHOLD: RETURNED_BYTES})


def _set(parameters: Mapping[int, int]) -> bool:
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return all(bool(mallopt(parameter, value)) for parameter, value in parameters.items())
