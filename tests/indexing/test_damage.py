"""Collections whose files are damaged, again and again, in places nobody chose.

VISAVIS_ROUNDS sets how often.
"""

from __future__ import annotations

import os
import random
import shutil

import pytest
from PIL import Image

from fakes import FakeEncoder
from visavis.collection import Collection
from visavis.errors import VisavisError
from visavis.indexing import index

ROUNDS = int(os.environ.get("VISAVIS_ROUNDS", "20"))
IMAGES = 120
PAGE = 4096
QUERIES = ("red", "green", "blue", "a red thing", "vert")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return photos, their collection with its caches, and the answers it gives."""
    folder = tmp_path_factory.mktemp("damage")
    for number in range(IMAGES):
        file = folder / "photos" / f"{number:03}.png"
        file.parent.mkdir(exist_ok=True)
        Image.new("RGB", (8, 8), (number % 256, number * 7 % 256, number * 31 % 256)).save(file)
    with Collection.create(folder / "c", FakeEncoder()) as collection:
        index([folder / "photos"], collection, regions=True)
    return folder, answers(folder / "c")


def answers(location):
    with Collection.open(location, FakeEncoder()) as collection:
        collection.store.check()
        plain = [collection.search(query, 20) for query in QUERIES]
        composed = collection.search("red", 5, regions=True)
        return [*plain, composed, collection.stats().images]


def flip(data, chance):
    for place in chance.choices(range(len(data)), k=chance.choice([1, 10, 1000])):
        data[place] ^= 1 << chance.randrange(8)


def zero(data, chance):
    start = chance.randrange(0, len(data), PAGE)
    data[start : start + PAGE * chance.choice([1, 4])] = bytes(len(data[start : start + PAGE]))


def cut(data, chance):
    del data[chance.randrange(len(data)) :]


def scramble(data, chance):
    start = chance.randrange(0, len(data), PAGE)
    data[start : start + PAGE] = chance.randbytes(len(data[start : start + PAGE]))


def damaged(whole, tmp_path, pattern, damages, chance):
    """Copy the collection and damage one file; return the copy and what was done."""
    location = tmp_path / "damaged"
    shutil.rmtree(location, ignore_errors=True)
    shutil.copytree(whole / "c", location)
    file = chance.choice(sorted(location.glob(pattern)))
    damage, data = chance.choice(damages), bytearray(file.read_bytes())
    damage(data, chance)
    file.write_bytes(data)
    return location, f"{damage.__name__} {file.name}"


@pytest.mark.slow
def test_a_damaged_cache_changes_no_answer(whole, tmp_path):
    folder, right = whole
    for seed in range(ROUNDS):
        chance = random.Random(seed)
        location, what = damaged(folder, tmp_path, "cache/*", [flip, zero, cut, scramble], chance)
        assert answers(location) == right, (seed, what)


@pytest.mark.slow
def test_a_database_with_damaged_pages_says_so_or_answers_right(whole, tmp_path):
    folder, right = whole
    noticed = 0
    for seed in range(ROUNDS):
        chance = random.Random(seed)
        location, what = damaged(folder, tmp_path, "*.sqlite", [zero, cut, scramble], chance)
        if chance.random() < 0.5:
            shutil.rmtree(location / "cache")
        try:
            assert answers(location) == right, (seed, what)
        except VisavisError as error:
            noticed += 1
            assert "\n" not in str(error), (seed, what)  # noqa: PT017
    assert noticed > ROUNDS / 2


@pytest.mark.slow
def test_flipped_bits_in_a_database_end_in_no_other_exception(whole, tmp_path):
    """What they change within a text cannot be told; nothing but the copy is harmed."""
    folder, right = whole
    for seed in range(ROUNDS):
        location, _ = damaged(folder, tmp_path, "*.sqlite", [flip], random.Random(seed))
        try:
            answers(location)
            with Collection.open(location, FakeEncoder()) as collection:
                index([folder / "photos"], collection)
        except VisavisError as error:
            assert "\n" not in str(error), seed  # noqa: PT017
    assert answers(folder / "c") == right
