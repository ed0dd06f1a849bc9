import sys
import time

import pytest

import training
import training_peers
from training import PARTS, Times
from visavis.datasets.shapes import draw_shapes


def test_time_is_counted_by_part_even_after_a_failure():
    times = Times()

    def fail():
        time.sleep(0.02)
        raise KeyError

    assert times.of("a", lambda value, *, more: value + more)(1, more=2) == 3
    with pytest.raises(KeyError):
        times.of("b", fail)()
    assert times.seconds["b"] >= 0.02 > times.seconds["a"] > 0


def test_shares_are_of_the_epochs_without_tensorboard(capsys):
    times = Times(pairs=300)
    times.seconds.update(epochs=10, forward=3, loss=2, facts=1, backward=4, optimizer=0.5)
    training.report(times)
    lines = [line.split("(")[0].split() for line in capsys.readouterr().out.splitlines()]
    assert [line[-1] for line in lines] == ["30", "30.0%", "10.0%", "40.0%", "5.0%", "15.0%"]


@pytest.mark.slow
def test_a_small_run_is_measured(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "cache"))
    draw_shapes(tmp_path / "shapes", 40)
    words = ["--data", f"shapes:{tmp_path / 'shapes'}", "--epochs", "1"]
    monkeypatch.setattr(sys, "argv", ["training.py", *words])
    training.main()
    first, *others = capsys.readouterr().out.splitlines()
    assert first == "shapes, split train, en: 32 images, 64 captions"
    shares = [float(line.split("%")[0].split()[-1]) for line in others[2:]]
    assert len(shares) == len(PARTS) + 1
    assert sum(shares) == pytest.approx(100, abs=0.3)
    assert min(shares) >= 0


def test_contestants_are_compared_by_their_medians(capsys):
    found = {training_peers.HERE: [90.0, 100.0, 900.0], "/trees/old": [40.0], "open-clip": [200.0]}
    training_peers.report(found)
    _, ours, old, peer = capsys.readouterr().out.splitlines()
    assert ours.split() == ["this", "commit", "100", "3"]
    assert old.split() == ["/trees/old", "40", "1", "2.50", "×"]
    assert peer.split() == ["open-clip", "200", "1", "0.50", "×"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # sentence-transformers' own
def test_other_trainers_and_a_tree_do_the_same_work(tmp_path, monkeypatch, capsys):
    pytest.importorskip("datasets.arrow_dataset")
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "cache"))
    draw_shapes(tmp_path / "shapes", 60)
    work = training_peers.prepare(
        f"shapes:{tmp_path / 'shapes'}",
        tmp_path,
        lang="en",
        images=40,
        recipe="contrastive",
        epochs=2,
    )
    found = training_peers.compare(work, [], peers=True, rounds=1)
    assert found.keys() == {training_peers.HERE, *training_peers.PEERS}
    assert all(len(speeds) == 1 and speeds[0] > 0 for speeds in found.values())
    assert "40 images, 80 captions" in capsys.readouterr().out
