import numpy as np
import pytest
from names import HERE, Name, combine, read_names

CLASSES = 1000


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    path = tmp_path_factory.mktemp("labels") / "labels.txt"
    labels = ["background", *(f"thing {n}, object {n}, stuff" for n in range(1, CLASSES + 1))]
    path.write_text("\n".join(labels) + "\n", "utf-8")
    return read_names(path)


def test_a_class_has_its_labels_and_our_names(names):
    own = [name for name in names if name.number == 207]
    assert [name.english for name in own] == ["thing 208", "object 208", "golden retriever", "dog"]
    assert [name.french for name in own] == [None, None, "golden retriever", "chien"]


def test_every_class_has_a_name(names):
    assert {name.number for name in names} == {None, *range(CLASSES)}


@pytest.mark.parametrize(
    ("name", "columns"),
    [("imagenet_words.tsv", 3), ("vocabulary.tsv", 2), ("descriptions.tsv", 2)],
)
def test_every_line_is_complete(name, columns):
    lines = (HERE / name).read_text("utf-8").splitlines()
    cells = [line.split("\t") for line in lines]
    assert all(
        len(row) == columns and all(part == part.strip() != "" for part in row) for row in cells
    )
    assert len(set(lines)) == len(lines)


def test_a_name_is_said_in_the_languages_it_has():
    both, english = Name("moon", "lune"), Name("galaxies")
    assert {len(phrase) for phrase in both.phrases()} == {2}
    assert ("a photo of a moon", "une lune") not in both.phrases()
    assert ("moon", "lune") in both.phrases()
    assert ("a photo of galaxies",) in english.phrases()


def test_a_phrase_means_the_same_in_both_languages():
    phrases = list(Name("owl", "hibou").phrases())
    assert ("a photo of a owl", "une photo d'un hibou") in phrases
    assert [english for english, french in phrases if french == "le hibou"] == ["the owl"]
    assert ("the plane", "l'avion") in Name("plane", "avion").phrases()
    assert ("a photo of plane", "une photo d'avion") in Name("plane", "avion").phrases()


def test_a_word_that_is_no_noun_stands_alone(names):
    alone = [name for name in names if not name.noun]
    assert {"red", "playing", "wet"} <= {name.english for name in alone}
    assert all(list(name.phrases()) == [(name.english, name.french)] for name in alone)
    nouns = [Name("owl", "hibou"), Name("moon", "lune")]
    said = " ".join(english for english, _ in combine([*alone, *nouns], 20, seed=1))
    assert "playing" not in said


def test_names_stand_together_in_both_languages(names):
    sentences = combine(names, 50, seed=1)
    french = {name.english: name.french for name in names if name.french}
    assert all(
        any(name in one and french[name] in other for name in french) for one, other in sentences
    )
    assert combine(names, 50, seed=1) == sentences
    assert combine(names, 50, seed=2) != sentences
    assert len(np.unique([one for one, _ in sentences])) > 45
