"""Sessions of ONNX Runtime, and their image inputs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from visavis.encoders.preprocessing import Preprocessing

if TYPE_CHECKING:
    import onnxruntime


def core_count() -> int:
    """Return how many cores there are, or how many `OMP_NUM_THREADS` lets a program use."""
    return _granted_cores() or os.cpu_count() or 1


def open_session(path: str) -> onnxruntime.InferenceSession:
    """Load the network in a file, to run by all threads; raises what ONNX Runtime raises.

    It uses all cores, or as many as `OMP_NUM_THREADS` says, by which schedulers divide a machine.
    """
    return _open(path, _granted_cores())


def open_parallel_session(path: str) -> onnxruntime.InferenceSession:
    """Load the network in a file, to run several times at once by one thread each."""
    return _open(path, 1)


def _open(path: str, threads: int) -> onnxruntime.InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Threads that spin while they wait slow down every other process.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _granted_cores() -> int:
    threads = os.environ.get("OMP_NUM_THREADS", "")
    return int(threads) if threads.isdecimal() else 0


def image_inputs(
    session: onnxruntime.InferenceSession, preprocessing: Preprocessing, pixels: NDArray[np.uint8]
) -> dict[str, NDArray[Any]]:
    """Return the input of an image network, by its name, for prepared images."""
    first = session.get_inputs()[0]
    inputs = preprocessing.batch(pixels)
    return {first.name: inputs.astype(np.float16) if "float16" in first.type else inputs}
