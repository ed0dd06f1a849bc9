from __future__ import annotations

import json

import pytest

from fakes import FakeEncoder
from visavis.collection import Collection
from visavis.distributed import Shard, embed
from visavis.errors import DatasetError, UnavailableError
from visavis.indexing import find, index, only_run


def test_every_source_is_in_one_shard():
    sources = [f"/photos/{number}.jpg" for number in range(3000)]
    shards = [Shard(number, 7) for number in range(1, 8)]
    shares = [[source for source in sources if shard.holds(source)] for shard in shards]
    assert sorted(source for share in shares for source in share) == sorted(sources)
    assert all(300 < len(share) < 560 for share in shares)


def test_the_division_stays_as_it_is():
    """Machines with different versions must divide alike."""
    assert [Shard(2, 3).holds(f"/photos/{n}.jpg") for n in range(6)] == [
        False,
        True,
        False,
        False,
        False,
        True,
    ]


def test_names():
    assert Shard.parse(" 3/16").name == "shard-03-of-16"
    assert str(Shard.parse("1/1")) == "1/1"


@pytest.mark.parametrize("text", ["", "3", "0/4", "5/4", "a/b", "1/2/3", "-1/2", "1/0"])
def test_what_is_no_shard(text):
    with pytest.raises(DatasetError, match="third of sixteen"):
        Shard.parse(text)


def test_shards_hold_together_what_one_run_holds(tmp_path, photos, encoder):
    with Collection.create(tmp_path / "whole", encoder) as whole:
        expected = index(photos, whole)
        sources = whole.store.sources()
    reports, found = [], {}
    for number in (1, 2, 3):
        shard = Shard(number, 3)
        reports.append(embed(find([photos]), tmp_path / "out", shard, model=encoder))
        with Collection.open(tmp_path / "out" / shard.name, encoder) as part:
            assert not found.keys() & part.store.sources().keys()
            found |= part.store.sources()
        written = json.loads((tmp_path / "out" / shard.name / "report.json").read_text())
        assert written == reports[-1].to_json()
    assert found == sources
    assert encoder.encoded_images == 2 * expected.images
    assert sum(report.added for report in reports) == expected.added
    assert [each for report in reports for each in report.skipped] == list(expected.skipped)


def test_what_is_no_image_is_counted_once(tmp_path, photos, encoder):
    (photos / "a.doc").touch()
    (photos / ".hidden").touch()
    reports = [embed(find([photos]), tmp_path, Shard(n, 2), model=encoder) for n in (1, 2)]
    assert [report.passed_over for report in reports] == [{".doc": 1}, {}]
    assert [report.excluded for report in reports] == [{".*": 1}, {}]


def test_a_stopped_shard_is_resumed(tmp_path, photos):
    class Stopped(FakeEncoder):
        def _encode_images(self, pixels):
            if self.encoded_images >= 8:
                raise KeyboardInterrupt
            return super()._encode_images(pixels)

    with pytest.raises(KeyboardInterrupt):
        embed(find([photos]), tmp_path, Shard(1, 1), model=Stopped(), threads=1)
    assert not (tmp_path / "shard-1-of-1" / "report.json").exists()
    encoder = FakeEncoder()
    report = embed(find([photos]), tmp_path, Shard(1, 1), model=encoder)
    assert (encoder.encoded_images, report.unchanged) == (4, 8)


def test_one_process_a_shard(tmp_path, photos, encoder):
    embed(find([photos]), tmp_path, Shard(1, 2), model=encoder)
    with only_run(str(tmp_path / "shard-1-of-2")), pytest.raises(UnavailableError):
        embed(find([photos]), tmp_path, Shard(1, 2), model=encoder)
    assert (tmp_path / "shard-1-of-2" / "report.json").exists()
    embed(find([photos]), tmp_path, Shard(2, 2), model=encoder)
