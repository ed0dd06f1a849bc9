"""Queries: weighted terms, written in Python, as JSON or on a command line."""

from __future__ import annotations

from visavis.queries.algebra import Query, Term, TermSource, decode_image, image, text
from visavis.queries.filters import Where, check_filter, parse_filter, parse_near
from visavis.queries.fusion import DEFAULT_FUSION, FUSIONS, Fusion, LinearQuery, MomentsOf, Terms
from visavis.queries.order import in_order, sort_key
from visavis.queries.parse import parse_query

__all__ = [
    "DEFAULT_FUSION",
    "FUSIONS",
    "Fusion",
    "LinearQuery",
    "MomentsOf",
    "Query",
    "Term",
    "TermSource",
    "Terms",
    "Where",
    "check_filter",
    "decode_image",
    "image",
    "in_order",
    "parse_filter",
    "parse_near",
    "parse_query",
    "sort_key",
    "text",
]
