"""Open, orient, resize and crop images; no other module opens one."""

from __future__ import annotations

from contextlib import closing, contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

import numpy as np

from visavis.embedded import Embedded, read_embedded
from visavis.errors import ImageError, reason
from visavis.image_formats import decoder_of, kind_of
from visavis.image_memory import budget, check_memory, coefficient_bytes
from visavis.jpeg_2000 import reduce_for
from visavis.remote import is_remote, read_bytes
from visavis.types import Box, Pixels
from visavis.videos import frame_at, is_video

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.Image import Image

ImageInput: TypeAlias = "str | Path | bytes | BinaryIO | Image | Pixels"
"""A path or URL, the bytes of a file, an open file, a PIL image or an array (height, width, 3)."""

MAX_PIXELS = 200_000_000
"""Larger images are refused unread; no camera makes them."""

_LARGE = 16_000_000
"""Images with more pixels are shrunk before they are converted, if a size is asked for."""
_LONGEST = 32_768
_UNREAD_TIFF = {"webp"}
"""Compressions that Pillow's libtiff lacks; it would print that to stderr by itself."""
_TILE = 1 << 10

_ON_THEIR_SIDE = {5, 6, 7, 8}
"""EXIF orientations that swap width and height."""


def open_image(
    source: ImageInput,
    *,
    size: int | None = None,
    box: Box | None = None,
    name: str = "",
    embedded: bool = False,
) -> Image:
    """Open an image as a person sees it: upright, RGB, transparent parts on white.

    Of an animation or of several pages it is the first, of a video the frame at the moment that
    its path names (`beach.mp4#t=12.5`); 16-bit and float images are scaled to 8 bits. What a file
    contains decides, not its name, where that is enough. `size` is the side the caller will
    resize to: a large JPEG is then decoded at a fraction of its size, never below twice that
    side. `box` cuts a rectangle out of the upright image at full size. `info["full_size"]` holds
    width and height of the full upright image; with `embedded`, `info["embedded"]` holds the
    metadata in the file, see `read_embedded`. Threads that open large images wait for each
    other, to bound memory. `name` is that of the file whose bytes the source is: only a named
    file may be of the formats that an extra reads. Raises ImageError.
    """
    name = name or _name(source)
    if box:
        size = None
    with _refusing(name), _decoded(source, name, size) as decoded:
        if size and decoded.width * decoded.height > _LARGE:
            image = _turn(_shrunk_rgb(decoded, size), _orientation(decoded))
        else:
            image = _rgb(_turn(decoded, _orientation(decoded)))
        full_size = decoded.info.get("full_size", decoded.size)
        # A caller who saves the image must not write the old orientation into it.
        image.info = {"full_size": _turned(full_size, image)}
        if embedded:
            image.info["embedded"] = read_embedded(decoded)
        return _crop(image, box, name) if box else image


def measure(source: str | Path | bytes | BinaryIO) -> tuple[int, int]:
    """Return width and height of the upright image from its first bytes, nothing decoded.

    Raises ImageError. An image that can be measured may still be damaged further on.
    """
    with _header(source) as image:
        return _upright_size(image)


def read_header(source: str | Path | bytes | BinaryIO) -> tuple[tuple[int, int], Embedded]:
    """Return the size as `measure` does, and the metadata in the file; raises ImageError."""
    with _header(source) as image:
        return _upright_size(image), read_embedded(image)


def crop(image: Image, box: Box) -> Image:
    """Cut out the part of `box` inside the image; raise ImageError if there is none."""
    return _crop(image, box, "image")


def squash(image: Image, size: int) -> Pixels:
    """Resize to a square without keeping the aspect ratio: (size, size, 3)."""
    from PIL.Image import Resampling

    return np.array(image.resize((size, size), Resampling.BICUBIC))


def thumbnail_jpeg(image: Image, side: int) -> bytes:
    """Encode an RGB image as JPEG, shrunk if a side is longer than `side`."""
    return _shrunk(image, side, "JPEG", quality=85)


def thumbnail_webp(image: Image, side: int) -> bytes:
    """Encode an RGB image as WebP, shrunk if a side is longer than `side`: two thirds of a JPEG."""
    return _shrunk(image, side, "WEBP", quality=80, method=2)


def _shrunk(image: Image, side: int, kind: str, **options: int) -> bytes:
    small = image.copy()
    small.thumbnail((side, side))
    buffer = BytesIO()
    small.save(buffer, kind, **options)
    return buffer.getvalue()


def _name(source: ImageInput) -> str:
    if isinstance(source, str | Path):
        return str(source)
    return str(getattr(source, "name", "image"))


@contextmanager
def _header(source: str | Path | bytes | BinaryIO) -> Iterator[Image]:
    """Open an image without decoding it, except where its header tells no size."""
    from visavis.lazy_image import LazyImage

    name = _name(source)
    with _refusing(name), closing(_file(source)) as file:
        image, kind = _begin(file, name)
        if isinstance(image, LazyImage):
            with budget.hold(check_memory(image, kind, name)):
                image.load()
        yield image


def _upright_size(image: Image) -> tuple[int, int]:
    width, height = image.size
    return (height, width) if _orientation(image) in _ON_THEIR_SIDE else (width, height)


@contextmanager
def _decoded(source: ImageInput, name: str, size: int | None) -> Iterator[Image]:
    """Hold the pixels of a source as they are stored: not upright yet, in any mode."""
    from PIL import Image

    if isinstance(source, Image.Image):
        yield source
    elif isinstance(source, np.ndarray):
        yield Image.fromarray(_checked(source, name))
    elif isinstance(source, str | Path) and is_video(source):
        yield frame_at(source, size).image
    elif not isinstance(source, str | Path | bytes) and not hasattr(source, "read"):
        given = type(source).__name__
        raise ImageError(name, f"a path, bytes, a PIL image or an array is needed, not {given}")
    else:
        with closing(_file(source)) as file, _decode(file, name, size) as image:
            yield image


def _checked(pixels: np.ndarray, name: str) -> Pixels:
    """Return an array that is an RGB image; raise ImageError for any other."""
    rgb = pixels.shape[2:] == (3,)
    if not rgb or pixels.dtype != np.uint8 or not pixels.size:
        given = f"{pixels.dtype} {pixels.shape}"
        raise ImageError(name, f"an array must be uint8 (height, width, 3), not {given}")
    return pixels


def _file(source: str | Path | bytes | BinaryIO) -> BinaryIO:
    if isinstance(source, str) and is_remote(source):
        return BytesIO(read_bytes(source))
    if isinstance(source, str | Path):
        return Path(source).open("rb")
    return BytesIO(source if isinstance(source, bytes) else source.read())


@contextmanager
def _refusing(name: str) -> Iterator[None]:
    """Turn any exception into an ImageError: decoders raise nearly all of them."""
    try:
        yield
    except ImageError:
        raise
    except Exception as error:
        raise ImageError(name, _reason(error)) from error


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return reason(error)
    if isinstance(error, MemoryError):
        return "does not fit in memory"
    message = " ".join(str(error).split())[:100] or type(error).__name__
    if isinstance(error, EOFError) or "truncated" in message.lower():
        return "truncated"
    return f"cannot be decoded ({message})"


def _begin(file: BinaryIO, name: str) -> tuple[Image, str]:
    """Read the header of a file, and tell its kind; pixels are not decoded yet."""
    prefix = file.read(64)
    if not prefix:
        raise ImageError(name, "empty file")
    kind = kind_of(prefix, name)
    decoder = decoder_of(kind, name, MAX_PIXELS)
    file.seek(0)
    image = decoder(file, "")
    if kind == "TIFF" and image.info.get("compression") in _UNREAD_TIFF:
        raise ImageError(name, f"a TIFF with {image.info['compression']} compression is not read")
    width, height = image.size
    if width * height > MAX_PIXELS:
        most = MAX_PIXELS // 1_000_000
        raise ImageError(name, f"{width} x {height} pixels, more than {most} million")
    return image, kind


@contextmanager
def _decode(file: BinaryIO, name: str, size: int | None) -> Iterator[Image]:
    image, kind = _begin(file, name)
    full_size = image.size
    halved, coefficients = 0, coefficient_bytes(image)
    if size and kind == "JPEG2000":
        halved = reduce_for(image, file, size)
    elif size:
        image.draft(None, (2 * size, 2 * size))
    with budget.hold(check_memory(image, kind, name, halved=halved, beside=coefficients)):
        try:
            image.load()
            image.info.setdefault("full_size", full_size)
            yield image
        finally:
            image.close()  # now, not when the garbage collector finds Pillow's cycles


def _turn(image: Image, orientation: int) -> Image:
    """Turn an image upright that is stored in an EXIF orientation."""
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    turn = turns.get(orientation)
    return image if turn is None else image.transpose(turn)


def _turned(size: tuple[int, int], upright: Image) -> tuple[int, int]:
    """Swap width and height if the image was stored on its side."""
    width, height = size
    on_its_side = (width - height) * (upright.width - upright.height) < 0
    return (height, width) if on_its_side else size


def _orientation(image: Image) -> int:
    """Return the EXIF orientation, or 1 (upright) if it is damaged: the image may be sound."""
    from PIL.ExifTags import Base

    try:
        return int(image.getexif().get(Base.Orientation, 1))
    except Exception:  # noqa: BLE001
        return 1


def _shrunk_rgb(image: Image, size: int) -> Image:
    """Convert a large image to RGB tile by tile, each shrunk by a whole factor at once.

    No side becomes shorter than twice the `size`, except of an image that is extremely long.
    """
    from PIL import Image

    width, height = image.size
    factor = max(1, min(width, height) // (2 * size), max(width, height) // _LONGEST)
    side = max(1, _TILE // factor) * factor
    top = _highest(image, side) if _is_deep(image) else None
    small = Image.new("RGB", (-(-width // factor), -(-height // factor)))
    for tile, (x, y) in _tiles(image, side):
        small.paste(_rgb(tile, top).reduce(factor), (x // factor, y // factor))
    small.info = image.info
    return small


def _tiles(image: Image, side: int) -> Iterator[tuple[Image, tuple[int, int]]]:
    """Yield squares of an image, smaller at its right and lower edge, with their corners."""
    for y in range(0, image.height, side):
        for x in range(0, image.width, side):
            right, bottom = min(x + side, image.width), min(y + side, image.height)
            yield image.crop((x, y, right, bottom)), (x, y)


def _rgb(image: Image, top: float | None = None) -> Image:
    """Convert to RGB on white; `top` is the highest value of an image that is not of 8 bits."""
    from PIL import Image

    if _is_deep(image):
        return Image.fromarray(_eight_bits(image, top)).convert("RGB")
    if image.has_transparency_data:
        colours = image.convert("RGBA")
        image = Image.new("RGBA", colours.size, "white")
        image.alpha_composite(colours)
    return image.convert("RGB")


def _is_deep(image: Image) -> bool:
    """Tell whether an image holds one channel of integers or floats with more than 8 bits."""
    return image.mode == "F" or image.mode.startswith("I")


def _highest(image: Image, side: int) -> float:
    return max(float(np.nan_to_num(np.asarray(tile)).max()) for tile, _ in _tiles(image, side))


def _eight_bits(image: Image, top: float | None = None) -> Pixels:
    """Scale grey values to 0 … 255 by the smallest usual full scale above them.

    Integers of 12 bits are usual too. The value of a PNG that stands for transparent is white.
    """
    deep = np.asarray(image)
    values = np.nan_to_num(deep.astype(np.float32))
    scales = (1.0, 255.0, 65535.0) if deep.dtype.kind == "f" else (4095.0, 65535.0)
    if top is None:
        top = float(values.max())
    scale = next((scale for scale in scales if top <= scale), top)
    grey: Pixels = np.clip(values * (255 / scale), 0, 255).round().astype(np.uint8)
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        grey[deep == transparent] = 255
    return grey


def _crop(image: Image, box: Box, name: str) -> Image:
    left, top = max(box.x, 0), max(box.y, 0)
    right = min(box.x + box.width, image.width)
    bottom = min(box.y + box.height, image.height)
    if left >= right or top >= bottom:
        raise ImageError(name, f"box {box} lies outside its {image.width} x {image.height} pixels")
    return image.crop((left, top, right, bottom))
