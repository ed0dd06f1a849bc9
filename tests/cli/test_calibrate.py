import json
import shutil

import numpy as np
import pytest
from PIL import Image

from visavis.encoders import BUNDLED, load_encoder


@pytest.fixture
def data(tmp_path):
    """A table of 24 images in two shades of grey, with a caption each, and a model folder."""
    rows = ["image,text,lang,split"]
    for n in range(24):
        noise = np.random.default_rng(n).integers(0, 256, (32, 32, 3), np.uint8)
        Image.fromarray(noise).save(tmp_path / f"{n}.png")
        rows.append(f"{n}.png,picture number {n},en,dev")
    (tmp_path / "captions.csv").write_text("\n".join(rows))
    shutil.copytree(BUNDLED, tmp_path / "model")
    return tmp_path


def test_a_calibration_is_kept_in_the_model(data, shell):
    before = json.loads((data / "model" / "model.json").read_text("utf-8"))
    command = ("models", "calibrate", data / "model", "--data", f"csv:{data / 'captions.csv'}")
    code, out, _ = shell(*command, "--dry-run")
    assert code == 0
    assert "24 images" in out
    assert json.loads((data / "model" / "model.json").read_text("utf-8")) == before
    code, out, _ = shell(*command, "--json")
    after = json.loads((data / "model" / "model.json").read_text("utf-8"))
    assert code == 0
    assert after == {**before, "relevance": json.loads(out)}
    assert after["relevance"]["fitted"]["images"] == 24
    assert load_encoder(data / "model").relevance.cut == after["relevance"]["cut"]


def test_errors_are_one_line(data, shell):
    table = f"csv:{data / 'captions.csv'}"
    assert "no split 'test'" in shell.fails(
        "models", "calibrate", data / "model", "--data", table, "--split", "test"
    )
    assert "no model" in shell.fails("models", "calibrate", data / "none", "--data", table)
