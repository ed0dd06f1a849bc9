import pytest

from visavis.encoders import BUNDLED, find_model
from visavis.errors import ModelError, UnknownNameError


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "cache"


def test_the_bundled_model_has_a_name(cache):
    assert find_model(None) == find_model("bundled") == BUNDLED


def test_a_folder_is_itself(cache, tmp_path):
    (tmp_path / "mine").mkdir()
    assert find_model("mine").samefile(tmp_path / "mine")
    assert find_model("some/where").parts == ("some", "where")
    assert find_model(tmp_path / "nowhere") == tmp_path / "nowhere"


def test_a_pulled_model_is_found_by_name(cache):
    folder = cache / "models" / "clip-b32"
    folder.mkdir(parents=True)
    with pytest.raises(ModelError, match=r"not here yet: visavis models pull clip-b32"):
        find_model("clip-b32")
    (folder / "model.json").write_text("{}")
    assert find_model("clip-b32") == folder


def test_a_model_without_an_export_is_imported(cache):
    with pytest.raises(ModelError, match="models import clip-b32-multilingual --out FOLDER"):
        find_model("clip-b32-multilingual")


def test_the_nearest_name_is_named(cache):
    with pytest.raises(UnknownNameError, match="did you mean 'clip-b32'"):
        find_model("clip-b31")
    with pytest.raises(UnknownNameError, match="known: bundled, clip-b32"):
        find_model("qqqqqq")
