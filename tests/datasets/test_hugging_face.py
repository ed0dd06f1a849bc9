from __future__ import annotations

import socket
import sys

import pytest

from datasets import Dataset, DatasetDict, Image
from visavis.datasets import load_dataset
from visavis.errors import DatasetError, MissingExtraError


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "cache"))


def rows(place, *names, **columns):
    pictures = [{"bytes": place(f"{name}.png").read_bytes(), "path": None} for name in names]
    table = Dataset.from_dict({"picture": pictures, **columns})
    return table.cast_column("picture", Image())


def test_splits_have_our_names_and_images_are_unpacked_once(place, tmp_path):
    parts = {
        "train": rows(place, "a", text=["a dog"]),
        "validation": rows(place, "b/b", text=["un chat"], lang=["fr"]),
    }
    DatasetDict(parts).save_to_disk(tmp_path / "saved")
    (tmp_path / "b/b.png").write_bytes(b"another")
    found = load_dataset(f"hf:{tmp_path / 'saved'}")
    assert [(c.text, c.lang) for c in found.captions] == [("a dog", "en")]
    assert found.skipped[0].reason == "split 'dev', but the image is already in 'train'"
    (image,) = found.images.values()
    before = image.stat().st_mtime_ns
    load_dataset(f"hf:{tmp_path / 'saved'}")
    assert image.stat().st_mtime_ns == before
    assert image.is_relative_to(tmp_path / "cache")


def test_captions_of_one_image_in_several_rows_belong_together(place, tmp_path):
    rows(place, "a", "a", text=["a dog", "two dogs"]).save_to_disk(tmp_path / "saved")
    found = load_dataset(f"hf:{tmp_path / 'saved'}")
    assert len(found.images) == 1
    assert [c.text for c in found.captions] == ["a dog", "two dogs"]


def test_a_folder_of_parquet_files_is_read_and_columns_can_be_named(place, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "hf"))
    (tmp_path / "repository").mkdir()
    rows(place, "a", alt=["a dog"]).to_parquet(tmp_path / "repository/test.parquet")
    spec = f"hf:{tmp_path / 'repository'}"
    with pytest.raises(DatasetError, match=r"no column text, .* among picture, alt; see --col"):
        load_dataset(spec)
    found = load_dataset(spec, columns="text=alt")
    assert [c.text for c in found.captions] == ["a dog"]
    assert set(found.splits.values()) == {"test"}


def test_without_the_hub_there_is_one_line_at_once(monkeypatch, capfd):
    def unknown(*_):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(DatasetError) as caught:
        load_dataset("hf:nobody/nothing")
    (line,) = str(caught.value).splitlines()
    assert "hf:nobody/nothing: expected owner/name of the hub" in line
    assert "Retrying" not in capfd.readouterr().err


def test_without_the_library_the_message_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets.arrow_dataset", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'visavis\[hf\]'"):
        load_dataset(f"hf:{tmp_path}")
