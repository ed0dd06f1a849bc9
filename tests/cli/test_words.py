import json

import pytest

ROWS = """\
man 1 0 0 0
woman 1 1 0 0
king 1 0 2 0
queen 1 1 2 0
vélo 0 0 0 1
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "glove.txt"
    path.write_text(ROWS, "utf-8")
    return path


def test_nearest_words_stand_under_the_word(shell, file):
    code, out, err = shell("words", "nearest", file, "king", "velo", "-k", 2)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "king",
        "word   cosine",
        "queen   0.913",
        "man     0.447",
        "velo",
        "word   cosine",
        "man     0.000",
        "woman   0.000",
    ]


def test_an_analogy_is_answered(shell, file):
    code, out, _ = shell("words", "analogy", file, "man:woman :: king:?")
    assert (code, out.splitlines()[2].split()[0]) == (0, "queen")
    assert "man " not in out.partition("\n")[2]


def test_json_for_programs(shell, file):
    _, out, _ = shell("words", "nearest", file, "king", "vélo", "-k", 1, "--json")
    king, bike = json.loads(out)
    assert king == {"word": "king", "nearest": [{"word": "queen", "score": 0.912871}]}
    assert bike["word"] == "vélo"
    _, out, _ = shell("words", "analogy", file, "man:woman :: king:?", "-k", 1, "--json")
    answer = json.loads(out)
    assert answer["analogy"] == "man:woman :: king:?"
    assert [each["word"] for each in answer["answers"]] == ["queen"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nearest", "FILE", "zebra"), "'zebra' is not among the 5 words of FILE"),
        (("nearest", "FILE", "king", "-k", "0"), "k is 0; ask for at least 1 word"),
        (("nearest", "gone.txt", "king"), "gone.txt: no such file of word vectors"),
        (("nearest", "FOLDER", "king"), "FOLDER/words.bin: no such file of word vectors"),
        (("analogy", "FILE", "man:woman"), "'man:woman' is no analogy; write it like"),
        (("analogy", "FILE", "man:zebra :: king:?"), "'zebra' is not among the 5 words"),
    ],
)
def test_mistakes_are_one_line(shell, file, words, message):
    places = {"FILE": str(file), "FOLDER": str(file.parent)}
    for name, place in places.items():
        message = message.replace(name, place)
    assert message in shell.fails("words", *[places.get(word, word) for word in words])


@pytest.mark.parametrize("words", [(), ("nearest",), ("nearest", "a.txt"), ("analogy", "a.txt")])
def test_wrong_usage_exits_with_2(shell, words):
    assert shell("words", *words)[0] == 2


def test_the_help_names_what_there_is(shell):
    code, out, _ = shell("words", "--help")
    assert code == 0
    assert all(name in out for name in ("nearest", "analogy", "GloVe", "word2vec"))
