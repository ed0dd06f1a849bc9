import csv

import pytest
from products import HELD_OUT, captions, read_products, read_words, write_table

ROWS = [
    ("15970.jpg", "Men", "Shirts", "Navy Blue", "Turtle Check Men Navy Blue Shirt"),
    ("39386.jpg", "Women", "Handbags", "Red", "Peter England Women Red Handbag"),
    ("10001.jpg", "Unisex", "Hovercrafts", "Red", "A Thing"),
]


@pytest.fixture
def products(tmp_path):
    with (tmp_path / "items.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("image", "gender", "type", "colour", "text"), *ROWS])
    return read_products(tmp_path / "items.csv")


def test_captions_say_the_same_in_both_languages(products):
    assert list(captions(products[1], read_words())) == [
        ("Peter England Women Red Handbag", "sac à main rouge pour femme"),
        ("red handbag for women", "sac à main rouge pour femme"),
        ("red handbag", "sac à main rouge"),
    ]


def test_words_of_the_shop_that_have_no_name_stand_for_themselves(products):
    assert ("red hovercrafts", "hovercrafts rouge") in list(captions(products[2], read_words()))


def test_the_table_is_a_dataset_whose_held_out_products_are_not_learned(products, tmp_path):
    from visavis.datasets import load_dataset

    for name, *_ in ROWS:
        (tmp_path / "images").mkdir(exist_ok=True)
        (tmp_path / "images" / name).touch()
    learned = write_table(products, tmp_path / "shop.csv")
    dataset = load_dataset(f"csv:{tmp_path / 'shop.csv'}")
    assert sorted(dataset.splits.values()) == [HELD_OUT, HELD_OUT, "train"]
    assert {english for english, _ in learned} == {
        caption.text for caption in dataset.select(split="train", lang="en").captions
    }
