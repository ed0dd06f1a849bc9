from __future__ import annotations

import pytest

from visavis.datasets import load_dataset
from visavis.datasets.columns import find_columns, parse_columns
from visavis.errors import DatasetError


def test_common_names_are_found_in_any_case():
    names = ["id", "File_Name", " Caption ", "Language"]
    assert find_columns(names) == {
        "image": "File_Name",
        "text": " Caption ",
        "lang": "Language",
    }


def test_the_preferred_name_wins():
    assert find_columns(["title", "caption", "text", "path", "image"])["text"] == "text"
    assert find_columns(["title", "caption", "path", "image"]) == {
        "image": "image",
        "text": "caption",
    }


def test_names_that_shops_give_come_last():
    assert find_columns(["name", "photo", "price"]) == {"image": "photo", "text": "name"}
    assert find_columns(["name", "photo", "file_name", "title"]) == {
        "image": "file_name",
        "text": "title",
    }


def test_chosen_names_take_precedence(place):
    place("a.jpg", b"")
    path = place("t.csv", "image,text,nom,photo\nz.jpg,no,une robe,a.jpg\n")
    dataset = load_dataset(str(path), "image=photo, text=NOM")
    assert [caption.text for caption in dataset.captions] == ["une robe"]


@pytest.mark.parametrize("names", [["image"], ["text"], []])
def test_image_and_text_columns_are_required(names):
    with pytest.raises(ValueError, match="no column"):
        find_columns(names)


@pytest.mark.parametrize("pairs", ["image", "image=", "picture=a", "image=a,,text=b"])
def test_unknown_columns_are_refused(pairs):
    with pytest.raises(DatasetError, match="the columns are image, text, lang, split"):
        parse_columns(pairs)


def test_a_chosen_column_that_is_missing_is_named(place):
    path = place("t.csv", "image,text\na.jpg,a hat\n")
    with pytest.raises(DatasetError, match="no column titel"):
        load_dataset(str(path), "text=titel")


def test_only_tables_take_columns(tmp_path):
    with pytest.raises(DatasetError, match="has no columns"):
        load_dataset(str(tmp_path), "text=title")
