"""Videos: key frames a few seconds and a scene apart, decoded by a process of its own.

A moment of a video is written as in a web address: `beach.mp4#t=12.5`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePath
from threading import BoundedSemaphore, Timer
from typing import IO, TYPE_CHECKING

from visavis.errors import ImageError, MissingExtraError
from visavis.extra_formats import VIDEOS

if TYPE_CHECKING:
    import subprocess

    from PIL.Image import Image

SECONDS = 120
"""A video may take as long; then its worker is killed."""
_MOMENT = re.compile(r"(.+)#t=(\d+(?:\.\d+)?)", re.DOTALL)
_workers = BoundedSemaphore(2)
"""Each worker may take several hundred MB."""


@dataclass(frozen=True, slots=True)
class Frame:
    """An upright RGB frame, `seconds` after the start of a video that takes `duration`.

    `info["full_size"]` of the image holds width and height of the video.
    """

    image: Image
    seconds: float
    duration: float | None


def is_video(source: str | Path) -> bool:
    """Tell by the name whether a source is a video, or a moment of one."""
    return PurePath(split_moment(source)[0]).suffix.lower() in VIDEOS.suffixes


def split_moment(source: str | Path) -> tuple[str, float | None]:
    """Split `beach.mp4#t=12.5` into the path and the seconds, None where there are none."""
    match = _MOMENT.fullmatch(str(source))
    if match and PurePath(match[1]).suffix.lower() in VIDEOS.suffixes:
        return match[1], float(match[2])
    return str(source), None


def at_moment(path: str, seconds: float) -> str:
    """Return the source of a moment: `beach.mp4#t=12.5`."""
    return f"{path}#t={seconds:g}" if seconds < 1000 else f"{path}#t={seconds:.3f}"  # noqa: PLR2004


def clock(seconds: float) -> str:
    """Return a moment for people: `1:02`, `1:02:03`."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def key_frames(path: str, side: int | None = None) -> Generator[Frame, None, None]:
    """Yield the frames of a video that show something new, at most a hundred, in order of time.

    With `side`, frames are shrunk, though not below twice that side. Raises ImageError, also for
    a video that takes too long or too much memory.
    """
    return _frames(path, side, "all")


def frame_at(source: str | Path, side: int | None = None) -> Frame:
    """Return the key frame at a moment of a video; without a moment, the first of `key_frames`.

    Raises ImageError.
    """
    path, seconds = split_moment(source)
    with closing(_frames(path, side, "first" if seconds is None else str(seconds))) as frames:
        frame = next(frames, None)
    if frame is None:
        raise ImageError(str(source), "no frame there")
    return frame


def _frames(path: str, side: int | None, which: str) -> Generator[Frame, None, None]:
    if not VIDEOS.is_there:
        raise ImageError(path, str(MissingExtraError("reading videos", VIDEOS.extra)))
    command = [sys.executable, "-m", "visavis.video_worker", path, str(side or 0), which]
    with _workers, _start(command) as worker:
        timer = Timer(SECONDS, worker.kill)
        timer.start()
        try:
            assert worker.stdout
            while frame := _read(worker.stdout):
                yield frame
            if worker.wait():
                raise ImageError(path, _complaint(worker))
        finally:
            timer.cancel()
            worker.kill()


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    import subprocess  # a search without videos does not pay for it

    pipe, null = subprocess.PIPE, subprocess.DEVNULL
    return subprocess.Popen(command, stdin=null, stdout=pipe, stderr=pipe)  # noqa: S603


def _read(stream: IO[bytes]) -> Frame | None:
    """Read a frame: a line of JSON about it, then its pixels."""
    from PIL import Image

    line = stream.readline()
    if not line.endswith(b"\n"):
        return None
    about = json.loads(line)
    size = tuple(about["size"])
    pixels = stream.read(3 * size[0] * size[1])
    if len(pixels) < 3 * size[0] * size[1]:
        return None
    image = Image.frombytes("RGB", size, pixels)
    image.info = {"full_size": tuple(about["full_size"])}
    return Frame(image, about["seconds"], about["duration"])


def _complaint(worker: subprocess.Popen[bytes]) -> str:
    """Return why a worker failed: in its own words, or by how it ended."""
    assert worker.stderr
    said = worker.stderr.read().decode(errors="replace").strip().splitlines()
    if worker.returncode > 0 and said:
        return said[-1][:200]
    try:
        import signal

        too_long = {-signal.SIGKILL, -signal.SIGXCPU}
    except AttributeError:  # Windows
        too_long = {1}
    if worker.returncode in too_long:
        return f"takes too long to decode (more than {SECONDS} s)"
    return "cannot be decoded (its decoder crashed)"
