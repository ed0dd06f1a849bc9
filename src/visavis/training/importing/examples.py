"""Example images and texts, encoded by an imported model and by its torch original."""

from __future__ import annotations

import numpy as np
from PIL import Image
from torch.nn.functional import normalize

from visavis.encoders import Encoder
from visavis.training.importing.towers import ImportedImageTower, ImportedTextTower
from visavis.types import Vectors

SIZES = ((640, 480), (480, 640), (300, 300), (90, 400), (37, 41))
TEXTS = (
    "a dog running on the beach",
    "Two men play football in the snow.",
    "un chien court sur la plage",
    "L'été, une femme à vélo près de l'église Saint-Étienne",
    "A red car, parked in front of a 3-storey house!",
    "very " * 100 + "long",
    "",
)


def vector_pairs(
    encoder: Encoder, images: ImportedImageTower, texts: ImportedTextTower
) -> list[tuple[Vectors, Vectors]]:
    """Return torch's vectors and the encoder's: of images of many shapes, then of texts.

    The images are waves and noise, the texts English and French.
    """
    examples = [_image(seed, size) for seed, size in enumerate(SIZES)]
    pairs = [
        (images.reference(examples), encoder.encode_images(examples)),
        (texts.reference(TEXTS), encoder.encode_texts(TEXTS)),
    ]
    return [(normalize(theirs).numpy(), ours) for theirs, ours in pairs]


def _image(seed: int, size: tuple[int, int]) -> Image.Image:
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (5, 7, 3), dtype=np.uint8))
    smooth = np.asarray(coarse.resize(size, Image.Resampling.BICUBIC))
    noisy = smooth + rng.normal(0, 8, smooth.shape)
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))
