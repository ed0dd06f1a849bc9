import numpy as np
import pytest
from words import CLASSES, ENGLISH, FRENCH, HERE, Word, Words, combine, read_words


@pytest.fixture(scope="module")
def labels(tmp_path_factory):
    path = tmp_path_factory.mktemp("labels") / "labels.txt"
    names = ["background", *(f"thing {n}, object {n}, stuff" for n in range(1, CLASSES))]
    path.write_text("\n".join(names) + "\n", "utf-8")
    return path


@pytest.fixture(scope="module")
def words(labels, tmp_path_factory):
    """Words without the teacher, which need not be installed."""
    made = Words.__new__(Words)
    made.named = read_words(labels)
    made.all = [*made.named, Word("galaxies")]
    return made


def test_a_class_has_its_labels_and_our_names(words):
    own = [words.named[row] for row in words.of_class[208]]
    assert [word.english for word in own] == [
        "thing 208",
        "object 208",
        "golden retriever",
        "dog",
    ]
    assert [word.french for word in own] == [None, None, "golden retriever", "chien"]


def test_every_class_but_the_background_has_a_name(words):
    assert words.of_class[0] == []
    assert all(words.of_class[1:])


@pytest.mark.parametrize(("name", "columns"), [("imagenet_words.tsv", 3), ("vocabulary.tsv", 2)])
def test_every_line_is_complete(name, columns):
    lines = (HERE / name).read_text("utf-8").splitlines()
    cells = [line.split("\t") for line in lines]
    assert all(
        len(row) == columns and all(part == part.strip() != "" for part in row) for row in cells
    )
    assert len(set(lines)) == len(lines)


def test_names_and_other_words_are_drawn_apart(words):
    rows = words.draw(np.random.default_rng(0), names=50, others=3)
    assert (rows[:50] < len(words.named)).all()
    assert [words.all[row].english for row in rows[50:]] == ["galaxies"] * 3


def test_a_word_is_said_in_both_languages(words):
    rng = np.random.default_rng(0)
    row = words.named.index(Word("moon", "lune"))
    said = {words.say(row, rng) for _ in range(300)}
    assert said == {form.format("moon") for form in ENGLISH} | {f.format("lune") for f in FRENCH}
    assert {words.say(len(words.named), rng) for _ in range(100)} <= {
        form.format("galaxies") for form in ENGLISH
    }


def test_words_stand_together_in_both_languages(words):
    sentences = combine(words.named, 50, seed=1)
    assert len(sentences) == 100
    for english, french in zip(sentences[::2], sentences[1::2], strict=True):
        assert english.text == english.english == french.english
    translations = {word.english: word.french for word in words.named if word.french}
    assert (
        sum(
            sum(name in english.text and translations[name] in french.text for name in translations)
            > 0
            for english, french in zip(sentences[::2], sentences[1::2], strict=True)
        )
        == 50
    )
    assert combine(words.named, 50, seed=1) == sentences
