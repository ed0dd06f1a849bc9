"""Read back what is exported for a device, by the layout in docs/on-device.md."""

from __future__ import annotations

import json
import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from records import DIM, all_of, fill, image, unit
from visavis.errors import CollectionError
from visavis.upkeep import export_for_device


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch):
    monkeypatch.setattr("visavis.upkeep.pages.PAGE", 7)


def frames(data):
    assert data[:8] == b"VISAVIS\n"
    at = 8
    while at < len(data):
        length, checksum = struct.unpack_from("<II", data, at)
        body = data[at + 8 : at + 8 + length]
        assert (len(body), zlib.crc32(body)) == (length, checksum)
        at += 8 + length
        yield body[0], body[1:]


def with_json(body):
    (length,) = struct.unpack_from("<I", body)
    return json.loads(body[4 : 4 + length]), body[4 + length :]


def read(file):
    """Return the header, the items with vector and thumbnail by id, the moments, and the end."""
    header, items, moments, ends = None, {}, {}, []
    for kind, body in frames(file.read_bytes()):
        if kind == 1:
            header = json.loads(body)
        elif kind == 2:
            about, rest = with_json(body)
            count = len(about)
            if header["vectors"] == "int8":
                scales = np.frombuffer(rest, "<f4", count)
                numbers = np.frombuffer(rest, np.int8, count * DIM, 4 * count)
                vectors = numbers.reshape(count, DIM) * scales[:, None]
                rest = rest[count * (4 + DIM) :]
            else:
                vectors = np.frombuffer(rest, "<f2", count * DIM).reshape(count, DIM)
                rest = rest[2 * count * DIM :]
            at = 4 * count
            for item, vector, size in zip(
                about, vectors, np.frombuffer(rest, "<u4", count), strict=True
            ):
                assert item["id"] not in items
                items[item.pop("id")] = item, vector, rest[at : at + size]
                at += size
        elif kind == 3:
            about, rest = with_json(body)
            moments[about["modality"]] = about["count"], np.frombuffer(rest, "<f8")
        else:
            ends.append((kind, json.loads(body)))
    return header, items, moments, ends


@pytest.mark.parametrize(("precision", "error"), [("float16", 1e-3), ("int8", 5e-3)])
def test_items_that_are_there_with_their_vectors(new_store, tmp_path, precision, error):
    store = fill(new_store())
    report = export_for_device(store, tmp_path / "photos.visavis", vectors=precision)
    header, items, moments, ends = read(tmp_path / "photos.visavis")
    assert header == {"format": 1, "model": "model@1", "dim": DIM, "vectors": precision}
    expected = {}
    for source, (item, vector, _, missing, _) in sorted(all_of(store).items()):
        if not missing and item.id not in expected:
            text = {} if item.text is None else {"text": item.text}
            about = {"modality": item.modality, "source": source, "metadata": dict(item.metadata)}
            expected[item.id] = about | text, vector
    assert {name: about for name, (about, _, _) in items.items()} == {
        name: about for name, (about, _) in expected.items()
    }
    for name, (_, vector, thumbnail) in items.items():
        assert np.abs(vector - expected[name][1]).max() < error
        assert thumbnail == b""
    assert ends == [(5, {"items": len(expected)})]
    for modality, (count, numbers) in moments.items():
        own = store.moments(modality)
        assert count == own.count
        assert np.array_equal(numbers[:DIM], own.mean)
        assert np.array_equal(numbers[DIM:], own.second[np.triu_indices(DIM)])
    assert set(moments) == {"image", "text"}
    # Of the first image both places have vanished; the others are there twice.
    assert (report.items, report.copies, report.missing, report.regions) == (39, 19, 2, 38)
    assert report.bytes == (tmp_path / "photos.visavis").stat().st_size


def test_thumbnails_of_what_can_be_opened(folder_store, tmp_path):
    Image.new("RGB", (300, 150), "red").save(tmp_path / "red.png")
    there, gone = tmp_path / "red.png", tmp_path / "gone.png"
    folder_store.upsert(
        [image("red", unit(1), source=str(there)), image("gone", unit(2), source=str(gone))]
    )
    report = export_for_device(folder_store, tmp_path / "a.visavis", thumbnails=64)
    _, items, _, _ = read(tmp_path / "a.visavis")
    assert Image.open(BytesIO(items["red"][2])).size == (64, 32)
    assert items["gone"][2] == b""
    assert [(each.where, "thumbnail" in each.reason) for each in report.skipped] == [
        (str(gone), True)
    ]
    assert report.thumbnail_bytes == len(items["red"][2])


def test_an_empty_collection_and_what_cannot_be(folder_store, tmp_path):
    export_for_device(folder_store, tmp_path / "empty.visavis")
    assert read(tmp_path / "empty.visavis")[1:] == ({}, {}, [(5, {"items": 0})])
    with pytest.raises(CollectionError, match="inside of the collection"):
        export_for_device(folder_store, tmp_path / "folder/a.visavis")
    (tmp_path / "photo.jpg").write_bytes(b"not to be lost")
    with pytest.raises(CollectionError, match="a file already, of another kind"):
        export_for_device(folder_store, tmp_path / "photo.jpg")
    export_for_device(folder_store, tmp_path / "empty.visavis")  # again
    with pytest.raises(CollectionError, match="known are float16, int8"):
        export_for_device(folder_store, tmp_path / "a.visavis", vectors="int4")
    with pytest.raises(CollectionError, match="at least 16"):
        export_for_device(folder_store, tmp_path / "a.visavis", thumbnails=4)
