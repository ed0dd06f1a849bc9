"""RAW photographs: the preview that the camera put into the file, or half the size if none."""

from __future__ import annotations

from functools import partial
from io import BytesIO
from typing import BinaryIO

import numpy as np
import rawpy
from PIL import Image
from PIL.ExifTags import Base
from PIL.JpegImagePlugin import JpegImageFile

from visavis.lazy_image import LazyImage

_ORIENTATIONS = {3: 3, 5: 8, 6: 6}
"""EXIF orientations by LibRaw's numbers for how an image is to be turned."""


def open_file(file: BinaryIO, _: str = "") -> Image.Image:
    """Return the preview, a JPEG not decoded yet; without one, what `load` will develop."""
    with rawpy.imread(file) as raw:
        try:
            preview = raw.extract_thumb()
        except (rawpy.LibRawNoThumbnailError, rawpy.LibRawUnsupportedThumbnailError):
            sizes = raw.sizes
            return LazyImage((sizes.raw_width, sizes.raw_height), partial(_develop, file))
        if preview.format is rawpy.ThumbFormat.JPEG:
            return JpegImageFile(BytesIO(bytes(preview.data)))
        image = Image.fromarray(np.asarray(preview.data))
        image.getexif()[Base.Orientation] = _ORIENTATIONS.get(raw.sizes.flip, 1)
        return image


def _develop(file: BinaryIO) -> Image.Image:
    """Develop at half the size, upright."""
    file.seek(0)
    with rawpy.imread(file) as raw:
        return Image.fromarray(raw.postprocess(half_size=True, use_camera_wb=True))
