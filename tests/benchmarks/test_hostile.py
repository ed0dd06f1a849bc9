import random

import pytest

import hostile
from visavis.cli.demo.photos import copy_photos
from visavis.collection import Collection
from visavis.indexing import index

pytest.importorskip("skimage", reason="the photographs come with scikit-image")


@pytest.mark.slow
def test_hostile_requests_get_no_500_and_no_path(tmp_path, monkeypatch):
    light = {kind for kind in hostile.KINDS if kind not in {"oversized", "large_file", "bomb"}}
    monkeypatch.setattr(hostile, "KINDS", {kind: hostile.KINDS[kind] for kind in sorted(light)})
    copy_photos(tmp_path / "photos")
    with Collection.create(tmp_path / "c") as collection:
        index([tmp_path / "photos"], collection)
    with hostile.served(str(tmp_path / "c"), write=True) as (folder, _, port):
        private = (str(folder).encode(), str(tmp_path).encode())
        answers = hostile.send_all(port, random.Random(1), 300, private)
    by_status = {status for _, status in answers}
    assert not by_status & {500, hostile.LEAK}
    assert {200, 400, 404, 422} <= by_status
    assert {kind for kind, _ in answers} == light
