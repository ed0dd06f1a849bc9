import numpy as np
from corpus import Drawn, Sentence
from drawn import Drawing


def test_drawn_images_bring_captions_sentences_and_kinds():
    pixels = np.zeros((224, 224, 3), np.uint8)
    bricks, coins = ("bricks", "des briques"), ("coins", "des pièces")
    drawn = Drawn.of(
        [
            Drawing(pixels, "bricks", [bricks]),
            Drawing(pixels, "coins", [coins, ("money", "de l’argent")]),
            Drawing(pixels, "bricks", [bricks]),
        ]
    )
    assert drawn.pixels.shape == (3, 224, 224, 3)
    assert drawn.captions[1] == ["coins", "des pièces", "money", "de l’argent"]
    assert [own.tolist() for own in drawn.kinds] == [[0, 2], [1]]
    assert drawn.sentences[:2] == [
        Sentence("bricks", "bricks"),
        Sentence("des briques", "bricks"),
    ]
    assert len(drawn.sentences) == 6, "what is said twice is one sentence"
