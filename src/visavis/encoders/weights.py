"""Weights of a large network in a file of their own, which is mapped instead of read."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

LARGE = 32 << 20
"""Bytes from which on a network's weights are put into a second file."""
_LEAST = (1 << 20) + 1
"""Smaller weights stay in the network: ONNX Runtime aligns only larger ones with pages."""


def separate_weights(network: Path) -> None:
    """Move the weights of a large network in one file into a second one, `NETWORK.data`.

    ONNX Runtime maps that file and shares it with other processes, where it would read and copy
    what is inside the network: most of the time of a single search. The numbers stay the same, bit
    by bit. A network that ONNX Runtime cannot write stays as it is.
    """
    if network.stat().st_size < LARGE:
        return
    draft, weights = (network.with_name(f"{network.name}.{end}") for end in ("draft", "data"))
    if weights.exists():
        return
    try:
        _write(network, draft, weights.name)
        draft.replace(network)
    except Exception:  # noqa: BLE001 - ONNX Runtime has its own exceptions
        for file in (draft, weights):
            with suppress(FileNotFoundError):
                file.unlink()


def _write(network: Path, draft: Path, weights: str) -> None:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.optimized_model_filepath = str(draft)
    for key, value in {
        "disable_prepacking": "1",
        "optimized_model_external_initializers_file_name": weights,
        "optimized_model_external_initializers_min_size_in_bytes": str(_LEAST),
    }.items():
        options.add_session_config_entry(f"session.{key}", value)
    onnxruntime.InferenceSession(str(network), options, providers=["CPUExecutionProvider"])
