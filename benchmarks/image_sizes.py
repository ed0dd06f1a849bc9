"""Recall on dev of a model of the recipe compact, by the size of the images it is shown.

    python benchmarks/image_sizes.py MODEL --data flickr8k:FOLDER

MODEL is a folder as `visavis train compact` leaves it, with the weights of the run's stages. No
size is trained for here: the weights are those that the run ended with.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from visavis.datasets import load_dataset
from visavis.encoders import Encoder, load_encoder
from visavis.evaluation.embedding import embed_split
from visavis.evaluation.protocol import measure
from visavis.training.recipe import load_recipe
from visavis.training.towers.backbones import CLASSES, open_backbone
from visavis.training.towers.image import ImageTower
from visavis.types import Vectors

SIZES = (224, 240, 256, 288)
LANGS = ("en", "fr")
WEIGHTS = "run/hubness.pt"
BATCH = 16


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path, metavar="MODEL")
    parser.add_argument("--data", required=True, help="such as flickr8k:FOLDER")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    options = parser.parse_args()
    dataset, encoder = load_dataset(options.data), load_encoder(options.model)
    weights = torch.load(options.model / WEIGHTS, weights_only=True)
    print("| size | language | image → text | text → image | sum |\n|---|---|---|---|---|")
    for size in options.sizes:
        sized: Any = Sized(encoder, tower_of(weights, size))
        for embedded in embed_split(sized, dataset, "dev", LANGS):
            found = measure(embedded).details()
            ways = [
                [found[way][f"R@{k}"] for k in (1, 5, 10)]
                for way in ("image_to_text", "text_to_image")
            ]
            columns = [" / ".join(f"{value:.1f}" for value in way) for way in ways]
            print(f"| {size} | {embedded.lang} | {' | '.join(columns)} | {np.sum(ways):.1f} |")


def tower_of(weights: dict[str, torch.Tensor], size: int) -> ImageTower:
    """Return the image tower of the recipe compact for images of another size."""
    recipe = load_recipe("compact")
    image = recipe.image
    tower = ImageTower.build(
        open_backbone(image.backbone, "random", size),
        image.features,
        image.head,
        recipe.dim,
        width=image.width,
        dropout=image.dropout,
        classes=image.classes,
        drawn=len(weights["image.classes.vectors"]) - CLASSES,
        anchors=image.hubness,
    )
    prefix = "image."
    own = {
        key.removeprefix(prefix): value for key, value in weights.items() if key.startswith(prefix)
    }
    tower.load_state_dict(own)
    return tower.eval()


class Sized:
    """An encoder whose images go through an image tower with a size of its own."""

    def __init__(self, encoder: Encoder, tower: ImageTower) -> None:
        self._encoder, self._tower = encoder, tower

    def __getattr__(self, name: str) -> Any:
        return getattr(self._encoder, name)

    def prepare(self, image: Path) -> NDArray[np.uint8]:
        """Return the pixels of an image file, (size, size, 3)."""
        with Image.open(image) as opened:
            return self._tower.preprocessing.prepare(opened)

    @torch.no_grad()
    def encode_images(self, images: Sequence[NDArray[np.uint8]]) -> Vectors:
        """Return the vectors of images, (n, dim)."""
        pixels = torch.from_numpy(np.stack(images))
        return torch.cat([self._tower(each) for each in torch.split(pixels, BATCH)]).numpy()


if __name__ == "__main__":
    main()
