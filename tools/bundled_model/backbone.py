"""Read MobileNetV2 out of a TensorFlow Lite file with int8 weights.

    python tools/bundled_model/backbone.py WEIGHTS.tflite LABELS.txt PHOTO …

prints what the network that was read sees in photographs, to check it by eye. `prepare.py` writes
it as weights that a recipe names: the classifier keeps the 1,000 classes of ImageNet, and the
file's first, "background", is dropped.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tflite
import torch
from torch import Tensor

from visavis.images import open_image, squash
from visavis.training.towers.backbone import Backbone
from visavis.training.towers.backbones import open_backbone

NUMPY_TYPES = {tflite.TensorType.INT8: np.int8, tflite.TensorType.INT32: np.int32}
CONVOLUTIONS = {
    tflite.BuiltinOperator.CONV_2D: (0, 3, 1, 2),  # (out, h, w, in) to (out, in, h, w)
    tflite.BuiltinOperator.DEPTHWISE_CONV_2D: (3, 0, 1, 2),  # (1, h, w, channels)
}


def read_backbone(path: Path) -> Backbone:
    """Return the network with its classifier; layers are filled in the order an image passes."""
    backbone = open_backbone("mobilenet_v2", "random")
    names = [name.removesuffix(".weight") for name in backbone.network.state_dict()][::2]
    weights = {}
    for name, (weight, bias) in zip(names, _convolutions(path), strict=True):
        weights |= {f"{name}.weight": weight, f"{name}.bias": bias}
    weights["classifier.weight"] = weights["classifier.weight"][1:].flatten(1).contiguous()
    weights["classifier.bias"] = weights["classifier.bias"][1:].contiguous()
    backbone.network.load_state_dict(weights)
    return backbone


def _convolutions(path: Path) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield weights and biases of all convolutions; the last is the classifier."""
    model = tflite.Model.GetRootAs(path.read_bytes(), 0)
    graph = model.Subgraphs(0)
    for index in range(graph.OperatorsLength()):
        operator = graph.Operators(index)
        code = model.OperatorCodes(operator.OpcodeIndex())
        kind = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        if kind in CONVOLUTIONS:
            _, weight, bias = (graph.Tensors(i) for i in operator.InputsAsNumpy())
            whole = _dequantise(model, weight).permute(CONVOLUTIONS[kind]).contiguous()
            yield whole, _dequantise(model, bias)


def _dequantise(model: tflite.Model, tensor: tflite.Tensor) -> Tensor:
    """Value = (stored - zero point) × scale, one scale for each output channel."""
    raw = model.Buffers(tensor.Buffer()).DataAsNumpy()
    stored = raw.view(NUMPY_TYPES[tensor.Type()]).reshape(tensor.ShapeAsNumpy())
    quantisation = tensor.Quantization()
    shape = [1] * stored.ndim
    shape[quantisation.QuantizedDimension()] = -1
    scale = quantisation.ScaleAsNumpy().reshape(shape)
    zero = quantisation.ZeroPointAsNumpy().reshape(shape)
    return torch.from_numpy(((stored.astype(np.float64) - zero) * scale).astype(np.float32))


@torch.no_grad()
def main(weights: str, labels: str, *photos: str) -> None:
    backbone = read_backbone(Path(weights))
    names = Path(labels).read_text("utf-8").splitlines()[1:]
    for photo in photos:
        pixels = torch.from_numpy(squash(open_image(photo), backbone.size))[None]
        best = zip(*backbone(pixels, "classes").softmax(dim=1)[0].topk(3), strict=True)
        seen = ", ".join(f"{names[int(index)]} {share:.0%}" for share, index in best)
        print(f"{Path(photo).name}: {seen}")


if __name__ == "__main__":
    main(*sys.argv[1:])
