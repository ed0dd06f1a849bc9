from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from fakes import FakeEncoder
from photographs import paint
from visavis.collection import Collection
from visavis.distributed import Shard, embed, merge, shards_in
from visavis.errors import CollectionError, ModelMismatchError
from visavis.indexing import find, index
from visavis.stores import create_store


@pytest.fixture
def out(tmp_path, photos, encoder):
    """Three shards with regions."""
    for number in (1, 2, 3):
        embed(find([photos]), tmp_path / "out", Shard(number, 3), model=encoder, regions=True)
    return tmp_path / "out"


def everything(store):
    """Return all records of a store in a form that compares."""
    records = store.records(list(store.sources()))
    return sorted(
        (
            each.item.source,
            each.item.id,
            each.item.text,
            json.dumps(each.item.metadata, sort_keys=True),
            each.vector.tobytes(),
            each.stamp,
            [(str(region.box), region.vector.tobytes()) for region in each.regions],
        )
        for each in records
    )


def test_merged_is_what_one_run_makes(tmp_path, out, photos, encoder, target):
    calls = []
    report = merge(shards_in(out), target, lambda *done: calls.append(done))
    assert (report.shards, report.copied, report.unchanged) == (3, 15, 0)
    assert (report.skipped, report.incomplete) == ((), ())
    assert [Path(each.where).name for each in report.refused] == ["damaged.jpg"]
    assert calls == [(1, 3), (2, 3), (3, 3)]
    with Collection.create(tmp_path / "whole", encoder) as whole:
        index(photos, whole, regions=True)
        assert everything(target) == everything(whole.store)
    again = merge(shards_in(out), target)
    assert (again.copied, again.unchanged) == (0, 15)
    # A later index of the same folder finds nothing to do.
    assert index(photos, Collection(target, encoder), regions=True).unchanged == 15


def test_a_stopped_merge_is_resumed(out, target):
    def stop(done, _):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        merge(shards_in(out), target, stop)
    before = len(target.sources())
    assert 0 < before < 15
    report = merge(shards_in(out), target)
    assert (report.copied, report.unchanged) == (15 - before, before)


def test_shards_come_one_by_one_and_again(tmp_path, photos, encoder, out, target):
    (out / "shard-2-of-3").rename(tmp_path / "later")
    (out / "shard-3-of-3" / "report.json").unlink()
    assert merge(shards_in(out), target).incomplete == ("2/3", "3/3")
    (tmp_path / "later").rename(out / "shard-2-of-3")
    new = paint(photos / "new.png", "red", size=(77, 20))
    for number in (1, 2, 3):
        embed(find([photos]), out, Shard(number, 3), model=encoder, regions=True)
    report = merge(shards_in(out), target)
    assert report.incomplete == ()
    assert len(target.sources()) == 16
    assert str(new) in target.sources()


def test_the_same_content_in_two_shards_is_one_item(tmp_path, photos, encoder, target):
    for number in range(20):
        (photos / f"copy{number}.png").write_bytes((photos / "0" / "0.png").read_bytes())
    for number in (1, 2):
        embed(find([photos]), tmp_path / "out", Shard(number, 2), model=encoder)
    merge(shards_in(tmp_path / "out"), target)
    assert (target.count("image"), len(target.sources())) == (12, 35)


def test_other_models_and_damaged_reports_are_refused(tmp_path, out):
    dim = FakeEncoder().dim
    with (
        closing(create_store(str(tmp_path / "other"), "other@1", dim)) as other,
        pytest.raises(ModelMismatchError, match="other@1"),
    ):
        merge(shards_in(out), other)
    (out / "shard-1-of-3" / "report.json").write_text("{")
    with (
        closing(create_store(str(tmp_path / "c"), FakeEncoder().id, dim)) as store,
        pytest.raises(CollectionError, match=r"shard-1-of-3.report.json"),
    ):
        merge(shards_in(out), store)


def test_what_is_no_folder_of_shards(tmp_path, out):
    assert [path.name for path in shards_in(out)] == [f"shard-{n}-of-3" for n in (1, 2, 3)]
    assert shards_in(out / "shard-1-of-3") == []
    assert shards_in(tmp_path / "nowhere") == []
    assert shards_in("postgresql://nowhere/x") == []
