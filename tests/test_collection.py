from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from fakes import FakeEncoder
from fusing import slow_scores
from visavis.collection import Collection, image_id, text_id
from visavis.errors import (
    CollectionError,
    ImageError,
    ModelMismatchError,
    QueryError,
    UnknownNameError,
)
from visavis.indexing import index
from visavis.queries import FUSIONS, Query, image, text
from visavis.queries.filters import parse_filter
from visavis.stores import SQLiteStore
from visavis.types import Box, Condition


def paint(path, colour, size=(20, 10)):
    Image.new("RGB", size, colour).save(path)
    return path


@pytest.fixture
def collection(tmp_path, encoder):
    with Collection.create(tmp_path / "c", encoder) as collection:
        for colour in ("red", "green", "blue"):
            collection.add_image(paint(tmp_path / f"{colour}.png", colour), metadata={"n": colour})
        for lang, words in {"en": "a blue thing", "fr": "une chose bleu"}.items():
            collection.add_text(words, f"bank#{lang}", {"lang": lang})
        yield collection


def names(hits):
    return [hit.source.rpartition("/")[2] for hit in hits]


class TestOpening:
    def test_another_process_makes_it_first(self, tmp_path, encoder, monkeypatch):
        place = tmp_path / "c"
        Collection.create(place, encoder).close()
        first_no = iter([False, True])
        monkeypatch.setattr(SQLiteStore, "exists", lambda _: next(first_no))
        with Collection.open_or_create(place, encoder) as opened:
            assert len(opened) == 0

    def test_create_open_and_open_or_create(self, tmp_path, encoder):
        place = tmp_path / "c"
        with pytest.raises(CollectionError, match="no collection"):
            Collection.open(place, encoder)
        with Collection.open_or_create(place, encoder) as made:
            made.add_text("hello")
        with Collection.open_or_create(place, encoder) as again:
            assert again.stats().texts == 1
        with pytest.raises(CollectionError, match="already"):
            Collection.create(place, encoder)

    def test_another_model_is_refused_with_both_ids(self, tmp_path, encoder):
        Collection.create(tmp_path / "c", encoder).close()
        with pytest.raises(ModelMismatchError, match=r"fake@1.*other@2.*new collection"):
            Collection.open(tmp_path / "c", FakeEncoder("other@2"))

    def test_another_dimension_is_refused(self, tmp_path, encoder):
        Collection.create(tmp_path / "c", encoder).close()
        with pytest.raises(ModelMismatchError):
            Collection.open(tmp_path / "c", FakeEncoder(dim=8))

    def test_the_bundled_model_is_the_default_and_lazy(self, tmp_path, encoder, monkeypatch):
        Collection.create(tmp_path / "c", encoder).close()
        loaded = []
        monkeypatch.setattr("visavis.encoders.load_encoder", lambda _: loaded.append(1) or encoder)
        with Collection.open(tmp_path / "c") as collection:
            collection.stats()
            assert not loaded
            collection.search("red")
            collection.search("red")
            assert loaded == [1]

    def test_the_bundled_model_is_checked_too(self, tmp_path, encoder, monkeypatch):
        Collection.create(tmp_path / "c", encoder).close()
        monkeypatch.setattr("visavis.encoders.load_encoder", lambda _: FakeEncoder("other@2"))
        with (
            Collection.open(tmp_path / "c") as collection,
            pytest.raises(ModelMismatchError, match=r"fake@1.*other@2"),
        ):
            collection.search("red")


class TestSearching:
    """All five directions, with an encoder that sees mean colours and colour words."""

    @pytest.mark.parametrize(
        ("words", "best"),
        [("red", "red.png"), ("un objet vert", "green.png"), ("bleu", "blue.png")],
    )
    def test_text_to_images(self, collection, words, best):
        hits = collection.search(words, k=2)
        assert names(hits)[0] == best
        assert len(hits) == 2
        assert hits[0].metadata == {"n": best.removesuffix(".png")}

    def test_the_best_in_the_order_of_a_value(self, collection):
        best = [hit.id for hit in collection.search("red", k=2)]
        ordered = collection.search("red", k=2, sort="-n")
        assert sorted(hit.id for hit in ordered) == sorted(best)
        assert ordered[0].metadata["n"] == "red"
        both = collection.search(text("red") + text("blue"), sort="n")
        assert [hit.metadata["n"] for hit in both] == ["blue", "green", "red"]
        with pytest.raises(QueryError, match="no item has a key 'x'"):
            collection.search("red", sort="x")

    def test_image_to_texts(self, collection, tmp_path):
        hits = collection.describe(tmp_path / "blue.png", k=1)
        assert [hit.text for hit in hits] == ["a blue thing"]
        (hit,) = collection.describe(tmp_path / "blue.png", where=(Condition("lang", "=", "fr"),))
        assert (hit.text, hit.source, hit.modality) == ("une chose bleu", "bank#fr", "text")

    def test_text_to_texts(self, collection):
        assert collection.search("une chose", modality="text", k=1)[0].source == "bank#fr"

    def test_image_to_images(self, collection, tmp_path):
        hit = collection.search(tmp_path / "green.png")[0]
        assert names([hit]) == ["green.png"]
        assert hit.score == pytest.approx(1, abs=1e-6)

    def test_image_and_text_to_images(self, collection, tmp_path):
        purple = image(tmp_path / "red.png") + 3 * text("blue")
        assert names(collection.search(purple)) == ["blue.png", "red.png", "green.png"]
        less_red = image(tmp_path / "red.png") + text("blue") - 0.9 * text("red")
        assert names(collection.search(less_red))[0] == "blue.png"

    def test_both_modalities(self, collection):
        hits = collection.search("blue", modality=None, k=10)
        assert {hit.modality for hit in hits} == {"image", "text"}
        assert len(hits) == 5

    def test_an_image_from_bytes_and_a_part_of_one(self, collection, tmp_path):
        both = Image.new("RGB", (40, 20), "red")
        both.paste("blue", (20, 0, 40, 20))
        buffer = io.BytesIO()
        both.save(buffer, "PNG")
        part = image(buffer.getvalue(), Box(20, 0, 20, 20))
        assert names(collection.search(part, k=1)) == ["blue.png"]

    def test_the_vector_is_the_normalised_weighted_sum(self, collection, tmp_path, encoder):
        query = 2 * text("red") + image(tmp_path / "green.png") - 0.5 * text("bleu word")
        total = (
            2 * encoder.encode_texts(["red"])[0]
            + encoder.encode_images([Image.new("RGB", (8, 8), "green")])[0]
            - 0.5 * encoder.encode_texts(["bleu word"])[0]
        )
        expected = total / np.sqrt((total**2).sum())
        np.testing.assert_allclose(collection.vector(query), expected, atol=1e-6)

    @pytest.mark.parametrize("name", FUSIONS.names())
    def test_terms_are_fused_over_the_whole_collection(self, collection, tmp_path, encoder, name):
        query = image(tmp_path / "red.png") + 2 * text("blue thing") - 0.5 * text("vert")
        colours = ("red", "green", "blue")
        images = encoder.encode_images([Image.new("RGB", (8, 8), c) for c in colours])
        terms = np.stack([images[0], *encoder.encode_texts(["blue thing", "vert"])])
        means = [images.mean(axis=0), 0, 0]
        scores = slow_scores(name, terms, [1, 2, -0.5], images, means)
        expected = dict(zip((f"{c}.png" for c in colours), scores, strict=True))
        hits = collection.search(query, fusion=name)
        assert dict(zip(names(hits), [h.score for h in hits], strict=True)) == pytest.approx(
            expected, abs=1e-5
        )
        assert names(hits) == sorted(expected, key=expected.get, reverse=True)
        (best,) = collection.search(query, where=(Condition("n", "=", "green"),), fusion=name)
        assert best.score == pytest.approx(expected["green.png"], abs=1e-5)

    @pytest.mark.parametrize("name", FUSIONS.names())
    def test_each_modality_is_measured_by_itself(self, collection, name):
        query = text("red") + 2 * text("blue thing") - 0.5 * text("vert")
        parts = [collection.search(query, 9, each, fusion=name) for each in ("image", "text")]
        expected = sorted([*parts[0], *parts[1]], key=lambda hit: (-hit.score, hit.id))
        assert collection.search(query, 9, None, fusion=name) == expected
        assert collection.search(query, 2, None, fusion=name) == expected[:2]

    def test_one_image_is_its_own_average(self, tmp_path, encoder):
        with Collection.create(tmp_path / "one", encoder) as one:
            assert one.search(text("red") + text("blue")) == []
            one.add_image(paint(tmp_path / "red.png", "red"))
            (hit,) = one.search(text("red") + text("blue"))
            assert hit.score == 0

    def test_the_best_region_is_named(self, tmp_path, encoder):
        both = Image.new("RGB", (40, 20), "red")
        both.paste("blue", (20, 0, 40, 10))
        both.save(tmp_path / "both.png")
        paint(tmp_path / "green.png", "green")
        with Collection.create(tmp_path / "r", encoder) as collection:
            index([tmp_path / "both.png", tmp_path / "green.png"], collection, regions=True)
            (hit,) = collection.search("blue", k=1, regions=True)
            assert (names([hit]), hit.box) == (["both.png"], Box(20, 0, 20, 10))
            (hit,) = collection.search(text("blue") - text("red"), k=1, regions=True)
            assert hit.box == Box(20, 0, 20, 10)
            assert collection.search("red", k=1)[0].box is None

    def test_a_fusion_nobody_knows(self, collection):
        with pytest.raises(
            UnknownNameError, match="unknown fusion 'calibrate'; did you mean 'calibrated'"
        ):
            collection.search(text("red") + text("blue"), fusion="calibrate")

    def test_only_negative_terms_find_what_is_least_like_them(self, collection):
        for query in (-text("red"), -text("red") - text("green")):
            assert names(collection.search(query, k=1)) == ["blue.png"]

    def test_forty_terms(self, collection):
        query = sum(text(f"red {n}") for n in range(40))
        assert names(collection.search(query, k=1)) == ["red.png"]

    def test_all_texts_are_encoded_at_once(self, collection, encoder, monkeypatch):
        calls = []
        real = encoder.encode_texts
        monkeypatch.setattr(
            encoder, "encode_texts", lambda texts: calls.append(texts) or real(texts)
        )
        collection.search(text("red") + text("green") - text("blue word"))
        assert calls == [["red", "green", "blue word"]]

    @pytest.mark.parametrize("k", [0, -3])
    def test_k_is_checked_before_anything_is_encoded(self, collection, encoder, monkeypatch, k):
        monkeypatch.setattr(encoder, "encode_texts", None)
        with pytest.raises(QueryError, match=str(k)):
            collection.search("red", k=k)

    @pytest.mark.parametrize(
        "query",
        [text("dog") - text("dog"), text("red") + text("dog") - text("dog") - text("rouge")],
        ids=str,
    )
    def test_terms_that_cancel_out(self, collection, query):
        with pytest.raises(QueryError, match="cancel"):
            collection.search(query)

    @pytest.mark.parametrize("query", [None, 3, sum([])])
    def test_what_is_no_query(self, collection, query):
        with pytest.raises(QueryError, match="give a text, a Path"):
            collection.search(query)

    def test_an_unknown_modality(self, collection):
        with pytest.raises(QueryError, match="modality 'images': ask for 'image', 'text' or None"):
            collection.search("a blue thing", modality="images")

    def test_small_weights_do_not_cancel(self, collection):
        assert names(collection.search(1e-6 * text("red"), k=1)) == ["red.png"]

    def test_an_empty_text(self, collection):
        with pytest.raises(QueryError):
            collection.search("  ")

    def test_an_image_that_is_not_there(self, collection, tmp_path):
        with pytest.raises(ImageError, match=r"ghost\.jpg"):
            collection.search(tmp_path / "ghost.jpg")


class TestAddingAndRemoving:
    def test_ids_are_content(self, collection, tmp_path):
        data = (tmp_path / "red.png").read_bytes()
        item = collection.add_image(data, "upload/1", {"n": "again"})
        assert item.id == image_id(data)
        assert collection.stats().images == 3
        assert collection.stats().sources == 6

    def test_the_language_is_part_of_a_text(self, collection):
        english = collection.add_text("chat", metadata={"lang": "en"})
        french = collection.add_text("chat", metadata={"lang": "fr"})
        assert english.id == text_id("chat", "en") != french.id
        assert collection.get([french.id]) == [french]

    def test_a_language_is_found_however_it_was_written(self, collection):
        added = collection.add_text("chat", metadata={"lang": "FR ", "by": "me"})
        assert added.metadata == {"lang": "fr", "by": "me"}
        assert added == collection.add_text("chat", metadata={"lang": "fr", "by": "me"})
        found = collection.search("chat", 9, "text", parse_filter(["by=me"], lang="Fr"))
        assert [hit.id for hit in found] == [added.id]

    def test_bytes_without_a_source(self, collection, tmp_path):
        data = paint(tmp_path / "x.png", "yellow").read_bytes()
        assert collection.add_image(data).source == image_id(data)

    @pytest.mark.parametrize("bad", [b"", b"hello", "ghost.jpg"])
    def test_what_is_no_image(self, collection, bad):
        with pytest.raises(ImageError):
            collection.add_image(bad)
        assert collection.stats().images == 3

    def test_a_damaged_image_is_named(self, collection, tmp_path):
        (tmp_path / "bad.jpg").write_bytes((tmp_path / "red.png").read_bytes()[:-30])
        with pytest.raises(ImageError, match=r"bad\.jpg: "):
            collection.add_image(tmp_path / "bad.jpg")

    def test_an_empty_text(self, collection):
        with pytest.raises(QueryError):
            collection.add_text(" \n")
        with pytest.raises(QueryError, match="not UTF-8"):
            collection.add_text("half an emoji: \ud83d")

    def test_removing(self, collection, tmp_path):
        (red,) = collection.search("red", k=1)
        assert collection.remove(ids=[red.id], sources=["bank#en", "ghost"]) == 2
        stats = collection.stats()
        assert (stats.images, stats.texts) == (2, 1)
        assert "red.png" not in names(collection.search("red"))


def test_all_items_that_can_be_found(collection, tmp_path, monkeypatch):
    real = collection.store.ids
    monkeypatch.setattr(
        collection.store, "ids", lambda modality=None, after="": real(modality, after, 2)
    )
    everything = list(collection.items())
    assert [item.id for item in everything] == sorted(item.id for item in everything)
    assert len(everything) == 5
    assert [i for i in everything if i.modality == "text"] == list(collection.items("text"))
    collection.store.mark_missing([str(tmp_path / "red.png")])
    assert len(list(collection.items("image"))) == 2


def test_its_length_is_the_number_of_items_that_can_be_found(collection, tmp_path):
    assert len(collection) == 5
    collection.store.mark_missing([str(tmp_path / "red.png")])
    assert len(collection) == 4


def test_it_tells_where_it_is_and_of_what_model(collection, tmp_path):
    assert repr(collection) == f"<Collection {str(tmp_path / 'c')!r} of model 'fake@1'>"


@pytest.mark.parametrize(
    "use",
    [
        len,
        lambda collection: collection.search("red"),
        lambda collection: collection.search(text("red") + text("blue")),
        lambda collection: collection.add_text("late"),
        lambda collection: list(collection.items()),
        lambda collection: collection.get(["a"]),
        lambda collection: collection.remove(ids=["a"]),
        lambda collection: collection.stats(),
    ],
)
def test_once_closed_it_says_so(collection, use):
    collection.close()
    with pytest.raises(CollectionError, match="the collection is closed"):
        use(collection)
    assert repr(collection).startswith("<Collection ")


@pytest.mark.parametrize(
    "where", ["n=green", ["n=green"], Condition("n", "=", "green"), ["n~gre", "modality=image"]]
)
def test_conditions_are_strings_or_ready(collection, where):
    assert names(collection.search("red", where=where)) == ["green.png"]


@pytest.mark.parametrize("where", ["n", ["n==x"], 7, [None], 'a"b=c'])
def test_a_wrong_condition_is_refused_before_anything_is_encoded(
    collection, encoder, monkeypatch, where
):
    monkeypatch.setattr(encoder, "encode_texts", None)
    with pytest.raises(QueryError):
        collection.search("red", where=where)


@pytest.mark.parametrize("query", ["red", text("red") + text("blue")])
def test_a_condition_that_nothing_can_meet_is_named(collection, query):
    with pytest.raises(QueryError, match="no item has a key 'naem'"):
        collection.search(query, where="naem=x")
    assert collection.search(query, where="n=purple") == []
    assert len(collection.search(query, where="naem!=x")) == len(collection.search(query))


def test_conditions_on_descriptions(collection, tmp_path):
    (hit,) = collection.describe(tmp_path / "blue.png", where="lang=fr")
    assert hit.text == "une chose bleu"


def test_a_query_is_accepted_as_it_is(collection):
    assert isinstance(text("red"), Query)
    assert collection.search(text("red")) == collection.search("red")


@pytest.mark.parametrize(
    "about", [{"x": object()}, {"x": "\udce9"}, {"x": float("nan")}, {"x": [-float("inf")]}]
)
def test_metadata_that_is_no_json_is_refused(collection, about):
    before = collection.stats().texts
    with pytest.raises(CollectionError, match="'here': cannot be kept as JSON"):
        collection.add_text("a text", "here", about)
    assert collection.stats().texts == before
