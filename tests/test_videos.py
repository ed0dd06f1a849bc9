from __future__ import annotations

import shutil
import sys
from contextlib import suppress

import numpy as np
import pytest

from videos import film, on_its_side
from visavis import video_worker, videos
from visavis.errors import ImageError
from visavis.images import open_image
from visavis.types import Box
from visavis.videos import at_moment, frame_at, is_video, key_frames, split_moment

pytest.importorskip("av", reason="needs the extra video")


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return film(tmp_path_factory.mktemp("videos") / "clip.mp4", ["red", "red", "green", "blue"])


def right(image):
    return np.asarray(image)[:, -8:].reshape(-1, 3).mean(0)


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mp4", "mpeg4"),
        ("a.MOV", "libx264"),
        ("a.mkv", "libx264"),
        ("a.webm", "libvpx"),
        ("a.avi", "mpeg4"),
        ("a.wmv", "wmv2"),
    ],
)
def test_each_scene_gives_a_frame_that_is_found_again_by_its_moment(tmp_path, name, codec):
    path = str(film(tmp_path / name, ["red", "red", "green", "blue"], codec=codec))
    frames = list(key_frames(path))
    assert [np.argmax(right(frame.image)) for frame in frames] == [0, 1, 2]
    assert [frame.seconds for frame in frames] == sorted({frame.seconds for frame in frames})
    assert frames[0].seconds < 0.2
    assert 11.9 < frames[1].seconds < 18 < frames[2].seconds
    for frame in frames:
        assert frame.duration == pytest.approx(24, abs=0.2)
        again = open_image(at_moment(path, frame.seconds))
        assert np.array_equal(again, frame.image)
    assert np.array_equal(open_image(path), frames[0].image)


def test_a_frame_is_an_image_like_any_other(clip):
    source = at_moment(str(clip), 12)
    whole = open_image(source)
    assert (whole.mode, whole.size, whole.info) == ("RGB", (64, 48), {"full_size": (64, 48)})
    assert open_image(source, box=Box(40, 0, 10, 10)).size == (10, 10)
    small = open_image(source, size=8)
    assert (small.size, small.info) == ((21, 16), {"full_size": (64, 48)})
    assert abs(right(small) - right(whole)).max() < 20


def test_phones_turn_their_videos(tmp_path):
    path = on_its_side(film(tmp_path / "a.mp4", ["red"]))
    opened = open_image(path)
    assert (opened.size, opened.info) == ((48, 64), {"full_size": (48, 64)})
    top, bottom = np.asarray(opened)[:8].mean(), np.asarray(opened)[-8:].mean()
    assert top > bottom + 50  # the left half was white, and is turned clockwise


def test_what_shows_nothing_is_left_out_unless_there_is_nothing_else(tmp_path):
    path = film(tmp_path / "a.mp4", ["black", "blue"])
    assert [frame.seconds for frame in key_frames(str(path))] == [10.0]
    assert right(open_image(path))[2] > 200
    path = film(tmp_path / "b.mp4", ["black"])
    assert [frame.seconds for frame in key_frames(str(path))] == [0.0]


def test_a_long_video_gives_a_hundred_frames_at_most(clip, monkeypatch, capfdbinary):
    monkeypatch.setattr(video_worker, "MAX_FRAMES", 2)
    monkeypatch.setattr(sys, "argv", ["worker", str(clip), "0", "all"])
    monkeypatch.setattr(video_worker, "_limit", lambda: None)
    video_worker.main()
    out = capfdbinary.readouterr().out
    assert out.count(b'"seconds"') == 2


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("a.mp4", ("a.mp4", None)),
        ("a.mp4#t=12.5", ("a.mp4", 12.5)),
        ("a#t=1.mov#t=0", ("a#t=1.mov", 0.0)),
        ("a.jpg#t=1", ("a.jpg#t=1", None)),
        ("a.mp4#t=x", ("a.mp4#t=x", None)),
        ("texts.txt#3", ("texts.txt#3", None)),
    ],
)
def test_moments(source, parts):
    assert split_moment(source) == parts
    assert is_video(source) == parts[0].endswith((".mp4", ".mov"))
    if parts[1] is not None:
        assert at_moment(*parts) == source


@pytest.mark.parametrize("seconds", [0.0, 0.04, 12.5, 999.999, 1000.04, 86_399.984])
def test_moments_are_written_to_the_millisecond(seconds):
    assert split_moment(at_moment("a.mp4", seconds)) == ("a.mp4", seconds)


def test_moments_for_people():
    assert [videos.clock(seconds) for seconds in (0, 9.99, 62, 3723.5)] == [
        "0:00",
        "0:09",
        "1:02",
        "1:02:03",
    ]


# What is refused.


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty file"),
        (b"dear diary", "not a video of a known kind"),
        (b"#EXTM3U\nfile:///etc/passwd\n", "not a video of a known kind"),
        (b"\0\0\0\x20ftypisom" + bytes(500), "cannot be decoded"),
        (b"\x1aE\xdf\xa3" + bytes(500), "cannot be decoded|no video"),
    ],
)
def test_what_is_no_video_is_refused(tmp_path, content, why):
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    for open_ in (frame_at, lambda path: list(key_frames(path))):
        with pytest.raises(ImageError, match=why) as caught:
            open_(str(path))
        assert caught.value.source == str(path)
        assert "\n" not in str(caught.value)


def test_missing_files_and_moments(clip, tmp_path):
    with pytest.raises(ImageError, match="no such file"):
        frame_at(str(tmp_path / "none.mp4"))
    with pytest.raises(ImageError, match="no frame"):
        frame_at(at_moment(str(clip), 5000))


def test_sound_without_images_is_refused(tmp_path):
    import av

    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44_100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 44_100
        container.mux([*stream.encode(frame), *stream.encode(None)])
    with pytest.raises(ImageError, match="no video in it"):
        frame_at(str(path))


def test_a_video_that_takes_too_long_is_given_up(clip, monkeypatch):
    monkeypatch.setattr(videos, "SECONDS", 0.01)
    with pytest.raises(ImageError, match=r"takes too long to decode"):
        list(key_frames(str(clip)))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not limit memory")
def test_a_video_that_takes_too_much_memory_is_refused(clip, tmp_path, monkeypatch):
    program = (
        "from visavis import video_worker; video_worker.MEMORY = 60_000_000; video_worker.main()"
    )
    command = [sys.executable, "-c", program]
    start = videos._start
    monkeypatch.setattr(videos, "_start", lambda words: start([*command, *words[3:]]))
    with pytest.raises(ImageError, match=r"memory|crashed|decoded"):
        list(key_frames(str(clip)))


def test_damage_ends_in_fewer_frames_or_an_error(clip, tmp_path):
    chance = np.random.default_rng(0)
    for number in range(8):
        data = bytearray(clip.read_bytes())
        for place in chance.integers(0, len(data), 40):
            data[place] = chance.integers(0, 256)
        path = tmp_path / f"{number}.mp4"
        path.write_bytes(data[: chance.integers(len(data) // 2, len(data))] if number % 2 else data)
        with suppress(ImageError):
            assert len(list(key_frames(str(path)))) <= 100


def test_no_worker_is_left_behind(clip, monkeypatch):
    workers, start = [], videos._start
    monkeypatch.setattr(videos, "_start", lambda c: workers.append(start(c)) or workers[-1])
    frames = key_frames(str(clip))
    next(frames)
    frames.close()
    assert [worker.returncode is not None for worker in workers] == [True]


def test_without_the_extra_the_error_says_what_to_install(clip, monkeypatch):
    from visavis.extra_formats import VIDEOS, ExtraFormat

    lost = ExtraFormat(VIDEOS.name, VIDEOS.suffixes, "video", "no_such", "")
    monkeypatch.setattr(videos, "VIDEOS", lost)
    with pytest.raises(ImageError, match=r"pip install 'visavis\[video\]'"):
        frame_at(str(clip))


def test_the_name_may_be_anything(clip, tmp_path):
    for name in ("-v.mp4", "été 100%.mp4", "a#t=3.mp4", "http:x.mp4"):
        shutil.copy(clip, tmp_path / name)
        assert frame_at(str(tmp_path / name)).seconds == 0.0
