"""What every reader of datasets promises."""

from __future__ import annotations

import pytest

from dataset_samples import ALL, BILINGUAL
from visavis.datasets import Dataset, load_dataset
from visavis.datasets.base import DATASETS
from visavis.errors import DatasetError


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "cache"))


@pytest.fixture(params=BILINGUAL)
def bilingual(request, place):
    return request.param(place)


@pytest.fixture(params=ALL)
def spec(request, place):
    return request.param(place)


def test_datasets_of_all_readers_are_consistent(spec):
    dataset = load_dataset(spec)
    assert isinstance(dataset, Dataset)
    assert dataset.images
    assert all(path.is_file() for path in dataset.images.values())
    assert dataset.splits.keys() == dataset.images.keys()
    assert {caption.image for caption in dataset.captions} <= dataset.images.keys()
    keys = [caption.key for caption in dataset.captions]
    assert len(set(keys)) == len(keys)
    assert all(caption.text == caption.text.strip() != "" for caption in dataset.captions)


def test_both_languages_can_be_selected(bilingual):
    dataset = load_dataset(bilingual)
    for lang in ("en", "fr"):
        chosen = dataset.select(lang=lang)
        assert {caption.lang for caption in chosen.captions} == {lang}
        assert chosen.images == dataset.images


def test_reading_twice_gives_equal_datasets(spec):
    assert load_dataset(spec) == load_dataset(spec)


def test_skipped_rows_are_one_line_and_name_their_file(spec, tmp_path):
    for row in load_dataset(spec).skipped:
        assert row.where.startswith(str(tmp_path))
        assert "\n" not in str(row)


WRONG = {
    "empty.bin": b"",
    "noise.bin": bytes(range(256)) * 20,
    "other.json": b'{"weights": [1, 2, 3]}',
    "list.json": b"[1, [2], null]",
    "deep.json": b"[" * 100_000,
    "prose.txt": "Il était une fois,\nun fichier qui n'est pas un jeu de données.\n".encode(),
    "header.csv": b"image,text\n",
    "folder": None,
    "missing": None,
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("reader", [name for name in DATASETS.names() if name != "shapes"])
def test_a_wrong_file_is_refused_in_one_line(reader, name, tmp_path, place):
    path = tmp_path / name
    if name == "folder":
        path.mkdir()
    elif name != "missing":
        place(name, WRONG[name])
    with pytest.raises(DatasetError) as caught:
        load_dataset(f"{reader}:{path}")
    (line,) = str(caught.value).splitlines()
    assert name in line
    assert len(line) < 400


def test_every_reader_has_a_sample(place, monkeypatch):
    used = set()
    for reader in DATASETS.names():
        real = DATASETS.get(reader)

        def read(path, columns=None, *, reader=reader, real=real):
            used.add(reader)
            return real(path, columns) if columns else real(path)

        monkeypatch.setitem(DATASETS._objects, reader, read)
    for number, sample in enumerate(ALL):
        load_dataset(sample(lambda name, *content, n=number: place(f"{n}/{name}", *content)))
    assert used == set(DATASETS.names())
