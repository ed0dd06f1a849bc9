"""From readings to records: images, with regions or without, and texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from visavis.encoders import Encoder
from visavis.indexing.reading import Reading
from visavis.stores import Record, Region
from visavis.types import Vectors


def encode(encoder: Encoder, readings: Sequence[Reading], *, regions: bool) -> list[Record]:
    """Encode readings of one modality; with `regions`, images get records with regions."""
    contents: list[Any] = [reading.content for reading in readings]
    if not readings:
        return []
    if readings[0].item.modality == "text":
        vectors = encoder.encode_texts(contents)
    elif regions:
        rows = encoder.encode_with_regions(contents)
        pairs = zip(readings, rows, strict=True)
        return [_with_regions(encoder, reading, vectors) for reading, vectors in pairs]
    else:
        vectors = encoder.encode_images(contents)
    pairs = zip(readings, vectors, strict=True)
    return [Record(reading.item, vector, reading.stamp) for reading, vector in pairs]


def _with_regions(encoder: Encoder, reading: Reading, vectors: Vectors) -> Record:
    """Make a record from the vectors of an image: (1 + regions, dim), the full image first."""
    size = reading.item.metadata["width"], reading.item.metadata["height"]
    boxes = encoder.region_boxes(size)
    regions = [Region(box, vector) for box, vector in zip(boxes, vectors[1:], strict=True)]
    return Record(reading.item, vectors[0], reading.stamp, regions)
