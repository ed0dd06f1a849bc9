"""Two nodes of Ray on this machine, of which one is killed in the middle of an index run."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from importlib.util import find_spec
from itertools import pairwise
from types import SimpleNamespace

import pytest

from distributed.test_merging import everything
from fakes import FakeEncoder
from photographs import paint
from visavis.collection import Collection
from visavis.distributed import index_on_ray
from visavis.errors import MissingExtraError, ModelError, VisavisError
from visavis.indexing import find, index

IMAGES, TEXTS, PER_SHARD = 48, 6, 6

PROGRAM = """
import json, os, sys
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ["RAY_raylet_start_wait_time_s"] = "300"  # a busy machine takes its time
os.environ["RAY_worker_niceness"] = "0"
import ray
from ray.cluster_utils import Cluster
from visavis.collection import Collection
from visavis.distributed import index_on_ray
from visavis.indexing import find

small = {"num_cpus": 1, "object_store_memory": 80_000_000}
cluster = Cluster(initialize_head=True, head_node_args={**small, "include_dashboard": False})
second = cluster.add_node(**small)
ray.init(address=cluster.address, log_to_driver=False, logging_level="error")
cluster.wait_for_nodes()
steps = []

def progress(now):
    steps.append([now.done, now.found, len([n for n in ray.nodes() if n["Alive"]])])
    if len(steps) == 1:
        cluster.remove_node(second, allow_graceful=False)

photos, location, per_shard = sys.argv[1:]
with Collection.create(location) as collection:
    report = index_on_ray(
        find([photos]), collection, address="auto", sources=int(per_shard), progress=progress
    )
print(json.dumps({"report": report.to_json(), "steps": steps}))
ray.shutdown()
cluster.shutdown()
"""


@pytest.fixture
def photos(tmp_path):
    """Images of all colours, copies, captions and a damaged file."""
    folder = tmp_path / "photos"
    for number in range(IMAGES):
        paint(folder / f"{number}.png", (number * 5, 90, 255 - number * 5), size=(40, 30))
    for number in range(TEXTS):
        (folder / f"{number}.txt").write_text(f"a drawing with the number {number}\n")
        (folder / f"copy{number}.png").write_bytes((folder / f"{number}.png").read_bytes())
    (folder / "damaged.jpg").write_bytes(b"\xff\xd8\xff half")
    return folder


@pytest.mark.slow
def test_a_killed_node_loses_nothing_and_doubles_nothing(tmp_path, photos):
    if not find_spec("ray"):
        pytest.skip("needs Ray (about 240 MB): pip install 'visavis[ray]'")
    location = tmp_path / "distributed"
    command = [sys.executable, "-c", PROGRAM, str(photos), str(location), str(PER_SHARD)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    outcome = json.loads(done.stdout.splitlines()[-1])
    alive = [nodes for _, _, nodes in outcome["steps"]]
    assert (alive[0], alive[-1]) == (2, 1), "the node was killed too late to show anything"
    assert all(now >= before for (before, *_), (now, *_) in pairwise(outcome["steps"]))
    with Collection.create(tmp_path / "whole") as whole:
        expected = index(photos, whole).to_json()
        with Collection.open(location) as collection:
            assert collection.store.sources() == whole.store.sources()
            assert collection.store.stats().images == IMAGES
            ids = list(whole.store.ids())
            assert list(collection.store.ids()) == ids
            close = (collection.store.vectors(ids) * whole.store.vectors(ids)).sum(1)
            assert close.min() > 0.9999
    for key in ("added", "renamed", "unchanged", "missing", "skipped", "texts", "frames"):
        assert outcome["report"][key] == expected[key], key


class StandIn:
    """The few functions of Ray that are used, in this process; some tasks never end well."""

    class exceptions:  # noqa: N801 - a module there
        class RayError(Exception): ...

        class RayTaskError(RayError):
            def __init__(self, cause):
                self.cause = cause

    def __init__(self):
        self.lost, self.tasks = set(), 0

    def remote(self, **_):
        def wrap(function):
            return SimpleNamespace(remote=lambda *args, **options: (function, args, options))

        return wrap

    def is_initialized(self):
        return True

    def cluster_resources(self):
        return {"CPU": 2.0}

    def wait(self, running, num_returns):
        return running[-num_returns:], running[:-num_returns]  # the last is ready first

    def get(self, task):
        function, args, options = task
        self.tasks += 1
        if self.tasks in self.lost:
            raise self.exceptions.RayError
        try:
            return function(*pickle.loads(pickle.dumps(args)), **options)
        except VisavisError as error:
            raise self.exceptions.RayTaskError(error) from error


@pytest.fixture
def stand_in(monkeypatch):
    ray = StandIn()
    monkeypatch.setitem(sys.modules, "ray", ray)
    monkeypatch.setattr("visavis.distributed.ray_cluster._model", lambda _: FakeEncoder())
    return ray


@pytest.mark.parametrize("lost", [(), (2, 5)])
def test_the_outcome_is_that_of_one_process(tmp_path, photos, stand_in, target, lost):
    stand_in.lost, encoder = set(lost), FakeEncoder()
    collection = Collection(target, encoder)
    steps = []
    report = index_on_ray(
        find([photos]), collection, regions=True, sources=PER_SHARD, progress=steps.append
    )
    with Collection.create(tmp_path / "whole", FakeEncoder()) as whole:
        expected = index(photos, whole, regions=True)
        assert everything(target) == everything(whole.store)
    for key, value in expected.to_json().items():
        if key not in {"seconds", "images_per_second", "images", "regions"}:
            assert report.to_json()[key] == value, key
    assert stand_in.tasks == 1 + (IMAGES + 2 * TEXTS) // PER_SHARD
    assert (encoder.encoded_images > 0) is bool(lost)  # what no worker could encode, here
    done = [step.done for step in steps]
    assert done[0] > 0
    assert done[-1] == steps[-1].found


def test_a_stopped_run_is_resumed(photos, stand_in, encoder, target):
    def stop(now):
        if now.encoded > IMAGES // 2:
            raise KeyboardInterrupt

    collection = Collection(target, encoder)
    with pytest.raises(KeyboardInterrupt):
        index_on_ray(find([photos]), collection, sources=PER_SHARD, progress=stop)
    before, stand_in.tasks = len(target.sources()), 0
    report = index_on_ray(find([photos]), collection, sources=PER_SHARD)
    assert 0 < before < IMAGES + 2 * TEXTS
    assert report.unchanged == before
    assert target.count("image") == IMAGES
    assert stand_in.tasks < IMAGES // PER_SHARD
    (photos / "0.png").write_bytes((photos / "1.png").read_bytes())
    paint(photos / "1.png", "red", size=(77, 30))
    report = index_on_ray(find([photos]), collection)
    assert (report.added, report.renamed, report.missing) == (1, 1, 0)


def test_errors_on_workers_are_those_of_index(photos, stand_in, encoder, target, monkeypatch):
    def refuse(_):
        raise ModelError("no such model")

    monkeypatch.setattr("visavis.distributed.ray_cluster._model", refuse)
    with pytest.raises(ModelError, match="no such model"):
        index_on_ray(find([photos]), Collection(target, encoder))


def test_without_ray_the_extra_is_named(tmp_path, photos, encoder, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with Collection.create(tmp_path / "c", encoder) as collection:
        with pytest.raises(MissingExtraError, match=r"Ray needs .*visavis\[ray\]"):
            index_on_ray(find([photos]), collection)
        (photos / "damaged.jpg").unlink()
        index(photos, collection)
        report = index_on_ray(find([photos]), collection)  # there is nothing to encode
        assert (report.unchanged, report.added) == (IMAGES + 2 * TEXTS, 0)
