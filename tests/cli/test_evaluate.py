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
    for way in ("image_to_text", "text_to_image"):
        assert perfect.items() <= reports[0][way].items()
        assert reports[0][way]["intervals"]["R@10"] == [100.0, 100.0]
    assert [reports[0][key] for key in ("split", "images", "captions", "model")] == [
        "test",
        3,
        3,
        "fake@1",
    ]


def test_figures_stand_beside_what_they_were_taken_on(data, shell):
    code, out, err = shell("evaluate", "--data", data, "--split", "test", "--lang", "en")
    title, columns, *rows = out.splitlines()
    assert (code, title) == (0, "model fake@1")
    assert "captions" in columns
    assert len(rows) == 2
    assert "image to text" in rows[0]
    assert rows[0].split()[-4:] == ["100.0", "100.0", "100.0", "1.0"]
    assert "note, en: 3 of 3 images have fewer than 5 captions in en" in err


def test_what_is_not_there_is_named(data, shell):
    assert "'dev'" in shell.fails("evaluate", "--data", data, "--split", "dev")


def test_texts_are_searched_across_languages(data, shell):
    _, out, _ = shell("evaluate", "--data", data)
    assert [line.split()[6:9] for line in out.splitlines() if "text to text" in line] == [
        ["to", "text", "fr"],
        ["to", "text", "en"],
    ]


def test_a_judge_adds_lines(data, shell):
    code, out, _ = shell("evaluate", "--data", data, "--lang", "en", "--judge", "tfidf")
    assert code == 0
    assert "text to image, by tfidf τ" in out
    assert "known: minilm, tfidf" in shell.fails("evaluate", "--data", data, "--judge", "solomon")


def test_a_report_tells_how_it_was_made(data, shell, tmp_path):
    folder = tmp_path / "my report"
    code, _, err = shell(
        "evaluate", "--data", data, "--lang", "en", "--report", folder, "--allow-overlap"
    )
    assert code == 0
    assert err.endswith(f"{folder / 'report.html'}\n")
    made = json.loads((folder / "report.json").read_text("utf-8"))
    expected = f"visavis evaluate --data {data} --lang en --report '{folder}' --allow-overlap"
    assert made["command"] == expected
    assert made["reports"][0]["semantic"]["judge"] == "tfidf"


def test_folds_are_searched_alone(data, shell):
    _, out, _ = shell("evaluate", "--data", data, "--lang", "en", "--folds", "3")
    assert out.startswith("model fake@1, 3 folds\n")
    assert "4 folds of 3 images" in shell.fails("evaluate", "--data", data, "--folds", "4")


def test_images_of_training_are_refused_unless_allowed(data, shell, tmp_path):
    table = tmp_path / "data.csv"
    rows = table.read_text("utf-8").replace("blue.png,blue,en,test", "blue.png,blue,en,train")
    (tmp_path / "blue.png").write_bytes((tmp_path / "red.png").read_bytes())
    table.write_text(rows, "utf-8")
    assert "red.png = blue.png; --allow-overlap" in shell.fails("evaluate", "--data", data)
    assert shell("evaluate", "--data", data, "--allow-overlap")[0] == 0


def test_a_report_that_cannot_be_written_is_refused_before_the_measurement(
    data, shell, encoders, tmp_path
):
    (tmp_path / "file").touch()
    line = shell.fails("evaluate", "--data", data, "--report", tmp_path / "file" / "report")
    assert "cannot be written" in line
    assert encoders[None].encoded_images == 0
