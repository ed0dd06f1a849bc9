"""All images and texts of a dataset for TensorBoard's embedding projector.

    FOLDER/projector_config.pbtxt    what the projector reads first
    FOLDER/vectors.bytes             float32 (points, dim), images before texts
    FOLDER/metadata.tsv              one line a point: text, kind, lang, split
    FOLDER/sprite.png                a square of square tiles, one a point

The projector takes no more than 100,000 points and a sprite of 8,192 pixels a side, and finds a
tile only where the sprite has as many rows as columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from math import ceil, sqrt
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from visavis.datasets import Dataset
from visavis.errors import ImageError, TrainingError, reason
from visavis.images import open_image
from visavis.threads import map_ahead
from visavis.types import Pixels, Vectors

if TYPE_CHECKING:
    from PIL.Image import Image

    from visavis.encoders import Encoder

MOST_POINTS = 100_000
MOST_PIXELS = 8192
LARGEST_TILE = 64
THREADS = 8
AHEAD = 64
TEXT_COLOUR = (160, 160, 160)
"""Of the disc that stands for a text: grey, as "Color by" multiplies what it finds."""

_CONFIG = """\
embeddings {{
  tensor_name: "{name}"
  tensor_path: "vectors.bytes"
  tensor_shape: {points}
  tensor_shape: {dim}
  metadata_path: "metadata.tsv"
  sprite {{
    image_path: "sprite.png"
    single_image_dim: {tile}
    single_image_dim: {tile}
  }}
}}
"""


def prepare(folder: Path) -> None:
    """Make the folder before vectors are computed for it; raises TrainingError if it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainingError(f"{folder}: cannot be written ({reason(error)})") from None


def project(folder: Path, dataset: Dataset, encoder: Encoder) -> tuple[int, Dataset]:
    """Encode and write all of a dataset; return how many points, and what they are of.

    Images that cannot be opened are left out with their captions. Raises TrainingError.
    """
    from visavis.evaluation.embedding import encode_files

    prepare(folder)
    dataset = _openable(dataset)
    images = encode_files(encoder, dataset.images.values())
    texts = encoder.encode_texts([caption.text for caption in dataset.captions])
    return write_projector(folder, dataset, images, texts), dataset


def _openable(dataset: Dataset) -> Dataset:
    opens = map_ahead(_opens, dataset.images.values(), threads=THREADS, ahead=AHEAD)
    with closing(opens):
        images = {
            key: path for (key, path), ok in zip(dataset.images.items(), opens, strict=True) if ok
        }
    captions = tuple(caption for caption in dataset.captions if caption.image in images)
    return replace(dataset, images=images, captions=captions)


def _opens(path: Path) -> bool:
    try:
        open_image(path, size=LARGEST_TILE)
    except ImageError:
        return False
    return True


def write_projector(folder: Path, dataset: Dataset, images: Vectors, texts: Vectors) -> int:
    """Write the images and captions of a dataset as points; return how many there are.

    `images` are the vectors of `dataset.images` and `texts` those of `dataset.captions`, in
    their order: (n, dim) and (m, dim). Of more points than the projector takes, evenly chosen
    ones are written. Raises TrainingError when the vectors are not as many.
    """
    counts = len(dataset.images), len(dataset.captions)
    if (len(images), len(texts)) != counts:
        raise TrainingError(
            f"{dataset.name}: {len(images)} and {len(texts)} vectors for {counts[0]} images "
            f"and {counts[1]} captions"
        )
    kept = _evenly(sum(counts), MOST_POINTS)
    vectors = np.concatenate([images, texts])[kept]
    rows = list(_rows(dataset))
    paths = list(dataset.images.values())
    shown = [paths[n] for n in kept if n < counts[0]]
    tile = tile_side(len(kept))
    config = _CONFIG.format(name=dataset.name, points=len(kept), dim=vectors.shape[1], tile=tile)
    prepare(folder)
    vectors.astype("<f4").tofile(folder / "vectors.bytes")
    _write_lines(folder / "metadata.tsv", ["text\tkind\tlang\tsplit", *(rows[n] for n in kept)])
    _sprite(shown, len(kept), tile).save(folder / "sprite.png", compress_level=1)
    _write_lines(folder / "projector_config.pbtxt", [config])
    return len(kept)


def tile_side(points: int) -> int:
    """Return the side of a tile such that a square of them is no larger than a sprite may be."""
    return min(LARGEST_TILE, MOST_PIXELS // _columns(points))


def _columns(points: int) -> int:
    return max(1, ceil(sqrt(points)))


def _evenly(count: int, most: int) -> list[int]:
    """Choose `most` of `count` numbers, as far apart as can be, or all of fewer."""
    return [n * count // min(count, most) for n in range(min(count, most))]


def _rows(dataset: Dataset) -> Iterator[str]:
    for key in dataset.images:
        yield _row(key, "image", "", dataset.splits[key])
    for caption in dataset.captions:
        yield _row(caption.text, "text", caption.lang, dataset.splits[caption.image])


def _row(*cells: str) -> str:
    return "\t".join(" ".join(cell.split()) for cell in cells)


def _write_lines(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", errors="replace")


def _sprite(images: list[Path], points: int, tile: int) -> Image:
    """Lay out a thumbnail for each image, then a disc for every other point."""
    from PIL import Image

    columns = _columns(points)
    side = columns * tile
    canvas = np.zeros((side, side, 4), np.uint8)
    # A view that tells row and column of a tile from row and column within it.
    tiles = canvas.reshape(columns, tile, columns, tile, 4).swapaxes(1, 2)
    work = partial(_thumbnail, side=tile)
    with closing(map_ahead(work, images, threads=THREADS, ahead=AHEAD)) as thumbnails:
        for number, thumbnail in enumerate(thumbnails):
            tiles[divmod(number, columns)] = thumbnail
    disc = _disc(tile)
    for number in range(len(images), points):
        tiles[divmod(number, columns)] = disc
    return Image.fromarray(canvas)


def _thumbnail(path: Path, side: int) -> Pixels:
    """Shrink the middle square of an image to (side, side, 4); grey if it cannot be opened."""
    from PIL import Image, ImageOps

    try:
        image = open_image(path, size=side)
    except ImageError:
        image = Image.new("RGB", (side, side), "lightgrey")
    return np.asarray(ImageOps.fit(image, (side, side)).convert("RGBA"))


def _disc(side: int) -> Pixels:
    """Draw a disc of a third of the tile's width on nothing: (side, side, 4)."""
    across = (np.arange(side) + 0.5) / side - 0.5
    tile: Pixels = np.zeros((side, side, 4), np.uint8)
    tile[np.hypot(*np.meshgrid(across, across)) < 1 / 6] = (*TEXT_COLOUR, 255)
    return tile
