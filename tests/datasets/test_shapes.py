from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest

from visavis.datasets import load_dataset
from visavis.datasets.shapes import BACKGROUNDS, COLOURS, SHAPES, Figure, draw_shapes
from visavis.errors import DatasetError
from visavis.images import open_image


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shapes") / "drawn"
    draw_shapes(folder, count=200, seed=3)
    return load_dataset(f"shapes:{folder}")


def captions(dataset, image):
    return [c for c in dataset.captions if c.image == image]


def middle(pixels, colour):
    """Mean row and column of the pixels of one colour, without edges."""
    rows, columns = np.nonzero((pixels == COLOURS[colour]).all(axis=-1))
    return rows.mean(), columns.mean()


def test_counts_and_splits(drawn):
    assert drawn.name == "shapes"
    assert len(drawn.images) == 200
    assert Counter(drawn.splits.values()) == {"train": 160, "dev": 20, "test": 20}
    per_image = Counter((c.image, c.lang) for c in drawn.captions)
    assert set(per_image.values()) == {2}
    assert {lang for _, lang in per_image} == {"en", "fr"}
    assert drawn.skipped == ()


def test_named_colours_are_in_the_image(drawn):
    for image, path in drawn.images.items():
        pixels = np.asarray(open_image(path))
        seen = {word.en for word, rgb in COLOURS.items() if (pixels == rgb).all(axis=-1).sum() > 20}
        named = set(" ".join(c.text for c in captions(drawn, image)).split())
        assert seen == named & {word.en for word in COLOURS}


def test_stated_relations_are_true(drawn):
    words = {colour.en: colour for colour in COLOURS}
    pattern = re.compile(r"an? (\w+) \w+ (to the left of|to the right of|above|below) an? (\w+)")
    checked = Counter()
    for caption in drawn.captions:
        match = pattern.match(caption.text)
        if not match or match[1] == match[3]:
            continue
        pixels = np.asarray(open_image(drawn.images[caption.image]))
        (row, column), (other_row, other_column) = (middle(pixels, words[match[i]]) for i in (1, 3))
        holds = {
            "to the left of": column < other_column,
            "to the right of": column > other_column,
            "above": row < other_row,
            "below": row > other_row,
        }
        assert holds[match[2]], caption
        checked[match[2]] += 1
    assert min(checked[r] for r in ("to the left of", "to the right of", "above", "below")) > 20


def test_french_captions_match_english_ones(drawn):
    nouns = {shape.en: shape.fr for shape in SHAPES}
    relations = {
        "left": "à gauche",
        "right": "à droite",
        "above": "au-dessus",
        "below": "au-dessous",
    }
    for image in drawn.images:
        english = [c.text for c in captions(drawn, image) if c.lang == "en"]
        french = [c.text for c in captions(drawn, image) if c.lang == "fr"]
        for one, other in zip(english, french, strict=True):
            wanted = [nouns[word] for word in one.split() if word in nouns]
            assert re.findall("|".join(nouns.values()), other) == wanted
            for word, translated in relations.items():
                assert (word in one.split()) == (translated in other)


def test_french_agrees_and_elides(drawn):
    texts = [c.text for c in drawn.captions if c.lang == "fr"]
    assert not [t for t in texts if re.search(r"\bde une?\b", t)]
    figures = re.findall(
        r"(une?) (?:\w+ )?(étoile|croix|cercle|carré|triangle|losange) (\w+)", " ".join(texts)
    )
    feminine = {"étoile", "croix"}
    forms = {"vert": "verte", "bleu": "bleue", "violet": "violette", "noir": "noire"}
    for article, noun, colour in figures:
        assert (article == "une") == (noun in feminine)
        if noun in feminine:
            assert colour not in forms
        else:
            assert colour not in forms.values()
    assert {colour for _, noun, colour in figures if noun in feminine} >= {"verte", "bleue"}


@pytest.mark.parametrize(
    ("shape", "colour", "english", "french"),
    [
        ("star", "green", "a green star", "une étoile verte"),
        ("star", "orange", "an orange star", "une étoile orange"),
        ("cross", "purple", "a purple cross", "une croix violette"),
        ("circle", "red", "a red circle", "un cercle rouge"),
        ("diamond", "black", "a black diamond", "un losange noir"),
    ],
)
def test_names(shape, colour, english, french):
    figure = Figure(
        next(s for s in SHAPES if s.en == shape), next(c for c in COLOURS if c.en == colour)
    )
    assert figure.english() == english
    assert figure.french() == french


def test_large_shapes_are_larger_than_small_ones(drawn):
    areas = {"large": [], "small": []}
    for caption in drawn.captions:
        size = re.match(r"a (large|small) ", caption.text)
        if size:
            pixels = np.asarray(open_image(drawn.images[caption.image]))
            areas[size[1]].append((pixels != pixels[0, 0]).any(axis=-1).mean())
    assert np.median(areas["large"]) > 3 * np.median(areas["small"])


def test_backgrounds_differ_from_all_colours():
    assert not set(BACKGROUNDS.values()) & set(COLOURS.values())


def test_a_seed_is_reproducible(tmp_path):
    for name, seed in (("one", 5), ("same", 5), ("other", 6)):
        draw_shapes(tmp_path / name, count=20, seed=seed)
    one, same, other = (
        [p.read_bytes() for p in sorted((tmp_path / name).rglob("*.*"))]
        for name in ("one", "same", "other")
    )
    assert one == same
    assert one != other


def test_images_are_drawn_at_the_first_reading_only(tmp_path, monkeypatch):
    monkeypatch.setattr(draw_shapes, "__defaults__", (10, 0))
    first = load_dataset(f"shapes:{tmp_path / 'new'}")
    monkeypatch.setattr("visavis.datasets.shapes.draw_shapes", None)
    assert load_dataset(f"shapes:{tmp_path / 'new'}") == first
    assert len(first.images) == 10


def test_a_folder_with_other_files_is_refused(place, tmp_path):
    mine = place("mine.txt", "keep out")
    with pytest.raises(DatasetError, match="not empty"):
        load_dataset(f"shapes:{tmp_path}")
    with pytest.raises(DatasetError, match="not empty"):
        load_dataset(f"shapes:{mine}")
    assert list(tmp_path.iterdir()) == [mine]
