"""The relevance of hits: which have one, and how it is read from a model's curve."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from visavis.errors import QueryError
from visavis.queries import Query
from visavis.types import Hit, Modality

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from visavis.encoders import Encoder


def why_no_relevance(
    encoder: Encoder, query: Query, modality: Modality | None, *, regions: bool
) -> str | None:
    """Say why the hits of a search have no relevance; None if they have one.

    It was measured for images found by one text. Scores of texts, of regions and of queries with
    an image or several terms are spread otherwise.
    """
    if encoder.relevance is None:
        return f"model {encoder.id!r} is not calibrated: see `visavis models calibrate`"
    if query.single_text is None:
        return "relevance is known for a query of one text, not for images or several terms"
    if modality != "image" or regions:
        return "relevance is known for images, not for texts or regions"
    return None


def check_least(
    least: float | None,
    encoder: Encoder,
    query: Query,
    modality: Modality | None,
    *,
    regions: bool,
) -> None:
    """Raise QueryError for a least relevance that no hit of this search could be held to."""
    if least is None:
        return
    if not 0 <= least <= 1:
        raise QueryError(f"min_relevance {least:g}: from 0 to 1")
    if why := why_no_relevance(encoder, query, modality, regions=regions):
        raise QueryError(f"min_relevance {least:g}: {why}")


def with_relevance(
    hits: Sequence[Hit], encoder: Encoder, query: Query, images: Callable[[], int]
) -> list[Hit]:
    """Return the hits of a search for full images or texts, images with their relevance.

    `images` counts the images of the collection.
    """
    curve, text = encoder.relevance, query.single_text
    if not hits or curve is None or text is None:
        return list(hits)
    size = images()
    return [
        replace(hit, relevance=round(curve.relevance(hit.score, text, size), 4))
        if hit.modality == "image"
        else hit
        for hit in hits
    ]


def relevance_cut(encoder: Encoder) -> float | None:
    """Return the relevance below which a hit probably does not fit; None without a calibration."""
    return encoder.relevance.cut if encoder.relevance else None


def is_below(hit: Hit, cut: float | None) -> bool:
    """Tell whether a hit probably does not fit: its relevance is known and below the cut."""
    return hit.relevance is not None and cut is not None and hit.relevance < cut
