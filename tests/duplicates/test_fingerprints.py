import numpy as np
import pytest
from PIL import Image

from images import encoded, gradient
from photographs import paint
from visavis.duplicates import fingerprints
from visavis.duplicates.fingerprints import SAME, comparable, fingerprint, read_fingerprints


def similarity(one, other, tmp_path):
    prints = []
    for number, image in enumerate((one, other)):
        path = tmp_path / f"{number}.png"
        path.write_bytes(image if isinstance(image, bytes) else encoded(image, "PNG"))
        prints.append(fingerprint(str(path)))
    first, second = comparable(np.stack(prints))
    return float(first @ second)


def photograph(seed):
    values = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    return Image.fromarray(values).resize((640, 480), Image.Resampling.BICUBIC)


@pytest.mark.parametrize("seed", range(5))
def test_versions_of_a_picture_match_and_others_do_not(seed, tmp_path):
    picture = photograph(seed)
    for version in (
        picture.resize((160, 120)),
        encoded(picture, "JPEG", quality=30),
        encoded(picture, "WEBP", quality=50),
        picture.point(lambda value: value * 0.7),
    ):
        assert similarity(picture, version, tmp_path) >= SAME
    for other in (photograph(seed + 100), picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)):
        assert similarity(picture, other, tmp_path) < 0.9


def test_pictures_of_one_colour_match_nothing(tmp_path):
    for colour in ("red", "black", "grey"):
        plain = Image.new("RGB", (50, 50), colour)
        assert similarity(plain, plain, tmp_path) == 0
    assert np.isfinite(comparable(np.zeros((2, 192), np.uint8))).all()


@pytest.fixture
def files(tmp_path):
    return {name: str(paint(tmp_path / f"{name}.png", name)) for name in ("red", "green")}


def test_each_file_is_read_once(files, tmp_path, monkeypatch):
    cache, told = tmp_path / "cache" / "f.npz", []
    first = read_fingerprints(files, cache, 2, lambda *counts: told.append(counts))
    assert told == [(1, 2), (2, 2)]
    monkeypatch.setattr(fingerprints, "open_image", None)
    again = read_fingerprints(files, cache, 2)
    assert {name: tuple(each) for name, each in first.items()} == {
        name: tuple(each) for name, each in again.items()
    }


@pytest.mark.parametrize("damage", ["flip", "cut", "other", "empty"])
def test_a_damaged_cache_is_read_again(files, tmp_path, damage):
    cache = tmp_path / "f.npz"
    before = read_fingerprints(files, cache, 1)
    data = bytearray(cache.read_bytes())
    if damage == "flip":
        place = data.index(before["red"].tobytes())
        data[place] ^= 1
    changed = {"cut": data[: len(data) // 2], "other": b"no cache", "empty": b""}
    cache.write_bytes(changed.get(damage, data))
    after = read_fingerprints(files, cache, 1)
    assert np.array_equal(before["red"], after["red"])


def test_what_was_read_stays_when_it_is_stopped(files, tmp_path):
    def stop(done, _):
        if done == 1:
            raise KeyboardInterrupt

    cache = tmp_path / "f.npz"
    with pytest.raises(KeyboardInterrupt):
        read_fingerprints(files, cache, 1, stop)
    assert list(fingerprints._load(cache)) == ["red"]


def test_unreadable_files_have_none(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"no image")
    assert read_fingerprints({"a": str(tmp_path / "a.jpg")}, tmp_path / "f.npz", 1) == {}
    assert not (tmp_path / "f.npz").exists()


def test_a_gradient_is_not_flat():
    assert comparable(np.asarray(gradient(8, 8)).reshape(1, 192)).any()
