"""The image tower: a backbone, one kind of its features, and a head."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from visavis.errors import TrainingError
from visavis.training.towers.backbone import Backbone, Kind
from visavis.training.towers.heads import HEADS, AttentionHead, Head
from visavis.training.towers.windows import window_boxes, window_masks


class VisionTower(nn.Module):
    """RGB pixels, uint8 (n, h, w, 3), to unit vectors (n, dim).

    `features` and `head` are its two halves: while the backbone is frozen, its features are
    computed once and the head learns on them.
    """

    def __init__(self, backbone: Backbone, kind: Kind, head: Head) -> None:
        super().__init__()
        self.backbone, self.kind, self.head = backbone, kind, head

    @classmethod
    def build(
        cls, backbone: Backbone, kind: Kind, head: str, dim: int, *, width: int, dropout: float
    ) -> VisionTower:
        """Put a head of a registered name on a backbone; raise TrainingError if it cannot be."""
        if kind not in backbone.kinds:
            known = ", ".join(backbone.kinds)
            raise TrainingError(f"{backbone.name} has no features {kind!r}, only {known}")
        make = HEADS.get(head)
        return cls(backbone, kind, make(backbone.shapes[kind], dim, width, dropout))

    @property
    def dim(self) -> int:
        """Length of the vectors."""
        return self.head.dim

    @property
    def size(self) -> int:
        """Width and height of the pictures, in pixels."""
        return self.backbone.size

    def features(self, pixels: Tensor) -> Tensor:
        """Return what the head takes: (n, *shape)."""
        features: Tensor = self.backbone(pixels, self.kind)
        return features

    def forward(self, pixels: Tensor) -> Tensor:
        vectors: Tensor = self.head(self.features(pixels))
        return vectors

    def windows(self) -> list[tuple[float, float, float, float]]:
        """List the windows that `VisionExport` gives, in parts of the picture's sides."""
        return window_boxes(self._cells())

    def window_masks(self) -> Tensor:
        """Return the cells of each window, boolean (windows, cells of the map)."""
        return window_masks(self._cells())

    def _cells(self) -> int:
        """Return the cells along a side of the map; 0 if the head cannot look at parts."""
        if not isinstance(self.head, AttentionHead):
            return 0
        return self.backbone.shapes["map"][1]


class VisionExport(nn.Module):
    """What a model folder holds of an image tower: pixels to (n, dim), (n, windows, dim).

    The tower must have windows.
    """

    def __init__(self, tower: VisionTower) -> None:
        super().__init__()
        assert isinstance(tower.head, AttentionHead)
        self.tower, self.regions = tower, tower.head.regions
        masks = tower.window_masks()
        whole = torch.ones(1, masks.shape[1], dtype=torch.bool)
        self.register_buffer("places", torch.cat([whole, masks]))

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        vectors = self.regions(self.tower.features(pixels), self.get_buffer("places"))
        return vectors[:, 0], vectors[:, 1:]
