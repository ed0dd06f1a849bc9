from __future__ import annotations

import pytest

from photographs import paint
from visavis.datasets import load_dataset


@pytest.fixture
def folder(tmp_path):
    for name in ("a.png", "b.png"):
        paint(tmp_path / name, "red")
    return tmp_path


def test_of_a_csv_file_numbers_are_those_of_columns_without_other_texts(folder):
    table = folder / "products.csv"
    table.write_text(
        "image,title,Price,code,stock,brand\n"
        "a.png,a cup,9.50,007,3,Acme\n"
        "a.png,a mug,1,8,,Other\n"
        "b.png,a pot,20,12, 0 ,\n"
    )
    assert load_dataset(table).metadata == {
        "a.png": {"price": 9.5, "code": "007", "stock": 3, "brand": "Acme"},
        "b.png": {"price": 20, "code": "12", "stock": 0},
    }


def test_between_semicolons_decimals_have_commas(folder):
    table = folder / "products.csv"
    table.write_text(
        "image;title;prix;poids;tailles;stock\n"
        "a.png;une tasse;9,50;1,2;38,39;3\n"
        "b.png;un pot;-20;1.2;S,M;4\n"
    )
    assert load_dataset(table).metadata == {
        "a.png": {"prix": 9.5, "poids": "1,2", "tailles": "38,39", "stock": 3},
        "b.png": {"prix": -20, "poids": "1.2", "tailles": "S,M", "stock": 4},
    }
    table.write_text('image,title,size\na.png,a cup,"9,50"\n')
    assert load_dataset(table).metadata == {"a.png": {"size": "9,50"}}


def test_of_columns_with_one_name_the_first_counts_and_the_table_is_named(folder):
    table = folder / "products.csv"
    table.write_text("image,title,price,Price,,\na.png,a cup,9.50,1,,\n")
    dataset = load_dataset(table)
    assert dataset.metadata == {"a.png": {"price": 9.5}}
    (skipped,) = dataset.skipped
    assert skipped.where == f"{table}:1"
    assert skipped.reason == "2 columns are called 'price'; the first one counts"


def test_of_json_lines_values_are_what_they_are(folder):
    table = folder / "products.jsonl"
    table.write_text(
        '{"image": "a.png", "text": "a cup", "price": 9.5, "code": "7", "tags": ["x"], "ok": true}\n'
        '{"image": "b.png", "text": "a pot", "price": NaN, "none": null, "lang": "en", "\\u0022": 1}\n'
    )
    metadata = {"price": 9.5, "code": "7", "tags": ["x"], "ok": True}
    assert load_dataset(table).metadata == {"a.png": metadata}
