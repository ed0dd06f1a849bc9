import json
import shutil

import pytest

from visavis.collection import Collection


@pytest.fixture
def left(here):
    def names():
        with Collection.open(".visavis") as collection:
            return {hit.metadata["name"] for hit in collection.search("red", 99)}

    return names


def test_items_are_named_by_path_or_id(here, shell, left):
    _, out, _ = shell("search", "blue", "-k", "1", "--json")
    blue = json.loads(out)["hits"][0]["id"]
    assert shell("remove", "red.png", blue) == (0, "2 items removed\n", "")
    assert left() == {"green"}
    assert (here / "red.png").exists()


def test_a_path_is_read_as_index_reads_it(here, shell, left, monkeypatch):
    (here / "sub").mkdir()
    monkeypatch.chdir(here / "sub")
    shell("remove", "../red.png", "--collection", here / ".visavis")
    monkeypatch.setenv("HOME", str(here))
    shell("remove", "~/blue.png", "--collection", here / ".visavis")
    monkeypatch.chdir(here)
    assert left() == {"green"}


def test_a_folder_removes_the_files_below(here, shell, left):
    assert shell("remove", here) == (0, "3 items removed\n", "")
    assert left() == set()


def test_an_image_with_another_source_stays(here, shell, left):
    shutil.copy("red.png", "copy.png")
    with Collection.open(".visavis") as collection:
        collection.add_image("copy.png", metadata={"name": "copy"})
    assert shell("remove", "red.png") == (0, "0 items removed\n", "")
    assert left() == {"copy", "green", "blue"}


def test_an_unknown_name_removes_nothing(here, shell, left):
    assert "grey.png: neither an id nor a path" in shell.fails("remove", "red.png", "grey.png")
    assert left() == {"red", "green", "blue"}


@pytest.mark.parametrize("name", ["", " "])
def test_an_empty_name_is_not_the_current_folder(here, shell, left, name):
    assert "an empty name" in shell.fails("remove", name)
    assert left() == {"red", "green", "blue"}
