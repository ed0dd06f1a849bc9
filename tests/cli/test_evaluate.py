import json

import pytest
from PIL import Image


@pytest.fixture
def data(tmp_path, encoders):
    """Three colours, named in English, two of them in French too; one row is bad."""
    rows = ["image,text,lang,split"]
    for colour, french in (("red", "rouge"), ("green", "vert"), ("blue", "")):
        Image.new("RGB", (9, 9), colour).save(tmp_path / f"{colour}.png")
        rows.append(f"{colour}.png,{colour},en,test")
        rows += [f"{colour}.png,{french},fr,test"] if french else []
    (tmp_path / "data.csv").write_text("\n".join([*rows, "gone.png,red,en,test"]))
    return f"{tmp_path / 'data.csv'}"


def test_json_is_the_stable_interface(data, shell):
    code, out, err = shell("evaluate", "--data", data, "--json")
    reports = json.loads(out)
    assert code == 0
    assert "rows skipped: 1, the first: " in err
    assert [report["lang"] for report in reports] == ["en", "fr"]
    perfect = {"R@1": 100.0, "R@5": 100.0, "R@10": 100.0, "median_rank": 1.0}
    assert reports[0]["image_to_text"] == reports[0]["text_to_image"] == perfect
    assert [reports[0][key] for key in ("split", "images", "captions", "model")] == [
        "test",
        3,
        3,
        "fake@1",
    ]


def test_figures_stand_beside_what_they_were_taken_on(data, shell):
    code, out, _ = shell("evaluate", "--data", data, "--split", "test", "--lang", "en")
    title, columns, *rows = out.splitlines()
    assert (code, title) == (0, "model fake@1")
    assert "captions" in columns
    assert len(rows) == 2
    assert "image to text" in rows[0]
    assert rows[0].split()[-4:] == ["100.0", "100.0", "100.0", "1.0"]


def test_what_is_not_there_is_named(data, shell):
    assert "'dev'" in shell.fails("evaluate", "--data", data, "--split", "dev")
