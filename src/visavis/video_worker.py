"""The process that decodes a video: `python -m visavis.video_worker PATH SIDE all|first|SECONDS`.

Its memory and its time have limits, and whatever a hostile file does to the decoder ends here.
Writes frames to standard output: a line of JSON about each, then its RGB pixels.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from av import Packet, VideoFrame, VideoStream
    from av.container import InputContainer

MEMORY = 700_000_000
CPU_SECONDS = 60
MAX_PIXELS = 40_000_000
"""Larger frames are refused; 8K has 33 million pixels."""
MAX_FRAMES = 100
STEP = 5.0
"""Seconds between two frames, at least."""
_SAME_SCENE = 10.0
"""Frames of 16 × 16 pixels whose values differ by less on average show the same scene."""
_EMPTY = 4.0
"""A frame whose pixels are that close to their mean shows nothing: it fades in, perhaps."""
_CLOSE = 0.002
"""Seconds within which a frame counts as the one at a moment."""
# The first bytes of a file say what reads it: a format that names other files is never tried.
_CONTAINERS = {
    "mov": rb"....(ftyp|moov|mdat|wide|free|skip)",
    "matroska": rb"\x1aE\xdf\xa3",
    "avi": rb"RIFF....AVI ",
    "mpeg": rb"\x00\x00\x01\xba",
    "mpegts": rb"G.{187}G|.{4}G.{191}G",
    "ogg": rb"OggS",
    "asf": rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11",
}


def main() -> None:
    """Write the frames that the arguments ask for; say in one line what fails."""
    path, side, which = sys.argv[1:]
    _limit()
    try:
        with Path(path).open("rb") as file:
            _write_frames(file, int(side), which)
    except MemoryError:
        sys.exit("does not fit in memory")
    except Exception as error:  # noqa: BLE001 - decoders raise nearly all
        said = getattr(error, "strerror", None) or " ".join(str(error).split())
        said = said[:100].lower()
        is_ours = isinstance(error, OSError) and not type(error).__module__.startswith("av")
        sys.exit(said if is_ours else f"cannot be decoded ({said})")


def _limit() -> None:
    """Bound memory and time, where the system can."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _write_frames(file: BinaryIO, side: int, which: str) -> None:
    import av

    av.logging.set_level(None)
    prefix = file.read(512)
    file.seek(0)
    if not prefix:
        sys.exit("empty file")
    found = (f for f, start in _CONTAINERS.items() if re.match(start, prefix, re.DOTALL))
    container_format = next(found, None)
    if container_format is None:
        sys.exit(f"not a video of a known kind ({', '.join(_CONTAINERS)})")
    with av.open(file, "r", format=container_format, metadata_errors="ignore") as container:
        video = _Video(container)
        if which in {"all", "first"}:
            for frame in video.scenes():
                video.write(frame, side)
                if which == "first":
                    break
        else:
            video.write(video.frame_at(float(which)), side)


class _Video:
    """The video of a container, of which only key frames are decoded."""

    def __init__(self, container: InputContainer) -> None:
        if not container.streams.video:
            sys.exit("no video in it")
        stream = container.streams.video[0]
        self._container, self._stream = container, stream
        self._context = stream.codec_context
        self._context.thread_count = 1
        self._context.options = {"max_pixels": str(MAX_PIXELS)}
        self._unit = float(stream.time_base or 1)
        self._start = (stream.start_time or 0) * self._unit
        self.duration = _duration(container, stream)

    def scenes(self) -> Iterator[VideoFrame]:
        """Yield frames that differ from the one before; if all are empty, the first."""
        from PIL.Image import Resampling

        kept, empty, something = b"", None, False
        for frame in self._spread():
            small = frame.reformat(width=16, height=16, format="rgb24").to_image()  # type: ignore[no-untyped-call]
            colours, mean = small.tobytes(), small.resize((1, 1), Resampling.BOX)
            if _difference(colours, mean.resize(small.size).tobytes()) < _EMPTY:
                empty = empty or frame
            elif not kept or _difference(colours, kept) >= _SAME_SCENE:
                kept, something = colours, True
                yield frame
        if empty and not something:
            yield empty

    def _spread(self) -> Iterator[VideoFrame]:
        """Yield key frames from beginning to end, some time apart."""
        step = max(STEP, (self.duration or 0) / MAX_FRAMES)
        moment = last = None
        for _ in range(MAX_FRAMES):
            if moment is not None:
                self._seek(moment)
            packet = self._next_key(last)
            if packet is None:
                return
            last = self._time(packet)
            moment = max(moment or last, last) + step
            if frame := self._decode(packet):
                yield frame

    def frame_at(self, seconds: float) -> VideoFrame:
        """Return the key frame at a moment, or the next one."""
        moment, packet = self._start + seconds, None
        for before in (0.0, 10.0, moment - self._start):  # some formats seek too far
            self._seek(moment - before)
            packet = self._next_key(moment - _CLOSE)
            if packet and self._time(packet) <= moment + _CLOSE:
                break
        frame = packet and self._decode(packet)
        if not frame:
            sys.exit(f"no frame at {seconds:g} s")
        return frame

    def write(self, frame: VideoFrame, side: int) -> None:
        """Write a frame, shrunk by a whole factor, but not below twice the side."""
        factor = max(1, min(frame.width, frame.height) // (2 * side)) if side else 1
        width, height = frame.width // factor, frame.height // factor
        small = frame.reformat(width=width, height=height, format="rgb24", interpolation="AREA")
        image = small.to_image()  # type: ignore[no-untyped-call]
        full = frame.width, frame.height
        if turn := round(frame.rotation / 90) * 90 % 360:
            image = image.rotate(turn, expand=True)
            full = full[::-1] if turn % 180 else full
        about: dict[str, Any] = {
            "seconds": round(float(frame.pts or 0) * self._unit - self._start, 3),
            "duration": self.duration,
            "size": image.size,
            "full_size": full,
        }
        sys.stdout.buffer.write(json.dumps(about).encode() + b"\n" + image.tobytes())
        sys.stdout.buffer.flush()

    def _seek(self, moment: float) -> None:
        import av

        with suppress(av.FFmpegError, OSError):  # what cannot seek is read on
            self._container.seek(int(moment / self._unit), stream=self._stream)

    def _next_key(self, after: float | None) -> Packet[VideoStream] | None:
        for packet in self._container.demux(self._stream):
            if packet.size and packet.is_keyframe and (after is None or self._time(packet) > after):
                return packet
        return None

    def _time(self, packet: Packet[VideoStream]) -> float:
        """Return the time of a packet in seconds; AVI knows only when it is decoded."""
        if packet.pts is None:
            packet.pts = packet.dts
        return (packet.pts or 0) * self._unit

    def _decode(self, packet: Packet[VideoStream]) -> VideoFrame | None:
        import av

        try:
            frames = self._context.decode(packet) or self._context.decode(None)
        except (av.FFmpegError, OSError):
            frames = []  # the next key frame may be sound
        self._context.flush_buffers()
        if not frames:
            return None
        frames[0].pts = packet.pts
        return frames[0]


def _duration(container: InputContainer, stream: VideoStream) -> float | None:
    """Return how many seconds a video takes, as far as the file knows."""
    if stream.duration and stream.time_base:
        return round(float(stream.duration * stream.time_base), 3)
    return round(container.duration / 1e6, 3) if container.duration else None


def _difference(one: bytes, other: bytes) -> float:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)


if __name__ == "__main__":
    main()
