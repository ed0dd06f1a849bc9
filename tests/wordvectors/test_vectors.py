from __future__ import annotations

import gzip
import sys

import numpy as np
import pytest
from gensim.models import KeyedVectors

from visavis.errors import MissingExtraError, QueryError, TrainingError
from visavis.training.tokenizer import SPECIAL
from visavis.wordvectors import WordVectors, load_word_vectors
from visavis.wordvectors.vectors import WORDS_FILE

WORDS = ["the", "Paris", "vélo", "roi", "king", "queen", "man", "woman"]
VECTORS = np.random.default_rng(0).normal(size=(8, 6)).astype(np.float32)


@pytest.fixture
def vectors():
    return WordVectors(WORDS, VECTORS)


def glove(path):
    lines = [" ".join([w, *map(str, v)]) for w, v in zip(WORDS, VECTORS.tolist(), strict=True)]
    data = ("\n".join(lines) + "\n").encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def word2vec(path):
    known = KeyedVectors(6)
    known.add_vectors(WORDS, VECTORS)
    known.save_word2vec_format(str(path), binary=".bin" in path.suffixes)


@pytest.fixture(
    params=[
        (glove, "glove.txt"),
        (glove, "glove.txt.gz"),
        (word2vec, "vectors.vec"),
        (word2vec, "vectors.vec.gz"),
        (word2vec, "vectors.bin"),
        (word2vec, "vectors.bin.gz"),
    ],
    ids=lambda param: param[1],
)
def file(request, tmp_path):
    write, name = request.param
    write(tmp_path / name)
    return tmp_path / name


def test_each_format_is_recognised(file):
    found = load_word_vectors(file)
    assert (found.words, found.width) == (WORDS, 6)
    assert found.vectors.dtype == np.float32
    assert np.allclose(found.vectors, VECTORS, atol=1e-6)


def test_only_wanted_words_are_kept_in_the_file_s_order(file):
    found = load_word_vectors(file, ["queen", "nothing", "vélo"])
    assert found.words == ["vélo", "queen"]
    assert np.allclose(found.vectors, VECTORS[[2, 5]], atol=1e-6)


@pytest.mark.parametrize("name", ["w.txt", "w.bin", "w.bin.gz"])
def test_what_is_saved_is_read_back(vectors, name, tmp_path):
    vectors.save(tmp_path / name)
    found = load_word_vectors(tmp_path / name)
    assert found.words == WORDS
    assert np.allclose(found.vectors, VECTORS, atol=1e-6)


def test_a_model_folder_keeps_its_words_without_special_tokens(tmp_path):
    words, table = [*SPECIAL, "vélo", "roi"], np.eye(5, dtype=np.float32)
    WordVectors(words, table).save(tmp_path / WORDS_FILE, leave_out=SPECIAL)
    found = load_word_vectors(tmp_path)
    assert found.words == ["vélo", "roi"]
    assert np.array_equal(found.vectors, table[3:])
    assert found.source == str(tmp_path / "words.bin")


def damaged(name):
    """A file that ends, or goes wrong, in its middle."""

    def write(path):
        word2vec(path.with_name(f"whole{name}"))
        data = path.with_name(f"whole{name}").read_bytes()
        path.write_bytes(data[: len(data) // 2])

    return name, write


@pytest.mark.parametrize(
    ("name", "write", "message"),
    [
        ("gone.txt", lambda path: None, "no such file of word vectors"),
        ("folder", lambda path: path.mkdir(), "no such file of word vectors"),
        ("empty.txt", lambda path: path.touch(), "not a file of word vectors"),
        ("photo.jpg", lambda path: path.write_bytes(b"\xff\xd8\xff\xe0" * 99), "not a file of"),
        ("a.txt", lambda path: path.write_text("a dog on the beach\n"), "not a file of"),
        ("a.csv", lambda path: path.write_text("image,text\n1.jpg,a\n"), "not a file of"),
        ("row.txt", lambda path: path.write_text("a 1 2 3\nb 1 2\n"), "row 2 is not a word and 3"),
        ("nan.txt", lambda path: path.write_text("a 1 2 3\nb 1 nan 2\n"), "no finite numbers"),
        ("short.txt", lambda path: path.write_text("2 2\na 1 2\n"), "2 words are announced, 1"),
        ("no.gz", lambda path: path.write_text("a 1 2 3\n"), "cannot be read"),
        ("huge.bin", lambda path: path.write_bytes(b"99999999999999 300\na \0\0"), "cannot be"),
        (*damaged("a.vec"), "cannot be read"),
        (*damaged("a.bin"), "cannot be read"),
        (*damaged("a.bin.gz"), "cannot be read"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_anything_else_is_refused_in_one_line(name, write, message, tmp_path):
    write(tmp_path / name)
    with pytest.raises(TrainingError, match=message) as raised:
        load_word_vectors(tmp_path / name)
    assert str(raised.value).startswith(str(tmp_path / name))
    assert "\n" not in str(raised.value)


def test_a_missing_gensim_names_the_extra(monkeypatch, tmp_path):
    word2vec(tmp_path / "a.bin")
    monkeypatch.setitem(sys.modules, "gensim", None)
    with pytest.raises(MissingExtraError, match=r"visavis\[words\]"):
        load_word_vectors(tmp_path / "a.bin")


def test_a_word_with_spaces_and_one_of_broken_bytes_are_read(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"a 1 2\n. . . 3 4\ncaf\xe9 5 6\na 7 8\n")
    found = load_word_vectors(tmp_path / "a.txt")
    assert found.words == ["a", ". . .", "caf\ufffd"]
    assert found.vectors.tolist() == [[1, 2], [3, 4], [5, 6]]


def test_nearest_words_are_gensim_s(vectors, file):
    oracle = KeyedVectors(6)
    oracle.add_vectors(WORDS, VECTORS)
    for word in WORDS:
        expected, found = oracle.most_similar(word, topn=5), vectors.nearest(word, 5)
        assert [w for w, _ in found] == [w for w, _ in expected]
        assert np.allclose([s for _, s in found], [s for _, s in expected], atol=1e-6)


def test_analogies_are_gensim_s(vectors):
    oracle = KeyedVectors(6)
    oracle.add_vectors(WORDS, VECTORS)
    expected = oracle.most_similar(positive=["woman", "king"], negative=["man"], topn=4)
    found = vectors.analogy("man:woman :: king:?", 4)
    # gensim divides the sum by its three terms, which changes neither order nor cosine.
    assert [w for w, _ in found] == [w for w, _ in expected]
    assert np.allclose([s for _, s in found], [s for _, s in expected], atol=1e-6)


def test_an_analogy_that_holds_is_found():
    words = ["man", "woman", "king", "queen", "car"]
    table = np.array([[1, 0, 0], [1, 1, 0], [1, 0, 2], [1, 1, 2], [-3, 0, 1]], np.float32)
    assert WordVectors(words, table).analogy("man:woman::king:?")[0][0] == "queen"


@pytest.mark.parametrize(
    "question", ["", "king", "man:woman", "man:woman :: king", "a:b :: c:d", "a:b :: ?:d", "::?"]
)
def test_an_analogy_of_another_form_is_shown_the_form(vectors, question):
    with pytest.raises(QueryError, match="write it like 'man:woman :: king:"):
        vectors.analogy(question)


@pytest.mark.parametrize("k", [0, -1])
def test_no_words_are_not_asked_for(vectors, k):
    with pytest.raises(QueryError, match=f"k is {k}; ask for at least 1 word"):
        vectors.nearest("man", k)


def test_case_and_accents_are_looked_past_when_a_word_is_not_found(vectors):
    assert [vectors.row(word) for word in ("vélo", "VELO", "velo", "paris")] == [2, 2, 2, 1]


def test_an_unknown_word_is_named_with_where_it_was_looked_for(file):
    with pytest.raises(QueryError) as raised:
        load_word_vectors(file).nearest("zebra")
    assert str(raised.value) == f"'zebra' is not among the 8 words of {file}"


def test_a_word_without_punctuation_is_no_other_word():
    with pytest.raises(QueryError, match="not among"):
        WordVectors([",", "a"], np.ones((2, 2), np.float32)).row("!")


def test_words_of_no_length_are_near_to_nothing():
    found = WordVectors(["a", "b", "c"], np.array([[1, 1], [0, 0], [1, 0]], np.float32))
    assert found.nearest("a") == [("c", pytest.approx(0.5**0.5)), ("b", 0.0)]
    assert found.nearest("b") == [("a", 0.0), ("c", 0.0)]


def test_more_are_asked_for_than_there_are(vectors):
    assert len(vectors.nearest("man", 99)) == 7
    assert len(vectors.analogy("man:woman :: king:?", 99)) == 5
