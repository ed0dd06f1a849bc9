import sys

import numpy as np
import pytest

import everyday_names
from photographs import paint


@pytest.fixture
def colours(tmp_path):
    for image in ("a", "b", "c"):
        paint(tmp_path / f"{image}.png", "red")
    said = {"a": ["A dog.", "Two DOGS run", "a cat"], "b": ["a kitten", "a cat"], "c": ["sky"]}
    lines = [f"{image}.png,{text},en,dev" for image, texts in said.items() for text in texts]
    lines.append("b.png,un chien,fr,dev")
    (tmp_path / "table.csv").write_text("\n".join(["image,text,lang,split", *lines]))
    (tmp_path / "names.tsv").write_text("dog\tchien\tdog dogs\ncat\tchat\tcat kitten\n")
    return tmp_path


def test_captions_say_what_an_image_shows(colours):
    dataset = everyday_names.load_dataset(str(colours / "table.csv"))
    images, counts = everyday_names.count_names(
        dataset, "dev", everyday_names.read_names(colours / "names.tsv")
    )
    assert dict(zip(images, counts.tolist(), strict=True)) == {
        "a.png": [2, 1],
        "b.png": [0, 2],
        "c.png": [0, 0],
    }


def test_a_mean_over_names_counts_each_name_once():
    right = np.array([True, True, False, False])
    shown = np.array([[1, 0, 0], [1, 0, 0], [1, 0, 0], [0, 1, 0]], bool)
    assert everyday_names.mean_of(right, shown) == pytest.approx((2 / 3 + 0) / 2)


def test_a_table_of_both_languages_is_printed(colours, monkeypatch, capsys):
    monkeypatch.setattr(everyday_names, "NAMES", colours / "names.tsv")
    monkeypatch.setattr(
        sys, "argv", ["everyday_names.py", str(colours / "table.csv"), "--least", "2"]
    )
    everyday_names.main()
    title, _, *rows = capsys.readouterr().out.splitlines()
    assert title.endswith("table dev, 2 of 3 images, 2 names, of which 2 are shown")
    assert [row.split("|")[1].strip() for row in rows[2:]] == ["en", "fr"]
    assert all(0 <= float(cell) <= 100 for row in rows[2:] for cell in row.split("|")[2:4])


def test_the_names_that_come_with_it_are_in_both_languages():
    found = everyday_names.read_names(everyday_names.NAMES)
    assert len({name.by_lang["en"] for name in found}) == len(found) == 100
    assert all(name.by_lang["fr"] and name.words for name in found)
