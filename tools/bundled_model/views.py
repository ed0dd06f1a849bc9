"""Views of the training images as the stem leaves them, computed once.

The stem is not learned, so that its maps can be kept: of each whole image and of random
crops, other ones for each run. A view is a square part of such a map, mirrored or not.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from visavis.training.augment import random_crops
from visavis.training.towers.image import scale
from visavis.training.towers.mobilenet import MobileNetV2

CROPS = 2
CROP = 192
BATCH = 100
WHOLE_SIDES = (20, 22, 24, 26)  # of a map of 28 × 28
CROP_SIDES = (22, 24)  # of a map of 24 × 24


class Views:
    """Maps (n, side, side, 32) in half precision, and what the classifier said of each."""

    def __init__(
        self,
        network: MobileNetV2,
        classifier: nn.Linear,
        pixels: NDArray[np.uint8],
        folder: Path,
        run: int,
    ) -> None:
        self.network, self.classifier, self.folder = network, classifier, folder
        self.pooled, self.whole = self._keep("whole", torch.from_numpy(pixels))
        crops = [self._crops(pixels, number) for number in range(run * CROPS, (run + 1) * CROPS)]
        # Half of the batches look at wholes.
        self.sources = [*crops, *[(self.whole[0], self.whole[1], WHOLE_SIDES)] * CROPS]

    def draw(self, rows: NDArray[np.int64], rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Return a view of each image, (n, 32, side, side), and the logits of where it is from."""
        maps, logits, sides = self.sources[rng.integers(len(self.sources))]
        side = int(rng.choice(sides))
        views = np.empty((len(rows), side, side, maps.shape[3]), np.float16)
        for view, row in zip(views, rows, strict=True):
            top, left = rng.integers(maps.shape[1] - side + 1, size=2)
            part = maps[row, top : top + side, left : left + side]
            view[:] = part[:, ::-1] if rng.random() < 0.5 else part
        return torch.from_numpy(views).permute(0, 3, 1, 2).float(), logits[torch.from_numpy(rows)]

    def _crops(
        self, pixels: NDArray[np.uint8], number: int
    ) -> tuple[NDArray[np.float16], Tensor, tuple[int, ...]]:
        generator = torch.Generator().manual_seed(number)
        crops = [
            random_crops(batch, CROP, generator) for batch in torch.from_numpy(pixels).split(BATCH)
        ]
        _, (maps, logits) = self._keep(f"crop{number}", torch.cat(crops))
        return maps, logits, CROP_SIDES

    @torch.inference_mode()
    def _keep(self, name: str, pixels: Tensor) -> tuple[Tensor, tuple[NDArray[np.float16], Tensor]]:
        """Compute maps, pooled features and logits, or read what an earlier run left."""
        maps_file, pooled_file = self.folder / f"{name}.npy", self.folder / f"{name}_pooled.npy"
        if not pooled_file.exists():
            maps, pooled = [], []
            for batch in pixels.split(BATCH):
                stem = self.network.stem(scale(batch))
                maps.append(stem.permute(0, 2, 3, 1).half().numpy())
                pooled.append(self.network.body(stem).mean(dim=(2, 3)).numpy())
            np.save(maps_file, np.concatenate(maps))
            np.save(pooled_file, np.concatenate(pooled))
        pooled = torch.from_numpy(np.load(pooled_file))
        return pooled, (np.load(maps_file, mmap_mode="r"), self.classifier(pooled))
