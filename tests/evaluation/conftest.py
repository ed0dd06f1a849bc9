from __future__ import annotations

import shutil

import pytest
from PIL import Image

from visavis.datasets import Caption, Dataset
from visavis.evaluation import evaluate
from visavis.evaluation.report_folder import write_report


@pytest.fixture
def dataset(tmp_path):
    """Three test images in plain colours, described in two languages."""
    images, captions = {}, []
    for name, fr in (("red", "rouge"), ("green", "vert"), ("blue", "bleu")):
        path = tmp_path / f"{name}.png"
        rgb = {"red": (255, 0, 0), "green": (0, 160, 0), "blue": (0, 0, 255)}[name]
        Image.new("RGB", (9, 5), rgb).save(path)
        images[path.name] = path
        captions += [
            Caption(f"{name}#0", path.name, f"something {name}", "en"),
            Caption(f"{name}#1", path.name, name, "en"),
            Caption(f"{name}#0@fr", path.name, fr, "fr"),
            Caption(f"{name}#0@fr.mt", path.name, "nonsense", "fr", machine=True),
        ]
    return Dataset("colours", images, tuple(captions), dict.fromkeys(images, "test"))


@pytest.fixture
def overlapping(dataset, tmp_path):
    """The red image under another name, in training."""
    copy = tmp_path / "copy.png"
    shutil.copy(dataset.images["red.png"], copy)
    dataset.images["copy.png"] = copy
    dataset.splits["copy.png"] = "train"
    return dataset


@pytest.fixture
def report_folder(dataset, encoder, tmp_path):
    reports = evaluate(encoder, dataset, "test", relevance_model="tfidf")
    write_report(tmp_path / "out", reports, {"Date": "1 May", "Command": "visavis <evaluate>"})
    return tmp_path / "out"
