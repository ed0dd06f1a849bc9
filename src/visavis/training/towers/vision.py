"""The image tower: a backbone, one kind of its features, and a head."""

from __future__ import annotations

from torch import Tensor, nn

from visavis.errors import TrainingError
from visavis.training.towers.backbone import Backbone, Kind
from visavis.training.towers.heads import HEADS, AttentionHead, Head


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
        """Width and height of the images, in pixels."""
        return self.backbone.size

    def features(self, pixels: Tensor) -> Tensor:
        """Return what the head takes: (n, *shape)."""
        features: Tensor = self.backbone(pixels, self.kind)
        return features

    def forward(self, pixels: Tensor) -> Tensor:
        vectors: Tensor = self.head(self.features(pixels))
        return vectors

    def parts(self, pixels: Tensor, places: Tensor) -> Tensor:
        """Encode parts of images of the backbone's size: (n, parts, dim).

        `places` is boolean (parts, cells²), at least one True in each. The tower must have cells.
        """
        assert isinstance(self.head, AttentionHead)
        return self.head.regions(self.features(pixels), places)

    @property
    def cells(self) -> int:
        """Cells along a side of the map; 0 if the head cannot look at parts."""
        if not isinstance(self.head, AttentionHead):
            return 0
        return self.backbone.shapes["map"][1]
