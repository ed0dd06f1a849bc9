"""Composed queries over real vectors, against each formula written out over all of them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from fusing import slow_scores
from visavis.collection import Collection
from visavis.datasets import load_dataset
from visavis.encoders import load_encoder
from visavis.indexing import index
from visavis.queries import FUSIONS, image, text

WEIGHTS = [1.0, 2.0, -0.5]


@pytest.fixture(scope="module", params=["demo", pytest.param("flickr8k", marks=pytest.mark.slow)])
def photographs(request, tmp_path_factory):
    """Paths and captions: of the demo, or of Flickr8k's dev split if FLICKR8K names its folder."""
    if request.param == "demo":
        from visavis.cli.demo.photos import copy_photos

        folder = tmp_path_factory.mktemp("photos")
        copy_photos(folder)
        return sorted(folder.iterdir()), ["a man", "a cat", "the moon", "coins", "a rocket"]
    if "FLICKR8K" not in os.environ:
        pytest.skip("FLICKR8K does not name a folder")
    dataset = load_dataset(f"flickr8k:{os.environ['FLICKR8K']}").select(split="dev")
    return list(dataset.images.values()), [c.text for c in dataset.captions][::10]


@pytest.fixture(scope="module")
def collection(photographs, tmp_path_factory):
    paths, texts = photographs
    with Collection.create(tmp_path_factory.mktemp("c") / "c", load_encoder()) as collection:
        index(paths, collection, regions=len(paths) < 100)
        collection.add_text(texts[0])
        for words in texts[1:]:
            collection.add_text(words)
        yield collection


@pytest.mark.parametrize("name", FUSIONS.names())
@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("modality", ["image", "text"])
def test_scores_and_the_ten_best_are_those_of_the_formula(
    photographs, collection, name, number, modality
):
    paths, texts = photographs
    chosen = Path(paths[7 * number % len(paths)])
    words = texts[3 * number % len(texts)], texts[(3 * number + 1) % len(texts)]
    query = image(chosen) + 2 * text(words[0]) - 0.5 * text(words[1])
    terms = [collection.vector(image(chosen)), *(collection.vector(each) for each in words)]
    items = list(collection.items(modality))
    vectors = {
        each: collection.store.vectors([item.id for item in collection.items(each)])
        for each in ("image", "text")
    }
    words = collection.encoder.text_mean
    means = [vectors["image"].mean(axis=0, dtype=float), words, words]
    scores = slow_scores(name, terms, WEIGHTS, vectors[modality], means)
    expected = {item.id: score for item, score in zip(items, scores, strict=True)}
    hits = collection.search(query, 10, modality, fusion=name)
    assert [hit.score for hit in hits] == pytest.approx(sorted(scores, reverse=True)[:10], abs=1e-5)
    assert {hit.id: hit.score for hit in hits} == pytest.approx(
        {hit.id: expected[hit.id] for hit in hits}, abs=1e-5
    )


@pytest.mark.parametrize("name", FUSIONS.names())
def test_regions_are_measured_over_all_regions_and_full_images(photographs, collection, name):
    paths, texts = photographs
    if not collection.stats().regions:
        pytest.skip("indexed without regions")
    query = image(Path(paths[2])) + 2 * text(texts[0]) - 0.5 * text(texts[1])
    terms = [collection.vector(image(paths[2])), *(collection.vector(t) for t in texts[:2])]
    pixels = [collection._image(str(path)) for path in paths]
    ranked = np.concatenate(collection.encoder.encode_with_regions(pixels))
    words = collection.encoder.text_mean
    means = [collection.store.moments("image").mean, words, words]
    scores = slow_scores(name, terms, WEIGHTS, ranked, means)
    best = np.reshape(scores, (len(paths), -1)).max(axis=1)
    hits = collection.search(query, len(paths), regions=True, fusion=name)
    expected = dict(zip(map(str, paths), best, strict=True))
    assert {hit.source: hit.score for hit in hits} == pytest.approx(expected, abs=1e-5)
