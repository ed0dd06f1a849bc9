from __future__ import annotations

import os
import shutil

import numpy as np
import pytest
from PIL import Image

from photographs import paint, touch
from visavis.collection import Collection
from visavis.duplicates import find_duplicates
from visavis.errors import QueryError
from visavis.indexing import index


def picture(path, seed, size=(120, 80), **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    image = Image.fromarray(values).resize((120, 80), Image.Resampling.BICUBIC).resize(size)
    image.save(path, **options)
    return path


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "photos"
    for seed in range(6):
        picture(folder / f"{seed}.png", seed)
    shutil.copy(folder / "0.png", folder / "0 again.png")
    picture(folder / "1 small.jpg", 1, (60, 40))
    picture(folder / "1 large.png", 1, (240, 160))
    shutil.copy(folder / "1.png", folder / "1 again.png")
    return folder


@pytest.fixture
def collection(tmp_path, folder, encoder):
    with Collection.create(tmp_path / "c", encoder) as collection:
        index([folder], collection)
        yield collection


def groups(report):
    names = [(g.level, [os.path.basename(m.source) for m in g.members]) for g in report.groups]  # noqa: PTH119
    return sorted(names)


def test_copies_and_versions_are_grouped_best_first(collection):
    report = find_duplicates(collection)
    assert groups(report) == [
        ("bytes", ["0 again.png", "0.png"]),
        ("picture", ["1 large.png", "1 again.png", "1.png", "1 small.jpg"]),
    ]
    assert report.files == 10
    assert (report.gone, report.changed, report.unreadable, report.threshold) == ((), (), (), None)
    large = report.groups[1].members[0]
    assert (large.width, large.height, large.similarity) == (240, 160, 1)


def test_bytes_alone(collection):
    report = find_duplicates(collection, "bytes")
    assert groups(report) == [
        ("bytes", ["0 again.png", "0.png"]),
        ("bytes", ["1 again.png", "1.png"]),
    ]


def test_near_joins_groups_by_vectors(collection, folder, encoder):
    report = find_duplicates(collection, "near", similarity=0)
    ((level, members),) = groups(report)
    assert (level, len(members)) == ("near", 10)
    assert members[0] == "1 large.png"
    report = find_duplicates(collection, "near")
    assert 0.5 < report.threshold < 1


def test_what_changed_or_went_since_it_was_indexed_is_left_out(collection, folder):
    (folder / "0 again.png").unlink()
    picture(folder / "1 large.png", 50)
    touch(folder / "1.png")
    report = find_duplicates(collection)
    assert groups(report) == [("picture", ["1 again.png", "1 small.jpg"])]
    assert report.gone == (str(folder / "0 again.png"),)
    assert sorted(report.changed) == [str(folder / "1 large.png"), str(folder / "1.png")]


def test_one_file_under_two_names_is_no_duplicate(collection, folder):
    (folder / "link.png").symlink_to(folder / "2.png")
    os.link(folder / "3.png", folder / "hard.png")
    index([folder], collection)
    assert groups(find_duplicates(collection)) == groups(find_duplicates(collection))
    names = [name for _, group in groups(find_duplicates(collection)) for name in group]
    assert not {"link.png", "2.png", "hard.png", "3.png"} & set(names)


def test_missing_files_and_texts_do_not_count(collection, folder):
    (folder / "0 again.png").unlink()
    (folder / "2.txt").write_text("two\ntwo\n")
    index([folder], collection)
    assert [level for level, _ in groups(find_duplicates(collection))] == ["picture"]


def test_videos_are_compared_by_their_bytes_alone(collection, folder):
    pytest.importorskip("av", reason="needs the extra video")
    from videos import film

    film(folder / "a.mp4", ["red", "green"])
    film(folder / "c.mp4", ["red", "blue"])
    shutil.copy(folder / "a.mp4", folder / "b.mp4")
    paint(folder / "red.png", "red")
    index([folder], collection)
    found = [group for _, group in groups(find_duplicates(collection)) if "a.mp4" in group]
    assert found == [["a.mp4", "b.mp4"]]


def test_an_empty_collection_and_an_unknown_level(tmp_path, encoder):
    with Collection.create(tmp_path / "c", encoder) as empty:
        for level in ("bytes", "picture", "near"):
            assert find_duplicates(empty, level).groups == ()
        with pytest.raises(QueryError, match="one of bytes, picture, near"):
            find_duplicates(empty, "all")
