import io
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from visavis.training.tensorboard import COLUMNS, HEIGHT, LINE, SHOWN, SIDE, Board


def curves(folder):
    """Read the folder as TensorBoard does: name → [(step, value)]."""
    found = EventAccumulator(str(folder), size_guidance={"scalars": 0, "images": 0}).Reload()
    return {
        name: [(event.step, event.value) for event in found.Scalars(name)]
        for name in found.Tags()["scalars"]
    }


def grid(folder, name):
    found = EventAccumulator(str(folder)).Reload()
    (event,) = found.Images(name)
    return event.step, np.asarray(Image.open(io.BytesIO(event.encoded_image_string)))


@pytest.fixture
def images(tmp_path):
    colours = [(10 * n, 0, 250 - 10 * n) for n in range(20)]
    paths = [tmp_path / f"{n:02}.png" for n in range(20)]
    for colour, path in zip(colours, paths, strict=True):
        Image.new("RGB", (60, 40), colour).save(path)
    return paths


def test_curves_are_read_back(tmp_path):
    board = Board(tmp_path / "run")
    for step in range(3):
        board.scalars(step, {"train/loss": 1 / (step + 1), "dev/recall": 10.0 * step})
    board.close()
    read = curves(tmp_path / "run")
    assert read["train/loss"] == [(0, 1), (1, 0.5), (2, pytest.approx(1 / 3))]
    assert read["dev/recall"] == [(0, 0), (1, 10), (2, 20)]


def test_without_a_folder_nothing_is_written(tmp_path, monkeypatch, images):
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.iterdir())
    board = Board(None)
    board.scalars(0, {"loss": 1.0})
    board.queries(0, images, ["a"] * 20, [1] * 20)
    board.close()
    assert set(tmp_path.iterdir()) == before


def test_a_run_resumed_leaves_no_point_twice(tmp_path):
    for value, first, last in ((1.0, 0, 10), (2.0, 6, 12)):
        board = Board(tmp_path, first)
        for step in range(first, last):
            board.scalars(step, {"loss": value})
        board.close()
    assert curves(tmp_path)["loss"] == [(n, 1) for n in range(6)] + [(n, 2) for n in range(6, 12)]


def test_a_new_run_hides_an_older_one(tmp_path):
    for value in (1.0, 2.0):
        board = Board(tmp_path)
        board.scalars(3, {"loss": value})
        board.close()
    assert curves(tmp_path)["loss"] == [(3, 2)]


KILLED = """
import sys, time
from pathlib import Path
from visavis.training.tensorboard import Board

board = Board(Path(sys.argv[1]))
for step in range(100_000):
    board.scalars(step, {"loss": 1.0})
    if step % 500 == 499:
        print(step, flush=True)
        time.sleep(0.01)
"""


@pytest.mark.slow
def test_a_run_killed_while_writing_is_continued(tmp_path):
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while int(process.stdout.readline()) < 5000:
            pass
        process.send_signal(signal.SIGKILL)
    (file,) = tmp_path.glob("events*")
    assert file.stat().st_size > 50_000  # the killed process had written, and was not done
    os.truncate(file, file.stat().st_size - 7)  # what it wrote last may be torn
    board = Board(tmp_path, 400)
    for step in range(400, 420):
        board.scalars(step, {"loss": 2.0})
    board.close()
    steps = [step for step, _ in curves(tmp_path)["loss"]]
    assert steps == list(range(420))


def test_best_and_worst_queries_are_drawn_with_their_images(tmp_path, images):
    board = Board(tmp_path / "run")
    board.queries(5, images, [f"Une légende n° {n}" for n in range(20)], list(range(1, 21)))
    board.close()
    for name, first in (("best", images[0]), ("worst", images[19])):
        step, drawn = grid(tmp_path / "run", f"queries/{name}")
        rows = SHOWN // COLUMNS
        assert (step, drawn.shape) == (5, (rows * HEIGHT, COLUMNS * SIDE, 3))
        assert tuple(drawn[SIDE // 2, SIDE // 2]) == Image.open(first).getpixel((0, 0))
        assert drawn[SIDE : SIDE + LINE, :SIDE].min() == 0  # black on white: the text


def test_an_image_is_shown_once_with_its_best_query(tmp_path, images):
    board = Board(tmp_path / "run")
    board.queries(0, [images[0]] * 3 + [images[1]], list("abcd"), [3, 1, 2, 9])
    board.close()
    _, drawn = grid(tmp_path / "run", "queries/best")
    assert drawn.shape == (HEIGHT, 2 * SIDE, 3)


def test_what_cannot_be_opened_or_spelt_is_drawn_all_the_same(tmp_path, images):
    board = Board(tmp_path / "run")
    board.queries(0, [tmp_path / "gone.png"], ["犬 " * 500], [1])
    board.queries(1, [], [], [])
    board.close()
    _, drawn = grid(tmp_path / "run", "queries/best")
    assert tuple(drawn[SIDE // 2, SIDE // 2]) == (211, 211, 211)


def test_each_language_has_its_grids(tmp_path, images):
    board = Board(tmp_path / "run")
    for lang in ("en", "fr"):
        board.queries(3, images, [lang] * 20, list(range(1, 21)), lang)
    board.close()
    names = set(EventAccumulator(str(tmp_path / "run")).Reload().Tags()["images"])
    assert names == {f"queries/{lang}/{end}" for lang in ("en", "fr") for end in ("best", "worst")}
