from __future__ import annotations

import gzip
import subprocess
import sys

import numpy as np
import pytest
from gensim.models import KeyedVectors

from visavis.errors import MissingExtraError, QueryError, TrainingError
from visavis.training.tokenizer import SPECIAL, train_word_tokenizer
from visavis.training.words import (
    WORDS_FILE,
    WordVectors,
    load_word_vectors,
    spellings,
    train_word_vectors,
    vectors_for,
)

WORDS = ["the", "Paris", "vélo", "roi", "king", "queen", "man", "woman"]
VECTORS = np.random.default_rng(0).normal(size=(8, 6)).astype(np.float32)
CAPTIONS = ["Un vélo rouge.", "Le Vélo et le velo", "un vélo, l'été !", "A dog"]


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
    WordVectors(words, table).save(tmp_path / WORDS_FILE)
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
    with pytest.raises(MissingExtraError, match=r"visavis\[train\]"):
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
    assert [vectors.place(word) for word in ("vélo", "VELO", "velo", "paris")] == [2, 2, 2, 1]


def test_an_unknown_word_is_named_with_where_it_was_looked_for(file):
    with pytest.raises(QueryError) as raised:
        load_word_vectors(file).nearest("zebra")
    assert str(raised.value) == f"'zebra' is not among the 8 words of {file}"


def test_a_word_without_punctuation_is_no_other_word():
    with pytest.raises(QueryError, match="not among"):
        WordVectors([",", "a"], np.ones((2, 2), np.float32)).place("!")


def test_words_of_no_length_are_near_to_nothing():
    found = WordVectors(["a", "b", "c"], np.array([[1, 1], [0, 0], [1, 0]], np.float32))
    assert found.nearest("a") == [("c", pytest.approx(0.5**0.5)), ("b", 0.0)]
    assert found.nearest("b") == [("a", 0.0), ("c", 0.0)]


def test_more_are_asked_for_than_there_are(vectors):
    assert len(vectors.nearest("man", 99)) == 7
    assert len(vectors.analogy("man:woman :: king:?", 99)) == 5


def test_spellings_by_frequency_small_letters_first():
    found = spellings(CAPTIONS)
    assert found["velo"] == ["vélo", "velo", "Vélo"]
    assert found["ete"] == ["été", "ete"]
    assert found["l"] == ["l"]
    assert found["a"] == ["a", "A"]


def test_composed_and_decomposed_accents_are_one_spelling():
    assert spellings(["ve\u0301lo", "vélo"]) == {"velo": ["vélo", "velo"]}


def test_a_table_has_a_row_for_each_token(vectors):
    tokenizer = train_word_tokenizer([*CAPTIONS, "Paris"], 16)
    table = vectors_for(tokenizer, vectors, spellings([*CAPTIONS, "Paris"]))
    assert len(table.words) == tokenizer.get_vocab_size()
    assert np.array_equal(table.vectors[tokenizer.token_to_id("velo")], VECTORS[2])
    assert np.array_equal(table.vectors[tokenizer.token_to_id("paris")], VECTORS[1])
    assert table.words[tokenizer.token_to_id("velo")] == "vélo"
    without = [tokenizer.token_to_id(word) for word in ("[PAD]", "[UNK]", "[CLS]", "dog", "ete")]
    assert not table.vectors[without].any()
    assert table.words[tokenizer.token_to_id("ete")] == "ete"


def test_vectors_of_none_of_the_words_are_refused(vectors):
    tokenizer = train_word_tokenizer(["ein Hund"], 16)
    with pytest.raises(TrainingError, match="holds a vector for none"):
        vectors_for(tokenizer, vectors, {})


def test_learned_vectors_tell_what_occurs_together():
    rng = np.random.default_rng(0)
    themes = (["sea", "sand", "wave", "shore"], ["snow", "ski", "slope", "ice"])
    texts = [" ".join(rng.choice(themes[n % 2], 5)) for n in range(3000)]
    learned = train_word_vectors(texts, width=12, seed=1)
    assert learned.vectors.shape == (8, 12)
    assert {word for word, _ in learned.nearest("sand", 3)} == {"sea", "wave", "shore"}


def test_accents_are_learned_and_capitals_are_not():
    learned = train_word_vectors(["Un vélo", "un vélo", "Vélo"], width=4)
    assert learned.words == ["vélo", "un"]


def test_texts_without_a_word_teach_nothing():
    with pytest.raises(TrainingError, match="without a word"):
        train_word_vectors(["!!", ""])


def test_learning_gives_the_same_vectors_in_every_process():
    code = """
from visavis.training.words import train_word_vectors
texts = [f"a dog number {n % 7} runs on beach {n % 5}" for n in range(200)]
print(train_word_vectors(texts, width=8, seed=3).vectors.tobytes().hex())
"""
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1] != ""


def test_another_seed_gives_other_vectors():
    first, second = (train_word_vectors(CAPTIONS, 8, seed).vectors for seed in (1, 2))
    assert not np.allclose(first, second)
