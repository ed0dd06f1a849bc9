import pytest

from composition_french import read_french
from composition_queries import read_words


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("on the beach", "sur la plage"),
        ("a dog", "un chien"),
        ("black dog", "chien noir"),
        ("white dresses", None),
        ("white shirts", "chemises blanches"),
        ("grey ladies", "dames grises"),
        ("two men", "deux hommes"),
    ],
)
def test_a_change_in_french(english, french):
    translate = read_french()
    if french is None:
        with pytest.raises(KeyError):
            translate(english)
    else:
        assert translate(english) == french


def test_all_that_captions_can_ask_for_has_its_french():
    translate, meanings = read_french(), read_words()
    things = [word for word, concept in meanings.items() if concept.kind == "thing"]
    for concept in meanings.values():
        bound = concept.kind in {"colour", "number"}
        for change in (
            [f"{concept.phrase} {thing}" for thing in things] if bound else [concept.phrase]
        ):
            assert translate(change).strip()
