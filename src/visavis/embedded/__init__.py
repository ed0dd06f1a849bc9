"""What cameras and photo programs write into image files and beside them: EXIF, XMP and IPTC."""

from visavis.embedded.base import CAPTION_KEYS, EmbeddedText
from visavis.embedded.read import Embedded, read_embedded
from visavis.embedded.sidecar import read_sidecar

__all__ = ["CAPTION_KEYS", "Embedded", "EmbeddedText", "read_embedded", "read_sidecar"]
