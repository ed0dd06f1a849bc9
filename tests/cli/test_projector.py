import pytest
from PIL import Image


@pytest.fixture
def data(tmp_path, encoders):
    """Two colours, named in English, one of them in French too; one row is invalid."""
    rows = ["image,text,lang,split"]
    for colour, split in (("red", "train"), ("blue", "test")):
        Image.new("RGB", (9, 9), colour).save(tmp_path / f"{colour}.png")
        rows.append(f"{colour}.png,{colour},en,{split}")
    rows += ["blue.png,bleu,fr,test", "gone.png,gone,en,test"]
    (tmp_path / "data.csv").write_text("\n".join(rows))
    return tmp_path / "data.csv"


def test_all_splits_and_languages_are_projected(data, shell, tmp_path):
    code, out, err = shell("projector", "--data", data, "--out", tmp_path / "a" / "run")
    assert code == 0
    assert "rows skipped: 1, the first: " in err
    assert out.endswith(": 5 points of data, 2 images and 3 captions, by fake@1\n")
    metadata = (tmp_path / "a" / "run" / "metadata.tsv").read_text("utf-8").splitlines()
    assert metadata[-1] == "bleu\ttext\tfr\ttest"


def test_one_language_and_another_model(data, shell, tmp_path):
    out_and_model = ("--out", tmp_path / "run", "--model", "other")
    _, out, _ = shell("projector", "--data", data, "--lang", "en", *out_and_model)
    assert out.endswith(": 4 points of data, 2 images and 2 captions, by other@2\n")


def test_an_unknown_language_is_refused(data, shell, tmp_path):
    where = ("--data", data, "--out", tmp_path / "run")
    assert "it has: en, fr" in shell.fails("projector", *where, "--lang", "de")


def test_an_unwritable_folder_is_refused_before_encoding(data, shell, encoders, tmp_path):
    line = shell.fails("projector", "--data", data, "--out", data / "run")
    assert "cannot be written" in line
    assert encoders[None].encoded_images == 0


def test_a_damaged_image_is_left_out_with_its_captions(data, shell, tmp_path):
    (tmp_path / "blue.png").write_bytes(b"\x89PNG")
    code, out, err = shell("projector", "--data", data, "--out", tmp_path / "run")
    assert code == 0
    assert "unreadable images skipped: 1" in err
    assert ": 2 points of data, 1 images and 1 captions" in out
