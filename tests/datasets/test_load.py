from __future__ import annotations

import io
import json
import tarfile

import pytest

from visavis.datasets import Dataset, load_dataset
from visavis.datasets.base import DATASETS
from visavis.datasets.shapes import draw_shapes
from visavis.errors import DatasetError, UnknownNameError


def write_tar(path, members):
    with tarfile.open(path, "w") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))


def flickr8k(place):
    for name in ("a.jpg", "b.jpg"):
        place(f"f/images/{name}", b"")
    place("f/Flickr8k.token.txt", "a.jpg#0\ta dog\na.jpg#1\tbad\xff\nz.jpg#0\ta cat\n")
    path = place("f/Flickr8k.fr.token.txt", "a.jpg#0\tun chien\n")
    return f"flickr8k:{path.parent}"


def table(place):
    place("t/a.jpg", b"")
    return str(place("t/t.csv", "image,text,lang\na.jpg,a dog,en\na.jpg,un chien,fr\nz,z,z\n"))


def json_lines(place):
    place("j/a.jpg", b"")
    row = '{"image": "a.jpg", "text": "%s", "lang": "%s"}\n'
    return str(place("j/j.jsonl", row % ("a dog", "en") + row % ("un chien", "fr") + "{"))


def folder(place):
    place("g/a.jpg", b"")
    place("g/a.fr.txt", "un chien")
    place("g/a.txt", "a dog")
    return str(place("g/lost.txt", "").parent)


def shapes(place):
    path = place("s", "")
    path.unlink()
    draw_shapes(path, count=20)
    return f"shapes:{path}"


def tab_separated(place):
    place("t/a.jpg", b"")
    return str(
        place("t/t.tsv", "filepath\ttitle\tlanguage\na.jpg\ta dog\ten\na.jpg\tun chien\tfr\n")
    )


def json_list(place):
    place("j/a.jpg", b"")
    row = {"file_name": "a.jpg", "caption": "a dog"}
    return str(place("j/j.json", json.dumps([row, {**row, "language": "fr"}, 3, {}])))


def parquet(place):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow.parquet import write_table

    place("p/a.jpg", b"")
    path = place("p/p.parquet", "")
    rows = {"image_path": ["a.jpg"] * 2, "caption": ["a dog", "un chien"], "lang": ["en", "fr"]}
    write_table(pyarrow.table(rows), path)
    return str(path)


def webdataset(place):
    path = place("w/000.tar", "")
    sample = {"caption": "un chien", "lang": "fr"}
    write_tar(
        path,
        {"a.jpg": b"a", "a.txt": b"a dog\n", "b.jpg": b"b", "b.json": json.dumps(sample).encode()},
    )
    return str(path)


def classes(place):
    place("c/guide_dog/a.jpg", b"")
    place("c/owl/b.jpg", b"")
    names = place("c/classes.tsv", "owl\towl\thibou\nbad\n")
    return f"classes:{names.parent}"


BILINGUAL = [flickr8k, table, tab_separated, json_lines, json_list, parquet, folder, shapes]
BILINGUAL += [webdataset, classes]


def flickr30k(place):
    place("f/flickr30k-images/a.jpg", b"")
    return str(place("f/results_20130124.token", "a.jpg#0\ta dog\nz.jpg#0\ta cat\n").parent)


def flickr30k_table(place):
    place("f/flickr30k_images/a.jpg", b"")
    rows = "image_name| comment_number| comment\na.jpg| 0| A dog .\nz.jpg| 0| A cat .\n"
    return str(place("f/results.csv", rows).parent)


def karpathy(place):
    place("k/images/a.jpg", b"")
    sentences = [{"raw": "a dog", "tokens": ["a", "dog"]}]
    rows = [{"filename": name, "split": "val", "sentences": sentences} for name in ("a.jpg", "z")]
    return str(
        place("k/dataset_flickr8k.json", json.dumps({"images": rows, "dataset": "flickr8k"}))
    )


def coco(place):
    place("o/val2017/a.jpg", b"")
    images = [{"id": 3, "file_name": "a.jpg"}, {"id": 4, "file_name": "z.jpg"}]
    annotations = [{"id": n, "image_id": n, "caption": "a dog"} for n in (3, 4)]
    content = json.dumps({"images": images, "annotations": annotations})
    return str(place("o/annotations/captions_val2017.json", content))


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "cache"))


@pytest.fixture(params=BILINGUAL)
def bilingual(request, place):
    return request.param(place)


@pytest.fixture(params=[*BILINGUAL, flickr30k, flickr30k_table, karpathy, coco])
def spec(request, place):
    return request.param(place)


# What every reader promises.


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


# What a user may type.


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


def test_an_unknown_reader_is_refused():
    with pytest.raises(UnknownNameError, match="did you mean 'flickr8k'"):
        load_dataset("flikr8k:somewhere")


@pytest.mark.parametrize("spec", ["", "nowhere", "C:\\nowhere", "nowhere/at.all", "flickr8k:"])
def test_a_missing_path_is_refused(spec, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DatasetError) as caught:
        load_dataset(spec)
    assert "expected a folder of images, a .csv or .jsonl file, or READER:PATH" in str(caught.value)
    assert "classes, coco, csv, flickr30k, flickr8k, folder, json, jsonl, karpathy" in str(
        caught.value
    )


def test_a_registered_reader_is_used(monkeypatch):
    monkeypatch.setattr(DATASETS, "_objects", dict(DATASETS._objects))

    @DATASETS.register("mine")
    def read_mine(path):
        return Dataset(path, {"a": path}, (), {"a": "none"})

    assert load_dataset("mine:x/y").name == "x/y"
