import json

from PIL import Image

from visavis.collection import Collection


def test_texts_are_found_for_an_image(here, shell):
    code, out, _ = shell("describe", "green.png", "-k", "2")
    assert (code, len(out.splitlines())) == (0, 3)
    assert out.splitlines()[1].endswith("une chose verte vert")


def test_json_and_conditions(here, shell):
    code, out, _ = shell("describe", "red.png", "--where", "lang=fr", "--json")
    data = json.loads(out)
    assert code == 0
    assert data["query"] == {"terms": [{"weight": 1.0, "image": "red.png"}]}
    assert {hit["text"] for hit in data["hits"]} == {"une chose verte vert", "bleu"}


def test_texts_are_filtered_by_language(here, shell):
    _, out, _ = shell("describe", "red.png", "--lang", "en", "--json")
    assert [hit["text"] for hit in json.loads(out)["hits"]] == ["a red thing"]
    _, out, _ = shell("search", "red", "--for", "texts", "--lang", "fr", "--json")
    assert len(json.loads(out)["hits"]) == 2


def test_a_region_is_described(here, shell):
    image = Image.new("RGB", (60, 40), "red")
    image.paste("blue", (40, 0, 60, 40))
    image.save("two.png")
    code, out, _ = shell("describe", "two.png@40,0,20,40", "-k", "1", "--json")
    assert (code, json.loads(out)["hits"][0]["text"]) == (0, "bleu")


def test_only_an_image_can_be_described(here, shell):
    assert "no such image: 'a dog'" in shell.fails("describe", "a dog")


def test_a_collection_without_texts_says_so(here, shell):
    with Collection.open(".visavis") as collection:
        collection.remove(ids=[item.id for item in collection.items("text")])
    code, out, err = shell("describe", "red.png")
    assert (code, out) == (0, "nothing found\n")
    assert err.startswith("visavis: no texts in this collection; index captions")
