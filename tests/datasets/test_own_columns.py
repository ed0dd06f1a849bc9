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


def test_of_json_lines_values_are_what_they_are(folder):
    table = folder / "products.jsonl"
    table.write_text(
        '{"image": "a.png", "text": "a cup", "price": 9.5, "code": "7", "tags": ["x"], "ok": true}\n'
        '{"image": "b.png", "text": "a pot", "price": NaN, "none": null, "lang": "en", "\\u0022": 1}\n'
    )
    metadata = {"price": 9.5, "code": "7", "tags": ["x"], "ok": True}
    assert load_dataset(table).metadata == {"a.png": metadata}
