from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import visavis
from visavis.errors import TrainingError
from visavis.images import open_image, squash
from visavis.training.features import FeatureCache, table
from visavis.training.features import cache as module
from visavis.training.towers.backbone import Backbone
from visavis.training.towers.preparation import Preparation


class Tiny(Backbone):
    """A filter over each quarter of the image; counts the images it sees."""

    kinds = ("pooled", "map")
    seen = 0

    def __init__(self, seed=0, size=8):
        torch.manual_seed(seed)
        preparation = Preparation(size, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
        super().__init__("tiny", nn.Conv2d(3, 5, size // 2, size // 2), preparation)
        _ = self.shapes
        self.seen = 0

    def _features(self, x, kind):
        self.seen += len(x)
        found = self.network(x)
        return found if kind == "map" else found.mean(dim=(2, 3))

    def _stem(self):
        return nn.Identity()


@pytest.fixture
def images(tmp_path):
    return make_images(tmp_path / "images", 70)


def make_images(folder, count, seed=0):
    folder.mkdir()
    rng = np.random.default_rng(seed)
    paths = [folder / f"{n:03}.png" for n in range(count)]
    for path in paths:
        Image.fromarray(rng.integers(0, 256, (12, 12, 3), dtype=np.uint8)).save(path)
    return paths


def expected(backbone, kind, path):
    pixels = torch.from_numpy(squash(open_image(path), backbone.size))
    return backbone(pixels[None], kind)[0].detach().numpy()


def agree(found, backbone, kind, paths):
    assert len(found) == len(paths)
    return all(
        np.allclose(found[n], expected(backbone, kind, path), rtol=1e-3, atol=1e-3)
        for n, path in enumerate(paths)
    )


@pytest.mark.parametrize("kind", ["pooled", "map"])
def test_each_row_holds_the_features_of_its_image(tmp_path, images, kind):
    backbone = Tiny()
    found, problems = FeatureCache(tmp_path / "cache").features(backbone, kind, images)
    assert problems == []
    assert found.shape == (70, *backbone.shapes[kind])
    assert agree(found, backbone, kind, images)
    some = np.array([3, 1, 3])
    assert found[some].dtype == np.float16
    assert np.array_equal(found[some][1], found[1])


def test_each_image_passes_the_backbone_once_in_any_order_and_under_any_name(tmp_path, images):
    backbone, cache = Tiny(), FeatureCache(tmp_path / "cache")
    twin = images[0].with_name("twin.png")
    shutil.copy(images[0], twin)
    found, _ = cache.features(backbone, "map", [*images, twin, images[1]])
    assert backbone.seen == len(images)
    assert agree(found, backbone, "map", [*images, twin, images[1]])
    backbone.seen = 0
    images[2].rename(images[2].with_name("renamed.png"))
    turned = [*reversed(images[3:]), images[2].with_name("renamed.png")]
    found, _ = FeatureCache(tmp_path / "cache").features(backbone, "map", turned)
    assert backbone.seen == 0
    assert agree(found, backbone, "map", turned)


def test_weights_kinds_and_sizes_have_tables_of_their_own(tmp_path, images):
    cache = FeatureCache(tmp_path / "cache")
    for backbone in (Tiny(0), Tiny(1), Tiny(0, size=16)):
        for kind in ("pooled", "map"):
            found, _ = cache.features(backbone, kind, images[:5])
            assert agree(found, backbone, kind, images[:5])
    assert len(list((tmp_path / "cache").iterdir())) == 6


def test_a_changed_image_is_computed_again(tmp_path, images):
    backbone, cache = Tiny(), FeatureCache(tmp_path / "cache")
    cache.features(backbone, "pooled", images)
    stamp = images[4].stat()
    Image.new("RGB", (12, 12), "red").save(images[4])
    os.utime(images[4], ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    backbone.seen = 0
    found, _ = cache.features(backbone, "pooled", images)
    assert backbone.seen == 1
    assert agree(found, backbone, "pooled", images)


def test_an_image_that_changes_while_it_is_read_gets_no_wrong_row(tmp_path, images, monkeypatch):
    backbone, cache = Tiny(), FeatureCache(tmp_path / "cache")
    twin = images[0].with_name("twin.png")
    shutil.copy(images[0], twin)

    def identify_then_change(path, identify=module._identify):
        found = identify(path)
        if path == images[0]:
            Image.new("RGB", (12, 12), "blue").save(path)
        return found

    monkeypatch.setattr(module, "_identify", identify_then_change)
    found, problems = cache.features(backbone, "pooled", [*images, twin])
    assert [str(problem) for problem in problems] == [f"{twin}: changed while it was read"]
    assert np.allclose(found[0], expected(backbone, "pooled", images[0]), atol=1e-3)


def test_damaged_and_missing_images_are_listed_and_have_no_row(tmp_path, images):
    backbone, cache = Tiny(), FeatureCache(tmp_path / "cache")
    images[3].write_bytes(images[3].read_bytes()[:60])
    images[5].write_text("no image")
    images[7].unlink()
    for _ in range(2):
        found, problems = cache.features(backbone, "pooled", images)
        assert {Path(problem.where) for problem in problems} == {images[n] for n in (3, 5, 7)}
        good = [n for n in range(70) if n not in {3, 5, 7}]
        for n in good:
            assert np.allclose(found[n], expected(backbone, "pooled", images[n]), atol=1e-3)
        for rows in (3, np.array([1, 5])):
            with pytest.raises(AssertionError, match="could not be opened"):
                found[rows]


def test_progress_counts_computed_images(tmp_path, images):
    backbone, cache, told = Tiny(), FeatureCache(tmp_path / "cache"), []
    cache.features(backbone, "pooled", images[:10])
    cache.features(backbone, "pooled", images, lambda *counts: told.append(counts))
    assert told == [(0, 60), (32, 60), (60, 60)]
    told.clear()
    cache.features(backbone, "pooled", images, lambda *counts: told.append(counts))
    assert told == [(0, 0)]


def test_no_images(tmp_path):
    found, problems = FeatureCache(tmp_path / "cache").features(Tiny(), "map", [])
    assert (found.shape, problems) == ((0, 5, 2, 2), [])


@pytest.mark.parametrize("file", ["values.f16", "hashes"])
@pytest.mark.parametrize("cut", [1, 7, 40, 200])
def test_truncated_files_lose_rows_but_give_no_wrong_one(tmp_path, images, file, cut):
    """A killed run leaves a prefix of what a complete run writes."""
    backbone, cache = Tiny(), FeatureCache(tmp_path / "cache")
    cache.features(backbone, "pooled", images[:40])
    path = next((tmp_path / "cache").iterdir()) / file
    path.write_bytes(path.read_bytes()[:-cut])
    found, _ = cache.features(backbone, "pooled", images)
    assert agree(found, backbone, "pooled", images)
    backbone.seen = 0
    found, _ = cache.features(backbone, "pooled", images)
    assert backbone.seen == 0
    assert agree(found, backbone, "pooled", images)


def test_a_full_disk_is_one_line_and_loses_nothing(tmp_path, images, monkeypatch):
    backbone, cache = Tiny(), FeatureCache(tmp_path / "cache")
    cache.features(backbone, "pooled", images[:10])

    def full(path, start, data, write=table._write):
        write(path, start, data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(table, "_write", full)
        with pytest.raises(TrainingError, match="features cannot be kept, no space left on device"):
            cache.features(backbone, "pooled", images)
    backbone.seen = 0
    found, _ = cache.features(backbone, "pooled", images)
    assert backbone.seen == 60
    assert agree(found, backbone, "pooled", images)


def test_features_beyond_half_precision_are_refused(tmp_path, images):
    backbone = Tiny()
    backbone.network.bias.data[0] = 1e6
    with pytest.raises(TrainingError, match="tiny: its features 'pooled' do not fit"):
        FeatureCache(tmp_path / "cache").features(backbone, "pooled", images)


def test_runs_at_the_same_time_share_the_work(tmp_path, images):
    found = {}

    def run(number):
        order = images[::-1] if number % 2 else images
        found[number] = FeatureCache(tmp_path / "cache").features(backbones[number], "map", order)

    backbones = [Tiny() for _ in range(4)]
    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(backbone.seen for backbone in backbones) == len(images)
    for number, (rows, _) in found.items():
        assert agree(rows, Tiny(), "map", images[::-1] if number % 2 else images)


PATHS = [str(Path(__file__).parents[2]), str(Path(visavis.__file__).parents[1])]
"""Not all of sys.path: other tests put `benchmarks/` on it, with a module `training`."""

KILLED = """
import os, signal, sys
from pathlib import Path
from training.features.test_cache import Tiny
from visavis.training.features import cache, table
cache.BATCH, left = 2, int(sys.argv[3])
original = table._write
def write(path, start, data):
    global left
    left -= 1
    if left == 0:
        original(path, start, data[: len(data) // 3])
        os.kill(os.getpid(), signal.SIGKILL)
    original(path, start, data)
table._write = write
paths = sorted(Path(sys.argv[1]).iterdir())
cache.FeatureCache(Path(sys.argv[2])).features(Tiny(), "map", paths)
"""


@pytest.mark.slow
@pytest.mark.parametrize("writes", [1, 2, 9, 10])
def test_a_run_killed_in_the_middle_of_a_write_resumes_without_a_wrong_row(
    tmp_path, images, writes
):
    arguments = [str(images[0].parent), str(tmp_path / "cache"), str(writes)]
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, *arguments],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(PATHS)},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    backbone = Tiny()
    found, problems = FeatureCache(tmp_path / "cache").features(backbone, "map", images)
    assert problems == []
    assert backbone.seen == len(images) - 2 * ((writes - 1) // 2)
    assert agree(found, backbone, "map", images)
