import numpy as np
import pytest

from beyond import LANGUAGES, PHRASES, describe, mistakes, read_phrases, subject_of, top_one
from visavis.cli.demo.photos import PHOTOS


@pytest.fixture
def phrases(tmp_path):
    path = tmp_path / "phrases.tsv"
    path.write_text("cat\ta cat\tun chat\nmoon\tthe moon\tla lune\nmoon\tcraters\tcratères\n")
    return read_phrases(path)


def test_every_photograph_has_phrases_and_every_phrase_a_photograph():
    own = read_phrases(PHRASES)
    assert {phrase.subject for phrase in own} == {subject_of(name) for name in PHOTOS}
    assert len(own) >= 60


@pytest.mark.parametrize("lang", LANGUAGES)
def test_phrases_are_unique(lang):
    texts = [phrase.texts[lang] for phrase in read_phrases(PHRASES)]
    assert len(set(texts)) == len(texts)
    assert all(text == text.strip() != "" for text in texts)


def test_the_subject_is_in_the_file_name():
    assert subject_of("motorcycle-again.png") == subject_of("motorcycle.png") == "motorcycle"


def test_only_the_first_rank_counts(phrases):
    names = ["cat.png", "moon.png", "moon-again.png"]
    scores = np.array([[0.9, 0.1, 0.8], [0.2, 0.5, 0.3], [0.7, 0.6, 0.4]], np.float32)
    found = top_one(scores, ["cat", "moon", "moon"], phrases)
    # The last photograph is nearest to "a cat"; "craters" are nearest to the cat.
    assert found.photos.tolist() == [True, True, False]
    assert found.phrases.tolist() == [True, True, False]
    assert describe(found) == "text -> image 66.7 % (2 of 3), image -> text 66.7 % (2 of 3)"
    assert mistakes(scores, names, phrases, "fr") == [
        "  cratères -> cat.png",
        "  moon-again.png -> un chat",
    ]
