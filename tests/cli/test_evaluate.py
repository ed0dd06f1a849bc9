import json

import pytest
from PIL import Image


@pytest.fixture
def data(tmp_path, encoders):
    """Three colours, named in English, two of them in French too; one row is invalid."""
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
    for direction in ("image_to_text", "text_to_image"):
        assert perfect.items() <= reports[0][direction].items()
        assert reports[0][direction]["intervals"]["R@10"] == [100.0, 100.0]
    assert [reports[0][key] for key in ("split", "images", "captions", "model")] == [
        "test",
        3,
        3,
        "fake@1",
    ]


def test_figures_are_printed_with_dataset_split_and_counts(data, shell):
    code, out, err = shell("evaluate", "--data", data, "--split", "test", "--lang", "EN")
    title, columns, *rows = out.splitlines()
    assert (code, title) == (0, "model fake@1")
    assert "captions" in columns
    assert len(rows) == 2
    assert "image to text" in rows[0]
    assert rows[0].split()[-4:] == ["100.0", "100.0", "100.0", "1.0"]
    assert "note, en: 3 of 3 images have fewer than 5 captions in en" in err


def test_an_unknown_split_is_named(data, shell):
    assert "'dev'" in shell.fails("evaluate", "--data", data, "--split", "dev")


def test_texts_are_searched_across_languages(data, shell):
    _, out, _ = shell("evaluate", "--data", data)
    assert [line.split()[6:9] for line in out.splitlines() if "text to text" in line] == [
        ["to", "text", "fr"],
        ["to", "text", "en"],
    ]


def test_a_relevance_model_adds_rows(data, shell):
    code, out, _ = shell("evaluate", "--data", data, "--lang", "en", "--relevance-model", "tfidf")
    assert code == 0
    assert "text to image, semantic (tfidf, τ " in out
    assert "known: minilm, tfidf" in shell.fails(
        "evaluate", "--data", data, "--relevance-model", "solomon"
    )


def test_a_report_records_its_command(data, shell, tmp_path):
    folder = tmp_path / "my report"
    code, _, err = shell(
        "evaluate", "--data", data, "--lang", "en", "--report", folder, "--allow-overlap"
    )
    assert code == 0
    assert err.endswith(f"{folder / 'report.html'}\n")
    made = json.loads((folder / "report.json").read_text("utf-8"))
    expected = f"visavis evaluate --data {data} --lang en --report '{folder}' --allow-overlap"
    assert made["command"] == expected
    assert made["reports"][0]["semantic"]["relevance_model"] == "tfidf"


def test_folds_are_searched_separately(data, shell):
    _, out, _ = shell("evaluate", "--data", data, "--lang", "en", "--folds", "3")
    assert out.startswith("model fake@1, 3 folds\n")
    assert "4 folds of 3 images" in shell.fails("evaluate", "--data", data, "--folds", "4")


def test_training_images_are_refused_unless_allowed(data, shell, tmp_path):
    table = tmp_path / "data.csv"
    rows = table.read_text("utf-8").replace("blue.png,blue,en,test", "blue.png,blue,en,train")
    (tmp_path / "blue.png").write_bytes((tmp_path / "red.png").read_bytes())
    table.write_text(rows, "utf-8")
    assert "red.png = blue.png; --allow-overlap" in shell.fails("evaluate", "--data", data)
    assert shell("evaluate", "--data", data, "--allow-overlap")[0] == 0


def test_an_unwritable_report_folder_is_refused_before_measuring(data, shell, encoders, tmp_path):
    (tmp_path / "file").touch()
    line = shell.fails("evaluate", "--data", data, "--report", tmp_path / "file" / "report")
    assert "cannot be written" in line
    assert encoders[None].encoded_images == 0


def test_columns_of_a_table_are_named(data, shell, tmp_path):
    table = tmp_path / "data.csv"
    text = table.read_text("utf-8").replace("image,text,lang", "front,alt,language")
    table.write_text(text, "utf-8")
    assert "no column image" in shell.fails("evaluate", "--data", data)
    columns = "image=front,text=alt"
    code, out, _ = shell("evaluate", "--data", data, "--columns", columns, "--json")
    assert code == 0
    assert [(report["lang"], report["captions"]) for report in json.loads(out)] == [
        ("en", 3),
        ("fr", 2),
    ]
    wrong = shell.fails("evaluate", "--data", data, "--columns", "image:photo")
    assert "'image:photo': expected COLUMN=NAME" in wrong


@pytest.fixture
def classes(tmp_path, encoders):
    """Two images of each of three colours, in folders; one has no French name."""
    for n, colour in enumerate(("red", "green", "blue", "red", "green", "blue")):
        folder = tmp_path / "colours" / "test" / colour
        folder.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (9 + n, 9), colour).save(folder / f"{n}.png")
    names = "red\tred\trouge\ngreen\tgreen\tvert\nblue\tblue\t\n"
    (tmp_path / "colours" / "classes.tsv").write_text(names)
    return f"classes:{tmp_path / 'colours'}"


def test_zero_shot_classification_is_printed_with_intervals(classes, shell):
    code, out, err = shell("evaluate", "--task", "classify", "--data", classes)
    title, columns, row = out.splitlines()
    assert (code, title) == (0, "model fake@1, zero-shot classification")
    assert columns.split()[:6] == ["dataset", "split", "lang", "images", "classes", "top-1"]
    assert row.split()[:5] == ["colours", "test", "en", "6", "3"]
    assert row.split("  ")[-1].strip() == "100.0 (100.0 to 100.0)"
    assert err == "note, en: top-5 is always right: there are 3 classes\n"


def test_zero_shot_classification_as_json(classes, shell, tmp_path):
    names = tmp_path / "colours" / "classes.tsv"
    names.write_text(names.read_text("utf-8").replace("blue\t\n", "blue\tbleu\n"))
    _, out, _ = shell("evaluate", "--task", "classify", "--data", classes, "--json")
    english, french = json.loads(out)
    assert (english["lang"], french["lang"]) == ("en", "fr")
    expected = {"split": "test", "images": 6, "classes": 3, "model": "fake@1", "top-1": 100.0}
    assert expected.items() <= english.items()
    assert french["intervals"]["top-5"] == [100.0, 100.0]
    assert "une photo {de_name}" in french["templates"]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--lang", "fr"), "1 of 3 classes have no name in 'fr', such as 'blue'; give it in class"),
        (("--split", "dev"), "has no split 'dev'; it has: test"),
    ],
)
def test_what_cannot_be_classified_is_one_line(classes, shell, words, line):
    assert line in shell.fails("evaluate", "--task", "classify", "--data", classes, *words)


def test_a_folder_without_splits_is_measured_as_the_split_none(classes, shell, tmp_path):
    folder = f"classes:{tmp_path / 'colours' / 'test'}"
    told = shell.fails("evaluate", "--task", "classify", "--data", folder)
    assert "test has no split 'test'; it has: none (no split named)" in told
    code, _, _ = shell("evaluate", "--task", "classify", "--data", folder, "--split", "none")
    assert code == 0


def test_images_without_classes_cannot_be_classified(data, shell):
    told = shell.fails("evaluate", "--task", "classify", "--data", data)
    assert "data: its images have no classes; read class folders as classes:FOLDER" in told


@pytest.mark.parametrize("option", ["--folds=2", "--relevance-model=tfidf", "--report=out"])
def test_options_of_retrieval_are_refused(classes, shell, option):
    code, _, err = shell("evaluate", "--task", "classify", "--data", classes, option)
    assert code == 2
    assert "are for --task retrieve" in err


def test_figures_in_latex(data, classes, shell):
    code, out, _ = shell("evaluate", "--data", data, "--format", "latex")
    title, begin, top, columns, *_ = out.splitlines()
    assert code == 0
    assert title == "% model fake@1; needs \\usepackage{booktabs}"
    assert begin == r"\begin{tabular}{lllrrlrrrr}"
    assert top == r"\toprule"
    assert columns.endswith(r"R@1 \% & R@5 \% & R@10 \% & median rank \\")
    out = shell("evaluate", "--data", classes, "--task", "classify", "--format", "markdown")[1]
    assert out.startswith("model fake@1, zero-shot classification\n\n| dataset |")
