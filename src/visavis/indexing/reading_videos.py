"""Read videos: each a reading a key frame, all of the same file."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from visavis.collection import image_id
from visavis.datasets import Skipped
from visavis.encoders import Encoder
from visavis.errors import ImageError, reason
from visavis.indexing.reading import ImageFile, Reading, content_id, metadata_of, read
from visavis.stores import Stamp
from visavis.types import Item
from visavis.videos import Frame, at_moment, frame_at, is_video, key_frames, split_moment


def read_video(file: ImageFile, encoder: Encoder) -> list[Reading] | Skipped:
    """Read the frames of a video; the first one, which stands for the file, comes last.

    So the file is known only when all its frames are. Returns Skipped if nothing can be read.
    """
    try:
        content = _content(file.path, file.stamp)
        frames = key_frames(file.path, encoder.image_size)
        readings = [_reading(file, content, frame, encoder) for frame in frames]
    except ImageError as error:
        return Skipped(file.path, error.reason)
    except OSError as error:
        return Skipped(file.path, reason(error))
    if not readings:
        return Skipped(file.path, "no frame in it can be decoded")
    own = replace(readings[0].item, id=content, source=file.path)
    return [*readings[1:], replace(readings[0], item=own)]


def read_any(file: ImageFile, encoder: Encoder) -> Reading | Skipped:
    """Read an image file, or one frame of a video."""
    return (read_moment if is_video(file.path) else read)(file, encoder)


def read_moment(file: ImageFile, encoder: Encoder) -> Reading | Skipped:
    """Read the one frame that the path of a file names: `beach.mp4#t=12.5`, or the first."""
    path, seconds = split_moment(file.path)
    try:
        content = _content(path, file.stamp)
        frame = frame_at(file.path, encoder.image_size)
    except ImageError as error:
        return Skipped(file.path, error.reason)
    except OSError as error:
        return Skipped(file.path, reason(error))
    reading = _reading(replace(file, path=path), content, frame, encoder)
    name = content if seconds is None else _frame_id(content, seconds)
    return replace(reading, item=replace(reading.item, id=name, source=file.path))


def _reading(file: ImageFile, content: str, frame: Frame, encoder: Encoder) -> Reading:
    metadata = metadata_of(file, frame.image.info["full_size"]) | {"seconds": frame.seconds}
    if frame.duration is not None:
        metadata["duration"] = frame.duration
    name, source = _frame_id(content, frame.seconds), at_moment(file.path, frame.seconds)
    item = Item(name, "image", source, None, {**metadata, **file.metadata})
    return Reading(item, file.stamp, encoder.prepare(frame.image))


def _frame_id(content: str, seconds: float) -> str:
    return image_id(f"{content}#t={seconds:.3f}".encode())


@lru_cache(maxsize=16)
def _content(path: str, _: Stamp) -> str:
    return content_id(path)
