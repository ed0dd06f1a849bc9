"""What to look for: terms with weights, written in Python, as JSON or on a command line."""

from __future__ import annotations

from visavis.queries.algebra import Query, Term, image, text
from visavis.queries.filters import parse_filter
from visavis.queries.fusion import DEFAULT_FUSION, FUSIONS, Fusion, LinearQuery, MomentsOf, Terms
from visavis.queries.parse import parse_query

__all__ = [
    "DEFAULT_FUSION",
    "FUSIONS",
    "Fusion",
    "LinearQuery",
    "MomentsOf",
    "Query",
    "Term",
    "Terms",
    "image",
    "parse_filter",
    "parse_query",
    "text",
]
