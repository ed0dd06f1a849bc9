import pytest
from PIL import Image

from visavis.errors import TrainingError
from visavis.training.text_tables import ClassNames, DrawnClasses, EqualTexts


def table(path, *lines):
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


def test_texts_of_a_line_mean_the_same(tmp_path):
    found = EqualTexts.read(table(tmp_path / "pairs.tsv", "a dog\tun chien", "hello", "a\tb\tc"))
    assert found.lines == [("a dog", "un chien"), ("hello",), ("a", "b", "c")]
    assert found.first == {"un chien": "a dog", "b": "a", "c": "a"}


def test_names_belong_to_classes(tmp_path):
    found = ClassNames.read(
        table(tmp_path / "n.tsv", "3\ta shark\tun requin", "0\ttench", "3\tjaws")
    )
    assert found.texts == ["a shark", "un requin", "tench", "jaws"]
    assert found.classes.tolist() == [3, 3, 0, 3]
    assert found.lines == [("a shark", "un requin"), ("tench",), ("jaws",)]


def test_classes_beyond_those_of_the_classifier_are_refused(tmp_path):
    found = ClassNames.read(table(tmp_path / "names.tsv", "1000\ta fish"))
    found.check(1001)
    with pytest.raises(TrainingError, match="names class 1000, but the classifier's are 0 to 999"):
        found.check(1000)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ((), "empty"),
        (("3\ta shark", "4\t"), "line 2: an empty text"),
        (("3\ta shark", "shark"), "line 2: expected a class"),
        (("3",), "line 1: expected a class"),
    ],
)
def test_a_line_that_is_wrong_is_named(tmp_path, lines, message):
    with pytest.raises(TrainingError, match=message):
        ClassNames.read(table(tmp_path / "names.tsv", *lines))


def test_a_missing_table_is_told(tmp_path):
    with pytest.raises(TrainingError, match=r"pairs\.tsv: no such file"):
        EqualTexts.read(tmp_path / "pairs.tsv")


@pytest.fixture
def drawn(tmp_path):
    for label, count in (("moon", 2), ("bricks", 1)):
        (tmp_path / label).mkdir()
        for number in range(count):
            Image.new("RGB", (8, 8)).save(tmp_path / label / f"{number}.png")
    table(tmp_path / "names.tsv", "moon\tthe moon\tla lune", "bricks\tbricks", "moon\ta full moon")
    return tmp_path


def test_drawn_classes_are_folders_with_names(drawn):
    found = DrawnClasses.read(drawn)
    assert found.labels == ["bricks", "moon"]
    assert [path.parent.name for path in found.paths] == ["bricks", "moon", "moon"]
    assert found.classes.tolist() == [0, 1, 1]
    assert found.names.texts == ["the moon", "la lune", "bricks", "a full moon"]
    assert found.names.classes.tolist() == [1, 1, 0, 1]


def test_a_class_without_images_or_without_a_name_is_refused(drawn):
    (drawn / "sky").mkdir()
    with pytest.raises(TrainingError, match="sky: no images"):
        DrawnClasses.read(drawn)
    Image.new("RGB", (8, 8)).save(drawn / "sky" / "0.png")
    with pytest.raises(TrainingError, match="no name of 'sky'"):
        DrawnClasses.read(drawn)


def test_a_folder_must_be_there(tmp_path):
    with pytest.raises(TrainingError, match="no such folder"):
        DrawnClasses.read(tmp_path / "none")
