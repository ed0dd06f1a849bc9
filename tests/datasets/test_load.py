from __future__ import annotations

import pytest

from dataset_samples import table
from visavis.datasets import Dataset, load_dataset
from visavis.datasets.base import DATASETS
from visavis.errors import DatasetError, UnknownNameError


def test_a_tilde_is_the_home_folder(place, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    table(place)
    assert load_dataset("csv:~/t/t.csv") == load_dataset("~/t/t.csv")


def test_paths_may_contain_colons(place):
    place("a:b/a.jpg", b"")
    path = place("a:b/t.csv", "image,text\na.jpg,a dog\n")
    assert len(load_dataset(str(path)).captions) == 1
    assert len(load_dataset(f"csv:{path}").captions) == 1


def test_a_text_file_is_a_table_if_its_first_line_names_columns(place):
    place("Images/a.jpg", b"")
    path = place("captions.txt", 'image,caption\na.jpg,"a dog, asleep"\n')
    dataset = load_dataset(str(path))
    assert [caption.text for caption in dataset.captions] == ["a dog, asleep"]
    assert load_dataset(str(path.parent)) == dataset
    place("captions.txt", "a dog, asleep\n")
    assert load_dataset(str(path.parent)).name != "captions"
    with pytest.raises(DatasetError, match="no dataset"):
        load_dataset(str(path))


def test_an_unknown_reader_is_refused():
    with pytest.raises(UnknownNameError, match="did you mean 'flickr8k'"):
        load_dataset("flikr8k:somewhere")


@pytest.mark.parametrize("spec", ["", "nowhere", "C:\\nowhere", "nowhere/at.all", "flickr8k:"])
def test_a_missing_path_is_refused(spec, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DatasetError) as caught:
        load_dataset(spec)
    assert "expected a folder of images, a .csv or .jsonl file, or READER:PATH" in str(caught.value)
    assert str(caught.value).endswith(f": {', '.join(DATASETS.names())}")


def test_a_registered_reader_is_used(monkeypatch):
    monkeypatch.setattr(DATASETS, "_objects", dict(DATASETS._objects))

    @DATASETS.register("mine")
    def read_mine(path):
        return Dataset(path, {"a": path}, (), {"a": "none"})

    assert load_dataset("mine:x/y").name == "x/y"
