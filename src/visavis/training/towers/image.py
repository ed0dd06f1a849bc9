"""The image tower: a backbone, one kind of its features, a head, and optional corrections."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from visavis.encoders.preprocessing import Preprocessing
from visavis.errors import TrainingError
from visavis.training.towers.backbone import Backbone, Kind
from visavis.training.towers.classes import ClassVectors
from visavis.training.towers.heads import HEADS, AttentionHead, Head
from visavis.training.towers.hubness import ADDED, HubnessCorrection


class ImageTower(nn.Module):
    """Images to unit vectors (n, dim).

    Takes RGB pixels, uint8 (n, h, w, 3), or features of the backbone, float (n, *shape): while
    the backbone is frozen, its features are computed once, and the head learns on them. `classes`
    adds what the backbone's classifier recognises to the head's vector; `hubness` adds the
    hubness correction. With an attention head, the tower also encodes regions at little cost.
    """

    def __init__(
        self,
        backbone: Backbone,
        kind: Kind,
        head: Head,
        *,
        classes: ClassVectors | None = None,
        hubness: HubnessCorrection | None = None,
    ) -> None:
        super().__init__()
        self.backbone, self.kind, self.head = backbone, kind, head
        self.classes, self.hubness = classes, hubness

    @classmethod
    def build(
        cls,
        backbone: Backbone,
        kind: Kind,
        head: str,
        dim: int,
        *,
        width: int,
        dropout: float,
        classes: bool = False,
        drawn: int = 0,
        anchors: int = 0,
    ) -> ImageTower:
        """Build a tower with a registered head. Raises TrainingError if the parts do not fit.

        `classes` adds class vectors of the backbone's classifier, with rows for `drawn` further
        classes; `anchors` adds a hubness correction, which takes two of the `dim` numbers.
        """
        if kind not in backbone.kinds:
            known = ", ".join(backbone.kinds)
            raise TrainingError(f"{backbone.name} has no features {kind!r}, only {known}")
        inner = dim - ADDED if anchors else dim
        return cls(
            backbone,
            kind,
            HEADS.get(head)(backbone.layout(kind), inner, width, dropout),
            classes=_class_vectors(backbone, kind, inner, drawn) if classes else None,
            hubness=HubnessCorrection("image", inner, anchors) if anchors else None,
        )

    @property
    def dim(self) -> int:
        """Length of the vectors."""
        return self.head.dim + (0 if self.hubness is None else ADDED)

    @property
    def size(self) -> int:
        """Width and height of the images, in pixels."""
        return self.backbone.size

    @property
    def preprocessing(self) -> Preprocessing:
        """Steps from an image file to its pixels."""
        return self.backbone.preprocessing

    @property
    def grid(self) -> int:
        """Grid cells along a side of the feature map; 0 if the head encodes no regions."""
        if not isinstance(self.head, AttentionHead):
            return 0
        return self.backbone.shapes[self.kind][1]

    def features(self, pixels: Tensor) -> Tensor:
        """Return the backbone's features of pixels: (n, *shape)."""
        features: Tensor = self.backbone(pixels, self.kind)
        return features

    def forward(self, images: Tensor) -> Tensor:
        features = self._as_features(images)
        return self._complete(self.head(features), self._pooled(features))

    def regions(self, images: Tensor, masks: Tensor) -> Tensor:
        """Encode regions of images of the backbone's size: (n, masks, dim).

        `masks` is boolean (masks, grid²), at least one True in each. The tower must have a grid.
        """
        assert isinstance(self.head, AttentionHead)
        features = self._as_features(images)
        share = (masks / masks.sum(dim=1, keepdim=True)).to(features.dtype)
        pooled = share @ self.backbone.coarse(features, self.kind).flatten(2).transpose(1, 2)
        return self._complete(self.head.regions(features, masks), pooled)

    def lock_head(self, *, locked: bool) -> None:
        """Freeze or unfreeze all beside the backbone that learns."""
        self.head.requires_grad_(not locked)
        if self.classes is not None:
            self.classes.vectors.requires_grad = not locked

    def train(self, mode: bool = True) -> Self:  # noqa: FBT001, FBT002 - torch's signature
        """Set the mode of what learns; a frozen head draws no dropout."""
        super().train(mode)
        self.head.train(mode and any(value.requires_grad for value in self.head.parameters()))
        return self

    def logits(self, features: Tensor) -> Tensor:
        """Return the logits (n, classes) behind the class vectors, which the tower must have."""
        assert self.classes is not None
        return self.classes.logits(self._pooled(features))

    def _as_features(self, images: Tensor) -> Tensor:
        return self.features(images) if images.dtype == torch.uint8 else images

    def _pooled(self, features: Tensor) -> Tensor:
        if features.dim() == 2:
            return features
        return self.backbone.coarse(features, self.kind).mean(dim=(2, 3))

    def _complete(self, vectors: Tensor, pooled: Tensor) -> Tensor:
        """Add class vectors and the hubness correction, if there are any."""
        if self.classes is not None:
            vectors = F.normalize(vectors + self.classes(pooled), dim=-1)
        return vectors if self.hubness is None else self.hubness(vectors)


@torch.no_grad()
def _class_vectors(backbone: Backbone, kind: Kind, dim: int, drawn: int) -> ClassVectors:
    classifier = backbone.classifier()
    if classifier is None or kind == "classes":
        raise TrainingError(
            f"class vectors need a classifier of pooled features: {backbone.name} has none, or "
            f"its features are {kind!r}"
        )
    return ClassVectors(classifier, dim, drawn)
