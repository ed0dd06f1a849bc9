import pytest
from PIL import Image

from visavis.cli.demo import photos
from visavis.errors import MissingExtraError


@pytest.fixture
def _no_network(monkeypatch):
    def refuse(*_):
        raise AssertionError("a connection was attempted")

    monkeypatch.setattr("socket.socket.connect", refuse)


@pytest.mark.usefixtures("_no_network")
def test_photographs_are_copied_intact(tmp_path):
    pytest.importorskip("skimage")
    count = photos.copy_photos(tmp_path / "photos")
    files = sorted((tmp_path / "photos").iterdir())
    assert count == len(files) == len(photos.PHOTOS)
    for file in files:
        with Image.open(file) as image:
            image.load()


def test_missing_photographs_are_left_out(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    Image.new("RGB", (9, 9)).save(tmp_path / "data" / "coffee.png")
    monkeypatch.setattr(photos, "_data_folder", lambda: tmp_path / "data")
    assert photos.copy_photos(tmp_path / "out") == 1
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["coffee.png"]


@pytest.mark.parametrize("spec", [None, "empty"])
def test_without_photographs_the_error_names_the_extra(tmp_path, monkeypatch, spec):
    class Empty:
        submodule_search_locations = (str(tmp_path),)

    monkeypatch.setattr(photos, "find_spec", lambda _: Empty if spec else None)
    with pytest.raises(MissingExtraError, match=r"visavis\[demo\]"):
        photos.copy_photos(tmp_path / "photos")
    assert list(tmp_path.iterdir()) == []
