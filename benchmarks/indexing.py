"""Speed of indexing a folder of images, against decoding alone and the encoder alone.

python benchmarks/indexing.py FOLDER [--limit 1000]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from visavis.collection import Collection
from visavis.encoders import Encoder, load_encoder
from visavis.indexing import index
from visavis.indexing.finding import find
from visavis.indexing.reading import ImageFile, Reading, read_ahead, stamp_of
from visavis.indexing.run import IMAGE_BATCH
from visavis.types import Pixels

GOAL = 0.7


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="folder with images")
    parser.add_argument("--limit", type=int, help="take only the first LIMIT images")
    parser.add_argument("--model", help="model folder (default: the bundled one)")
    options = parser.parse_args()
    encoder = load_encoder(options.model)
    paths = list(find([options.folder]).images)[: options.limit]
    decoding, images = decode(paths, encoder)
    encoding = encode(images, encoder)
    indexing = index_all(paths, encoder)
    ratio = indexing / min(decoding, encoding)
    print(f"{len(images)} images, model {encoder.id}, {os.cpu_count()} cores; images per second")
    rows = (("decoding alone", decoding), ("encoder alone", encoding), ("index", indexing))
    for name, value in rows:
        print(f"  {name:<16} {value:8.1f}")
    print(f"  index / slower of the two  {ratio:.2f}  (goal: at least {GOAL})")


def decode(paths: Sequence[str], encoder: Encoder) -> tuple[float, list[Pixels]]:
    files = [ImageFile(path, stamp_of(path), {}) for path in paths]
    threads = os.cpu_count() or 1
    start = time.perf_counter()
    outcomes = list(read_ahead(files, encoder, threads, 2 * IMAGE_BATCH + threads))
    seconds = time.perf_counter() - start
    images = [outcome.content for outcome in outcomes if isinstance(outcome, Reading)]
    return len(images) / seconds, images


def encode(images: Sequence[Pixels], encoder: Encoder) -> float:
    encoder.encode_images(images[:1])  # loads the weights
    start = time.perf_counter()
    for first in range(0, len(images), IMAGE_BATCH):
        encoder.encode_images(images[first : first + IMAGE_BATCH])
    return len(images) / (time.perf_counter() - start)


def index_all(paths: Sequence[str], encoder: Encoder) -> float:
    with (
        tempfile.TemporaryDirectory() as folder,
        Collection.create(Path(folder, "collection"), encoder) as collection,
    ):
        report = index(paths, collection)
    return report.images / report.seconds


if __name__ == "__main__":
    main()
