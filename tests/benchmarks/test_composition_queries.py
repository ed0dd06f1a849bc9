import random

import pytest

from composition_queries import compose, concepts_of, read_words
from visavis.datasets import Caption

MEANINGS = read_words()


def phrases(caption):
    return {concept.phrase for concept in concepts_of(caption, MEANINGS)}


def captions(**said):
    return [
        Caption(f"{image}#{n}", image, text, "en")
        for image, texts in said.items()
        for n, text in enumerate(texts)
    ]


@pytest.mark.parametrize(
    ("caption", "said"),
    [
        ("A black dog runs on the sandy shore .", {"black dog", "a dog", "on the beach"}),
        ("Two dogs in snow", {"two dogs", "a dog", "in the snow"}),
        ("A black and white dog", {"black dog", "white dog", "a dog"}),
        ("A red , very large and old car", {"a car"}),
        ("Two of them are red", set()),
        ("Nothing known", set()),
    ],
)
def test_a_caption_says_what_its_words_mean(caption, said):
    assert phrases(caption) == said


SCENE = captions(
    snow=["a black dog in the snow", "a dog"],
    beach1=["a black dog on the beach"],
    beach2=["a dog on the sand", "a black dog"],
    brown=["a brown dog on the beach"],
    cat=["a cat in the snow"],
)


def test_captions_that_differ_in_one_thing_make_a_query():
    asked = [q for q in compose(SCENE) if q.reference == "snow" and q.kind == "place"]
    (query,) = {len(q.wanted): q for q in asked if len(q.wanted) == 3}.values()
    assert query.change == "on the beach"
    assert query.right == {"beach1", "beach2"}


def test_a_reference_never_says_what_is_asked_and_a_right_answer_says_all():
    said = {}
    for caption in SCENE:
        said.setdefault(caption.image, set()).update(concepts_of(caption.text, MEANINGS))
    queries = compose(SCENE)
    assert queries
    for query in queries:
        assert query.change not in {c.phrase for c in said[query.reference]}
        assert query.reference not in query.right
        right = {i for i, c in said.items() if query.wanted <= c and i != query.reference}
        assert query.right == right
        assert len(right) >= 2


def test_a_colour_changes_on_the_same_thing_only():
    scene = captions(
        a=["a black dog with a ball"],
        b=["a red ball and a dog"],
        c=["a red ball and a dog"],
    )
    assert not [query for query in compose(scene) if query.kind == "colour"]


def test_the_order_of_captions_does_not_matter():
    mixed = random.Random(0).sample(SCENE, len(SCENE))
    assert compose(mixed) == compose(SCENE)
