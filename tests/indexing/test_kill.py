"""Indexing that is killed, again and again, at moments nobody chose.

VISAVIS_ROUNDS sets how often.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fakes import FakeEncoder
from visavis.collection import Collection, image_id
from visavis.indexing import index

KILLS = int(os.environ.get("VISAVIS_ROUNDS", "10"))
IMAGES, COPIES, DAMAGED, TEXTS = 300, 30, 12, 40

PROGRAM = """
import sys, time
sys.path.insert(0, sys.argv[1])
from fakes import FakeEncoder
from visavis.collection import Collection
from visavis.indexing import index

class SlowEncoder(FakeEncoder):
    def encode_images(self, images):
        time.sleep(0.02 * len(images))
        return super().encode_images(images)

with Collection.open(sys.argv[2], SlowEncoder()) as collection:
    print("ready", flush=True)
    index([sys.argv[3]], collection)
"""


@pytest.fixture
def photos(tmp_path):
    """Return a folder with copies, damaged files and captions, and the ids that are readable."""
    folder, rng = tmp_path / "photos", random.Random(0)
    for part in ("a", "b", "c/d"):
        (folder / part).mkdir(parents=True)
    files = []
    for number in range(IMAGES):
        file = folder / rng.choice(["a", "b", "c/d"]) / f"{number:03}.png"
        colour = (number % 256, number // 256, rng.randrange(256))
        Image.new("RGB", (16, 16), colour).save(file)
        files.append(file)
    for number, file in enumerate(rng.sample(files, COPIES)):
        shutil.copy(file, folder / "b" / f"copy{number}.png")
    for number, file in enumerate(rng.sample(files, DAMAGED)):
        (folder / "a" / f"damaged{number}.png").write_bytes(file.read_bytes()[:50])
    for number, file in enumerate(rng.sample(files, TEXTS)):
        file.with_suffix(".txt").write_text(f"caption {number}\n")
    return folder


@pytest.mark.slow
def test_killed_again_and_again_nothing_is_lost_or_doubled(tmp_path, photos):
    location = tmp_path / "killed"
    Collection.create(location, FakeEncoder()).close()
    kept = kill_again_and_again(location, photos)
    assert len(set(kept)) > 2, "the kills came too early or too late to show anything"
    with Collection.open(location, FakeEncoder()) as collection:
        report = index([photos], collection)
        found = collection.store.sources()
        whole = state_of(collection)
    assert {Path(problem.where).name for problem in report.skipped} == {
        f"damaged{number}.png" for number in range(DAMAGED)
    }
    readable = {
        str(file): image_id(file.read_bytes())
        for file in photos.rglob("*.png")
        if not file.name.startswith("damaged")
    }
    assert {s: state.id for s, state in found.items() if "#" not in s} == readable
    assert len(found) == IMAGES + COPIES + TEXTS
    assert_sound(location)
    with Collection.create(tmp_path / "clean", FakeEncoder()) as collection:
        index([photos], collection)
        assert_same(whole, state_of(collection))


def kill_again_and_again(location, photos):
    """Return how many items were kept after each kill."""
    chance, kept = random.Random(), []
    for _ in range(KILLS):
        command = [sys.executable, "-c", PROGRAM, str(Path(__file__).parents[1]), location, photos]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert process.stdout.readline() == b"ready\n"
        time.sleep(chance.uniform(0, 1.2))
        process.kill()
        process.communicate()
        with Collection.open(location, FakeEncoder()) as collection:
            kept.append(collection.stats().images)
        assert_sound(location)
    assert kept == sorted(kept), "what was committed stays"
    return kept


def assert_sound(location):
    with closing(sqlite3.connect(location / "collection.sqlite")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        (without,) = database.execute(
            """SELECT count(*) FROM items LEFT JOIN vectors ON item = row
            WHERE length(vector) IS NOT 72"""  # 16 numbers and a checksum
        ).fetchone()
        assert without == 0, "an item has no vector, or one of another length"


def state_of(collection):
    ids = sorted(state.id for state in collection.store.sources().values())
    return collection.store.sources(), collection.store.get(ids), collection.store.vectors(ids)


def assert_same(one, other):
    assert one[0] == other[0]
    assert one[1] == other[1]
    np.testing.assert_array_equal(one[2], other[2])
