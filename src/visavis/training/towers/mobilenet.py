"""MobileNetV2 in plain torch, with batch normalisation already folded into the convolutions.

Sandler et al., MobileNetV2: Inverted Residuals and Linear Bottlenecks, CVPR 2018,
https://arxiv.org/abs/1801.04381. Weights come from a TensorFlow network, so padding is
TensorFlow's "SAME": an even side at stride 2 is padded on the right and bottom only.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

# One row a stage: expansion, output channels, blocks, stride of the first block.
STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
FEATURES = 1280
DETAILS = 32 + 96  # channels of `levels`' second map


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
        if self.kernel > 1:
            top, bottom = self._padding(x.shape[2])
            left, right = self._padding(x.shape[3])
            x = F.pad(x, (left, right, top, bottom))
        x = self.conv(x)
        return x if self.linear else F.relu6(x)

    def _padding(self, side: int) -> tuple[int, int]:
        outputs = -(-side // self.stride)
        total = max((outputs - 1) * self.stride + self.kernel - side, 0)
        return total // 2, total - total // 2


class InvertedResidual(nn.Module):
    """Expand with 1×1, filter each channel with 3×3, project with a linear 1×1."""

    def __init__(self, inputs: int, outputs: int, expansion: int, stride: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        layers = [] if expansion == 1 else [SameConv(inputs, hidden)]
        layers += [
            SameConv(hidden, hidden, kernel=3, stride=stride, groups=hidden),
            SameConv(hidden, outputs, linear=True),
        ]
        self.layers = nn.Sequential(*layers)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layers(x)
        return x + y if self.residual else y


class MobileNetV2(nn.Module):
    """Pixels in [-1, 1], shape (n, 3, h, w), to a feature map (n, 1280, ⌈h/32⌉, ⌈w/32⌉).

    `stem` ends at an eighth of the image's side with 32 channels, and is what fine-tuning
    leaves alone: low-level features transfer as they are, and cost most of the time. `body` is
    the rest; after its first `middle` blocks it is at a sixteenth, with 96 channels.
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [SameConv(3, 32, kernel=3, stride=2)]
        channels, stem_length = 32, 0
        for expansion, outputs, blocks, stride in STAGES:
            if outputs == 64:
                stem_length = len(layers)
            for block in range(blocks):
                step = stride if block == 0 else 1
                layers.append(InvertedResidual(channels, outputs, expansion, step))
                channels = outputs
        layers.append(SameConv(channels, FEATURES))
        self.stem = nn.Sequential(*layers[:stem_length])
        self.body = nn.Sequential(*layers[stem_length:])
        self.middle = sum(blocks for _, outputs, blocks, _ in STAGES if outputs in {64, 96})

    def forward(self, pixels: Tensor) -> Tensor:
        y: Tensor = self.body(self.stem(pixels))
        return y

    def levels(self, stem: Tensor) -> tuple[Tensor, Tensor]:
        """Return the feature map of a stem's, and one of details with four times its cells.

        The details are what the stem and the middle of the body see: (n, 128, ⌈h/16⌉, ⌈w/16⌉).
        """
        middle = self.body[: self.middle](stem)
        details = torch.cat([F.avg_pool2d(stem, 2, ceil_mode=True), middle], dim=1)
        features: Tensor = self.body[self.middle :](middle)
        return features, details

    def convolutions(self) -> list[nn.Conv2d]:
        """List the convolutions in the order an image passes them."""
        return [layer for layer in self.modules() if isinstance(layer, nn.Conv2d)]
