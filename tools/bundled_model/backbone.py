"""Read MobileNetV2 out of a TensorFlow Lite file with int8 weights.

    python tools/bundled_model/backbone.py WEIGHTS.tflite LABELS.txt PHOTO …

prints what the network that was read sees in photographs, to check it by eye.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import tflite
import torch
from torch import Tensor, nn

from visavis.images import open_image, squash
from visavis.training.towers.image import scale
from visavis.training.towers.mobilenet import FEATURES, MobileNetV2

NUMPY_TYPES = {tflite.TensorType.INT8: np.int8, tflite.TensorType.INT32: np.int32}
CONVOLUTIONS = {
    tflite.BuiltinOperator.CONV_2D: (0, 3, 1, 2),  # (out, h, w, in) to (out, in, h, w)
    tflite.BuiltinOperator.DEPTHWISE_CONV_2D: (3, 0, 1, 2),  # (1, h, w, channels)
}


def load_backbone(path: Path) -> tuple[MobileNetV2, nn.Linear]:
    """Return the network and its classifier of 1,001 ImageNet classes (0 is background)."""
    network, classifier = MobileNetV2(), nn.Linear(FEATURES, 1001)
    weights = _read_convolutions(path)
    for layer, (weight, bias) in zip(network.convolutions(), weights[:-1], strict=True):
        _fill(layer.weight, weight)
        _fill(layer.bias, bias)
    _fill(classifier.weight, weights[-1][0].flatten(1))
    _fill(classifier.bias, weights[-1][1])
    return network.eval(), classifier.eval()


def _fill(parameter: Tensor | None, value: Tensor) -> None:
    assert parameter is not None
    assert parameter.shape == value.shape, (parameter.shape, value.shape)
    parameter.data.copy_(value)


def _read_convolutions(path: Path) -> list[tuple[Tensor, Tensor]]:
    """Weights and biases of all convolutions, in the order an image passes them."""
    model = tflite.Model.GetRootAs(path.read_bytes(), 0)
    graph = model.Subgraphs(0)
    found = []
    for index in range(graph.OperatorsLength()):
        operator = graph.Operators(index)
        code = model.OperatorCodes(operator.OpcodeIndex())
        kind = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        if kind in CONVOLUTIONS:
            _, weight, bias = (graph.Tensors(i) for i in operator.InputsAsNumpy())
            found.append(
                (
                    _dequantise(model, weight).permute(CONVOLUTIONS[kind]).contiguous(),
                    _dequantise(model, bias),
                )
            )
    return found


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
    network, classifier = load_backbone(Path(weights))
    names = Path(labels).read_text("utf-8").splitlines()
    for photo in photos:
        pixels = torch.from_numpy(squash(open_image(photo), 224))[None]
        shares = classifier(network(scale(pixels)).mean(dim=(2, 3))).softmax(dim=1)[0]
        best = zip(*shares.topk(3), strict=True)
        seen = ", ".join(f"{names[int(index)]} {share:.0%}" for share, index in best)
        print(f"{Path(photo).name}: {seen}")


if __name__ == "__main__":
    main(*sys.argv[1:])
