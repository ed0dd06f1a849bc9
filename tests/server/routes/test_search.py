from __future__ import annotations

import json
from base64 import b64encode
from io import BytesIO

import pytest
from PIL import Image

from server.client import form, problem, search
from visavis import Box, image, text
from visavis.encoders.relevance import RelevanceCurve
from visavis.server import limits


def encoded(colour="red", size=(60, 40), kind="PNG", **options):
    buffer = BytesIO()
    Image.new("RGB", size, colour).save(buffer, kind, **options)
    return buffer.getvalue()


def names(answer):
    return [hit["source"] for hit in answer["hits"]]


class TestTerms:
    def test_words_find_what_the_collection_finds(self, client, collection):
        answer = search(client, {"text": "rouge"})
        hits, expected = answer["hits"], collection.search("rouge", 24)
        assert answer["exact"]
        assert [(h["id"], h["score"]) for h in hits] == [(h.id, h.score) for h in expected]
        assert hits[0] == {
            "id": expected[0].id,
            "modality": "image",
            "source": "red.png",
            "text": None,
            "image": None,
            "metadata": {"name": "red.png", "width": 60, "height": 40, "split": "train"},
            "width": 60,
            "height": 40,
            "score": expected[0].score,
            "box": None,
            "relevance": None,
        }

    def test_relevance_its_cut_and_unknown_words_are_told(self, client, collection):
        answer = search(client, {"text": "red"})
        assert (answer["relevance_cut"], answer["unknown_words"]) == (None, [])
        collection.encoder.relevance = RelevanceCurve(-2.0, 4.0, 0.0, 0.0, 0.5)
        collection.encoder.unknown_words = lambda text: [w for w in text.split() if w == "qwertz"]
        answer = search(client, {"text": "red qwertz"})
        expected = collection.search("red qwertz", 24)
        assert (answer["relevance_cut"], answer["unknown_words"]) == (0.5, ["qwertz"])
        assert [hit["relevance"] for hit in answer["hits"]] == [hit.relevance for hit in expected]
        assert None not in {hit.relevance for hit in expected}
        composed = search(client, {"text": "red qwertz"}, {"text": "blue"})
        assert {hit["relevance"] for hit in composed["hits"]} == {None}
        assert composed["unknown_words"] == ["qwertz"]

    def test_less_relevant_images_are_left_out_on_request(self, client, collection):
        collection.encoder.relevance = RelevanceCurve(-2.0, 4.0, 0.0, 0.0, 0.5)
        assert names(search(client, {"text": "red"})) != ["red.png"]
        assert names(search(client, {"text": "red"}, min_relevance=0.5)) == ["red.png"]
        query = {"terms": [{"text": "red"}, {"text": "blue"}], "min_relevance": 0.5}
        refused = client.post("/api/v1/search", json=query)
        assert refused.status_code == 422
        assert "a query of one text" in refused.json()["detail"]

    def test_weights_balance_and_fusion_mean_what_they_mean_in_python(self, client, collection):
        red = encoded("red")
        terms = [
            {"image_base64": b64encode(red).decode(), "box": [0, 0, 10, 10]},
            {"text": "blue", "weight": -2},
        ]
        query = (image(red, Box(0, 0, 10, 10)) - 2 * text("blue")).balanced(0.3)
        for fusion in ("sum", "calibrated", "centred"):
            hits = search(client, *terms, balance=0.3, fusion=fusion)["hits"]
            expected = collection.search(query, 24, fusion=fusion)
            assert [(h["id"], h["score"]) for h in hits] == [(h.id, h.score) for h in expected]

    def test_an_item_stands_for_its_image_or_its_text(self, client, ids):
        assert names(search(client, {"item": ids["green"]}))[0] == "green.png"
        assert names(search(client, {"item": ids["bleu"]}))[0] == "blue.png"
        assert names(search(client, {"item": ids["blue"], "box": [1, 1, 3, 3]}))[0] == "blue.png"

    def test_uploads_are_named_parts_of_a_form(self, client):
        query = {"terms": [{"upload": "one"}, {"upload": "two", "weight": -1}]}
        files = {"one": ("x", encoded("red")), "two": ("../../etc/passwd", encoded("blue"))}
        answer = client.post("/api/v1/search", **form(query, **files)).json()
        assert names(answer) == ["red.png", "green.png", "blue.png"]

    def test_the_query_of_a_form_may_be_sent_as_a_file(self, client):
        files = {"query": ("blob", b'{"terms": [{"text": "vert"}]}', "application/json")}
        assert names(client.post("/api/v1/search", files=files).json())[0] == "green.png"

    def test_an_image_whose_file_has_gone(self, client, ids, photos):
        (photos / "red.png").unlink()
        asked = {"terms": [{"item": ids["red"]}]}
        problem(client.post("/api/v1/search", json=asked), 404, "image", ids["red"])


class TestChoosing:
    def test_modality_language_and_conditions(self, client):
        red = {"text": "red"}
        assert len(search(client, red, modality=None)["hits"]) == 6
        french = search(client, red, modality="text", lang="fr")["hits"]
        assert [hit["metadata"]["lang"] for hit in french] == ["fr", "fr"]
        assert names(search(client, red, where=["name=blue.png", "split=train"])) == ["blue.png"]

    def test_a_caption_names_its_image_and_no_path(self, client, ids, photos):
        answer = client.post(
            "/api/v1/search",
            json={"terms": [{"text": "red"}], "modality": "text"},
        )
        first, *others = answer.json()["hits"]
        assert (first["text"], first["image"]) == ("a red thing", ids["red"])
        assert [hit["image"] for hit in others] == [None, None]
        assert first["source"] == "photos#red.png#0"
        assert str(photos) not in answer.text

    def test_regions(self, client, collection):
        query = {"terms": [{"text": "red"}], "regions": True}
        problem(client.post("/api/v1/search", json=query), 409, "--regions")

    def test_the_cursor_goes_through_all_results_once(self, client, collection):
        seen, cursor = [], None
        while True:
            answer = search(client, {"text": "red"}, k=2, modality=None, cursor=cursor)
            seen += [hit["id"] for hit in answer["hits"]]
            cursor = answer["cursor"]
            if cursor is None:
                break
        assert seen == [hit.id for hit in collection.search("red", 10, None)]

    def test_no_cursor_beyond_the_last(self, client):
        assert search(client, {"text": "red"}, k=3)["cursor"] is None


class TestCaching:
    def counts(self, client):
        page = client.get("/metrics").text
        (line,) = [x for x in page.splitlines() if x.startswith("visavis_cached_answers_total")]
        return float(line.split()[1])

    def test_the_same_question_is_answered_from_memory_until_something_changes(
        self, client, collection
    ):
        upload = form({"terms": [{"upload": "a"}]}, a=encoded("red"))
        first = client.post("/api/v1/search", **upload).json()["hits"]
        assert self.counts(client) == 0
        again = client.post("/api/v1/search", **upload).json()["hits"]
        assert (again, self.counts(client)) == (first, 1)
        client.post("/api/v1/search", **form({"terms": [{"upload": "a"}]}, a=encoded("blue")))
        assert self.counts(client) == 1
        collection.remove(ids=[first[0]["id"]])
        changed = client.post("/api/v1/search", **upload).json()["hits"]
        assert [hit["id"] for hit in changed] == [hit["id"] for hit in first[1:]]
        assert self.counts(client) == 1

    def test_what_differs_is_asked_anew(self, client):
        for more in ({}, {"k": 1}, {"modality": "text"}, {"where": ["a!=1"]}, {"fusion": "sum"}):
            search(client, {"text": "red"}, **more)
        search(client, {"text": "red", "weight": 2})
        assert self.counts(client) == 0


class TestRefusing:
    @pytest.mark.parametrize(
        ("asked", "words"),
        [
            ({}, "terms"),
            ({"terms": []}, "terms"),
            ({"terms": [{"text": "a"}] * (limits.TERMS + 1)}, "terms"),
            ({"terms": [{}]}, "text, item, upload or image_base64"),
            ({"terms": [{"text": "a", "item": "b"}]}, "text, item, upload or image_base64"),
            ({"terms": [{"image": "/etc/passwd"}]}, "text, item, upload or image_base64"),
            ({"terms": [{"text": " "}]}, "terms.0.text"),
            ({"terms": [{"text": "a" * 3000}]}, "2000"),
            ({"terms": [{"text": "a", "weight": 0}]}, "weight 0"),
            ({"terms": [{"text": "a", "weight": "1"}]}, "weight"),
            ({"terms": [{"text": "a", "weight": True}]}, "weight"),
            ({"terms": [{"text": "a", "weight": 10**400}]}, "weight"),
            ({"terms": [{"text": "a", "box": [0, 0, 1, 1]}]}, "box"),
            ({"terms": [{"item": "../x"}]}, "item"),
            ({"terms": [{"upload": "x"}]}, "no file 'x'"),
            ({"terms": [{"image_base64": "%%%"}]}, "image_base64"),
            ({"terms": [{"image_base64": "AAA"}]}, "not base64"),
            ({"terms": [{"image_base64": "AAAA"}]}, "not an image"),
            ({"terms": [{"text": "a"}], "k": 0}, "k:"),
            ({"terms": [{"text": "a"}], "k": limits.RESULTS + 1}, "k:"),
            ({"terms": [{"text": "a"}], "k": 10**30}, "k:"),
            ({"terms": [{"text": "a"}], "k": 1.5}, "k:"),
            ({"terms": [{"text": "a"}], "balance": 2}, "balance"),
            ({"terms": [{"text": "a"}], "modality": "sound"}, "modality"),
            ({"terms": [{"text": "a"}], "where": ["split"]}, "split"),
            ({"terms": [{"text": "a"}], "fusion": "cantred"}, "centred"),
            ({"terms": [{"text": "a"}], "cursor": "AAAA"}, "cursor"),
            ({"terms": [{"text": "a"}], "cursor": "LTU"}, "cursor"),
            ({"terms": [{"text": "a"}], "surprise": 1}, "surprise"),
            ({"terms": [{"text": "red"}, {"text": "red", "weight": -1}]}, "cancel"),
        ],
    )
    def test_what_makes_no_sense(self, client, asked, words):
        problem(client.post("/api/v1/search", json=asked), 422, words)

    def test_an_unknown_item(self, client):
        problem(client.post("/api/v1/search", json={"terms": [{"item": "ghost"}]}), 404, "ghost")

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"\xff\xfe",
            b"[" * 100_000,
            b'{"terms": [{"text": "\\ud800"}]}',
            b"null",
            b"[]",
            b'{"terms": [{"text": "a", "weight": NaN}]}',
            b'{"terms": [{"text": "a", "weight": Infinity}]}',
            b'{"terms": [{"text": "a", "weight": 1e999}]}',
            b'{"terms": [{"text": "a"}], "k": ' + b"9" * 5000 + b"}",
        ],
    )
    def test_broken_json(self, client, body):
        headers = {"Content-Type": "application/json"}
        response = client.post("/api/v1/search", content=body, headers=headers)
        problem(response, 400 if response.status_code == 400 else 422)

    def test_images_that_are_too_large_or_none(self, client, monkeypatch):
        monkeypatch.setattr(limits, "UPLOAD_PIXELS", 2400)
        asked = {"terms": [{"upload": "a"}]}
        assert client.post("/api/v1/search", **form(asked, a=encoded())).status_code == 200
        wide = form(asked, a=encoded(size=(61, 40)))
        problem(client.post("/api/v1/search", **wide), 413, "61 x 40 pixels")
        problem(client.post("/api/v1/search", **form(asked, a=b"no")), 422, "not an image")
        cut = encoded("red", (400, 300), "JPEG")[:-800]
        monkeypatch.setattr(limits, "UPLOAD_PIXELS", 10**6)
        problem(client.post("/api/v1/search", **form(asked, a=cut)), 422, "truncated")

    def test_a_box_outside(self, client, ids):
        term = {"item": ids["red"], "box": [60, 0, 5, 5]}
        problem(client.post("/api/v1/search", json={"terms": [term]}), 422, "outside")


class TestDescribe:
    def test_all_ways_to_name_an_image(self, client, ids):
        red = encoded("red")
        base64 = {"image_base64": b64encode(red).decode()}
        answers = [
            client.post("/api/v1/describe", json={"item": ids["red"]}),
            client.post("/api/v1/describe", json={**base64, "box": [0, 0, 5, 5]}),
            client.post("/api/v1/describe", **form({"upload": "p"}, p=red)),
        ]
        for answer in answers:
            assert answer.json()["hits"][0]["text"] == "a red thing"
        french = client.post("/api/v1/describe", json={"item": ids["red"], "lang": "fr", "k": 1})
        assert [hit["metadata"]["lang"] for hit in french.json()["hits"]] == ["fr"]

    def test_exactly_one_image(self, client, ids):
        for asked in ({}, {"item": ids["red"], "upload": "x"}):
            problem(
                client.post("/api/v1/describe", json=asked),
                422,
                "one of item, upload or image_base64",
            )
        problem(client.post("/api/v1/describe", json={"item": ids["bleu"]}), 422, "is a text")


def test_embed(client, collection):
    asked = {"terms": [{"text": "red"}, {"text": "blue", "weight": 0.5}]}
    answer = client.post("/api/v1/embed", json=asked).json()
    expected = collection.vector(text("red") + 0.5 * text("blue"))
    assert (answer["model"], answer["dim"]) == ("fake@1", 16)
    assert answer["vector"] == expected.astype(float).tolist()


def test_numbers_that_json_lacks_are_null(client, collection):
    """Collections of earlier versions may hold some."""
    item = collection.add_text("odd red")
    with collection.store._database.writing() as database:
        metadata = '{"x": NaN, "y": [Infinity, 1]}'
        database.execute(
            "UPDATE sources SET metadata = ? WHERE source = ?", (metadata, item.source)
        )
    found = search(client, {"text": "odd red"}, modality="text", k=1)["hits"][0]
    assert json.loads(json.dumps(found))["metadata"] == {"x": None, "y": [None, 1]}


@pytest.mark.parametrize("key", ["source", "folder", "image", "latitude", "longitude"])
@pytest.mark.parametrize("test", ["~photos", "~/*", "!=x", ">a"])
def test_no_condition_tells_of_the_paths_of_the_server(client, key, test):
    for modality in ("image", "text"):
        asked = {"terms": [{"text": "red"}], "modality": modality, "where": [f"{key}{test}"]}
        problem(client.post("/api/v1/search", json=asked), 422, key, "no filter")
    asked = {"terms": [{"text": "red"}], "sort": f"-{key}"}
    problem(client.post("/api/v1/search", json=asked), 422, key, "no filter or order")


def test_hits_come_in_the_order_of_a_value(client, collection, ids):
    for colour, taken in {"red": "2022", "green": "2023", "blue": "2021"}.items():
        (item,) = collection.get([ids[colour]])
        where = {"latitude": 45.76, "longitude": 4.83}
        metadata = {**item.metadata, "taken": taken, **where}
        collection.add_image(item.source, metadata=metadata)
    hits = search(client, {"text": "red"}, sort="-taken")["hits"]
    assert [hit["metadata"]["taken"] for hit in hits] == ["2023", "2022", "2021"]
    assert "latitude" not in hits[0]["metadata"]
    first = search(client, {"text": "red"}, k=2, sort="taken")
    assert "2022" in [hit["metadata"]["taken"] for hit in first["hits"]], "the best two, in order"
    asked = {"terms": [{"text": "red"}], "sort": "takn"}
    problem(client.post("/api/v1/search", json=asked), 422, "did you mean 'taken'")
