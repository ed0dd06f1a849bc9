"""Export of torch networks to ONNX files without traces of the machine that made them."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from visavis.errors import ModelError, first_line

OPSET = 18


def write_graph(
    network: nn.Module,
    inputs: Mapping[str, Tensor],
    axes: Mapping[str, Mapping[int, torch.export.Dim]],
    path: Path,
    outputs: Sequence[str] = ("vectors",),
) -> None:
    """Export a network; `axes` gives the free axes of each input.

    Weights of more than 2 GB, which one file cannot hold, go into a second file beside it. Raises
    ModelError if torch cannot export the network.
    """
    with _quiet(), torch.no_grad():
        try:
            program = torch.onnx.export(
                network,
                tuple(inputs.values()),
                opset_version=OPSET,
                dynamo=True,
                input_names=list(inputs),
                output_names=list(outputs),
                dynamic_shapes=tuple(dict(axes[name]) for name in inputs),
                verbose=False,
            )
        except torch.onnx.OnnxExporterError as error:
            reason = first_line(error.__cause__ or error)
            raise ModelError(f"{path.name}: torch cannot export the network ({reason})") from error
        assert program is not None
        _drop_traces(program.model)
        program.save(path)


def _drop_traces(model: Any) -> None:
    """Drop the stack traces and file names that the exporter leaves on every node."""
    for node in model.graph.all_nodes():
        node.metadata_props.clear()
        node.doc_string = None
    model.metadata_props.clear()
    model.graph.metadata_props.clear()


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the exporter: notes on missing torchvision, renamed axes, its own deprecations."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
