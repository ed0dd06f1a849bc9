"""Limits of one request."""

from __future__ import annotations

UPLOAD_BYTES = 20_000_000
BODY_BYTES = 28_000_000
"""An image of `UPLOAD_BYTES` in base64, with the rest of the request."""
BATCH_BYTES = 64_000_000
"""A request with many images."""
BATCH_FILES = 100
HELD_BYTES = 256_000_000
"""All request bodies in memory together."""
RESERVED_BYTES = 32_000_000
"""The part of it that only small bodies may use."""
SMALL_BYTES = 250_000
CLIENT_BYTES = 96_000_000
"""Bodies of one client in memory; small ones are read beyond it."""
UPLOAD_PIXELS = 40_000_000

TERMS = 16
RESULTS = 200
DEPTH = 5_000
"""Hits of one query that can be paged through."""
POINTS = 20_000
TEXT = 2_000
CONDITIONS = 16
CONDITION = 300
METADATA = 50
"""Metadata keys of an added item."""
METADATA_TEXT = 10_000
"""Characters of its metadata, as JSON."""
NAME = 200
MANY = 1_000
"""Items of one request."""
FIELDS = 4
"""Parts of a form that are not files."""
