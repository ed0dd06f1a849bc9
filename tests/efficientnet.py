"""EfficientNet-Lite0 written out in plain torch, with the layer names of published weights.

Tan and Le, EfficientNet, 2019, https://arxiv.org/abs/1905.11946, without squeeze-and-excitation
and with ReLU6; padding is TensorFlow's "SAME".
"""

from __future__ import annotations

import math

from torch import nn
from torch.nn.functional import pad, relu6

# Blocks, kernel, stride of the first block, expansion, channels in and out.
STAGES = (
    (1, 3, 1, 1, 32, 16),
    (2, 3, 2, 6, 16, 24),
    (2, 5, 2, 6, 24, 40),
    (3, 3, 2, 6, 40, 80),
    (3, 5, 1, 6, 80, 112),
    (4, 5, 2, 6, 112, 192),
    (1, 3, 1, 6, 192, 320),
)


class Same(nn.Conv2d):
    """Convolution without bias, to ⌈side / stride⌉ positions along each axis."""

    def __init__(self, inputs, outputs, kernel=1, stride=1, groups=1):
        super().__init__(inputs, outputs, kernel, stride, groups=groups, bias=False)

    def forward(self, x):
        (kernel, _), (stride, _) = self.kernel_size, self.stride
        sides = []
        for side in (x.shape[3], x.shape[2]):
            missing = max((math.ceil(side / stride) - 1) * stride + kernel - side, 0)
            sides += [missing // 2, missing - missing // 2]
        return super().forward(pad(x, sides))


def norm(channels):
    return nn.BatchNorm2d(channels, eps=1e-3)


class Block(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride, expansion):
        super().__init__()
        hidden = inputs * expansion
        if expansion > 1:
            self._expand_conv, self._bn0 = Same(inputs, hidden), norm(hidden)
        self._depthwise_conv = Same(hidden, hidden, kernel, stride, groups=hidden)
        self._bn1 = norm(hidden)
        self._project_conv, self._bn2 = Same(hidden, outputs), norm(outputs)
        self.expands, self.residual = expansion > 1, stride == 1 and inputs == outputs

    def forward(self, x):
        y = relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y = relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.residual else y


class EfficientNetLite0(nn.Module):
    def __init__(self, classes=1000):
        super().__init__()
        self._conv_stem, self._bn0 = Same(3, 32, 3, 2), norm(32)
        self._blocks = nn.ModuleList(
            Block(outputs if n else inputs, outputs, kernel, 1 if n else stride, expansion)
            for blocks, kernel, stride, expansion, inputs, outputs in STAGES
            for n in range(blocks)
        )
        self._conv_head, self._bn1 = Same(320, 1280), norm(1280)
        self._fc = nn.Linear(1280, classes)

    def forward(self, x):
        """Return the feature map, its mean, and the logits."""
        x = relu6(self._bn0(self._conv_stem(x)))
        for block in self._blocks:
            x = block(x)
        features = relu6(self._bn1(self._conv_head(x)))
        pooled = features.mean(dim=(2, 3))
        return features, pooled, self._fc(pooled)
