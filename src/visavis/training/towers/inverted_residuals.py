"""MobileNetV2 and EfficientNet-Lite: a network of inverted residuals, defined by a table.

Sandler et al., MobileNetV2: Inverted Residuals and Linear Bottlenecks, CVPR 2018,
https://arxiv.org/abs/1801.04381; Tan and Le, EfficientNet, ICML 2019,
https://arxiv.org/abs/1905.11946, without squeeze-and-excitation and with ReLU6. Batch
normalisation is folded into the convolutions. Weights come from TensorFlow, so padding is
TensorFlow's "SAME": an even side at stride 2 is padded on the right and bottom only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

FEATURES = 1280
"""Channels of the feature map."""

_FIRST = 32  # channels of the first convolution
_DIVISOR = 8  # of channel counts


class Row(NamedTuple):
    """Blocks of equal shape, of which the first has the stride."""

    expansion: int
    outputs: int
    blocks: int
    stride: int
    kernel: int = 3


MOBILENET_V2 = (
    Row(1, 16, 1, 1),
    Row(6, 24, 2, 2),
    Row(6, 32, 3, 2),
    Row(6, 64, 4, 2),
    Row(6, 96, 3, 1),
    Row(6, 160, 3, 2),
    Row(6, 320, 1, 1),
)
EFFICIENTNET_LITE0 = (
    Row(1, 16, 1, 1),
    Row(6, 24, 2, 2),
    Row(6, 40, 2, 2, kernel=5),
    Row(6, 80, 3, 2),
    Row(6, 112, 3, 1, kernel=5),
    Row(6, 192, 4, 2, kernel=5),
    Row(6, 320, 1, 1),
)


def scaled(table: Sequence[Row], width: float, depth: float) -> tuple[Row, ...]:
    """Scale a table in width and depth; the first and last row keep their number of blocks."""
    first, *middle, last = table
    rows = [row._replace(blocks=math.ceil(depth * row.blocks)) for row in middle]
    return tuple(
        row._replace(outputs=_rounded(width * row.outputs)) for row in (first, *rows, last)
    )


def _rounded(channels: float) -> int:
    """Round to a multiple of eight, down by a tenth at most."""
    rounded = max(_DIVISOR, int(channels + _DIVISOR / 2) // _DIVISOR * _DIVISOR)
    return rounded + _DIVISOR if rounded < 0.9 * channels else rounded


class SameConv(nn.Module):
    """Convolution with TensorFlow's "SAME" padding, then ReLU6 unless `linear`."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        kernel: int = 1,
        stride: int = 1,
        groups: int = 1,
        linear: bool = False,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, groups=groups)
        self.kernel, self.stride, self.linear = kernel, stride, linear

    def forward(self, x: Tensor) -> Tensor:
        (top, bottom), (left, right) = (self._padding(side) for side in x.shape[2:])
        if top == bottom and left == right:  # as most are: the convolution pads, at no cost
            conv = self.conv
            x = F.conv2d(x, conv.weight, conv.bias, conv.stride, (top, left), groups=conv.groups)
        else:
            x = self.conv(F.pad(x, (left, right, top, bottom)))
        return x if self.linear else F.relu6(x, inplace=True)

    def _padding(self, side: int) -> tuple[int, int]:
        outputs = -(-side // self.stride)
        total = max((outputs - 1) * self.stride + self.kernel - side, 0)
        return total // 2, total - total // 2


class InvertedResidual(nn.Module):
    """A 1×1 expansion, a depthwise convolution, and a linear 1×1 projection."""

    def __init__(self, inputs: int, row: Row, stride: int) -> None:
        super().__init__()
        hidden = inputs * row.expansion
        layers = [] if row.expansion == 1 else [SameConv(inputs, hidden)]
        layers += [
            SameConv(hidden, hidden, kernel=row.kernel, stride=stride, groups=hidden),
            SameConv(hidden, row.outputs, linear=True),
        ]
        self.layers = nn.Sequential(*layers)
        self.residual = stride == 1 and inputs == row.outputs

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layers(x)
        return x + y if self.residual else y


class InvertedResiduals(nn.Module):
    """Pixels, float (n, 3, h, w), to a feature map (n, 1280, ⌈h/32⌉, ⌈w/32⌉).

    `stem` reduces the image to an eighth of its sides; fine-tuning keeps it frozen, since
    low-level features transfer as they are and training them takes the most time. `body` is the
    rest; its first `middle` layers reduce to a sixteenth. `finer` is the number of channels of the
    finer map.
    """

    def __init__(self, table: Sequence[Row]) -> None:
        super().__init__()
        layers: list[nn.Module] = [SameConv(3, _FIRST, kernel=3, stride=2)]
        channels, reduction = _FIRST, 2
        ends = {reduction: (1, _FIRST)}  # layers and channels where each reduction ends
        for row in table:
            reduction *= row.stride
            for block in range(row.blocks):
                layers.append(InvertedResidual(channels, row, row.stride if block == 0 else 1))
                channels = row.outputs
            ends[reduction] = len(layers), channels
        layers.append(SameConv(channels, FEATURES))
        (stem, stem_channels), (middle, middle_channels) = ends[8], ends[16]
        self.stem = nn.Sequential(*layers[:stem])
        self.body = nn.Sequential(*layers[stem:])
        self.middle = middle - stem
        self.finer = stem_channels + middle_channels

    def forward(self, pixels: Tensor) -> Tensor:
        y: Tensor = self.body(self.stem(pixels))
        return y

    def pyramid(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Return the feature map, and a finer one (n, finer, ⌈h/16⌉, ⌈w/16⌉).

        The finer one joins the outputs of the stem, pooled, and of the middle of the body.
        """
        stem = self.stem(pixels)
        middle = self.body[: self.middle](stem)
        finer = torch.cat([F.avg_pool2d(stem, 2, ceil_mode=True), middle], dim=1)
        features: Tensor = self.body[self.middle :](middle)
        return features, finer
