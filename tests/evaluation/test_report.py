from __future__ import annotations

from visavis.evaluation import evaluate


def test_details_keep_the_stable_keys_and_add_to_them(encoder, dataset):
    english, french = evaluate(encoder, dataset, "test")
    details = english.details()
    for key, value in english.to_json().items():
        if key in {"image_to_text", "text_to_image"}:
            assert value.items() <= details[key].items()
        else:
            assert details[key] == value
    assert details["recall_sum"] == 600
    assert details["image_to_text"]["intervals"]["R@1"] == [100, 100]
    assert details["image_to_text"]["queries"] == 3
    assert details["text_to_text"]["en"]["queries"] == 6
    assert details["text_to_text"]["en"]["P@5"] == 20
    assert set(details["text_to_text"]) == {"en", "fr"}
    assert set(french.details()["text_to_text"]) == {"en"}, "one French caption has no other"
