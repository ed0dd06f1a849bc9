"""What cameras and photo programs write into image files: EXIF, XMP and IPTC."""

from visavis.embedded.base import CAPTION_KEYS, EmbeddedText
from visavis.embedded.read import Embedded, read_embedded

__all__ = ["CAPTION_KEYS", "Embedded", "EmbeddedText", "read_embedded"]
