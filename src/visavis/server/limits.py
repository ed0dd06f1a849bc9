"""How much one request may ask for."""

from __future__ import annotations

UPLOAD_BYTES = 20_000_000
BODY_BYTES = 28_000_000
"""An image in base64, and what stands around it."""
HELD_BYTES = 256_000_000
"""What all requests that are being read may hold in memory together."""
UPLOAD_PIXELS = 40_000_000

TERMS = 16
RESULTS = 200
DEPTH = 5_000
"""How far one can page through the results of one query."""
POINTS = 20_000
TEXT = 2_000
CONDITIONS = 16
CONDITION = 300
METADATA = 50
"""Values of metadata that an item may bring."""
METADATA_TEXT = 10_000
"""Characters of all of them, as JSON."""
NAME = 200
FIELDS = 4
"""Parts of a form that are not files."""
