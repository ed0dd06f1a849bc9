import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import rmtree

import pytest
from click.shell_completion import ShellComplete

from visavis.cli.app import visavis
from visavis.cli.config import config_folder
from visavis.cli.known_collections import known_collections, remember


@pytest.fixture
def elsewhere(here, tmp_path_factory, monkeypatch):
    """A folder without a collection, while one is known."""
    remember(str(here / ".visavis"))
    folder = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.chdir(folder)
    return folder


def test_index_gives_a_collection_the_name_of_its_folder(here, shell):
    assert shell("collections")[1] == "no collections yet; visavis index ~/Pictures makes one\n"
    shell("index", "red.png")
    shell("index", "red.png")
    assert known_collections() == {here.name: str(here / ".visavis")}
    shell("index", "red.png", "--collection", "photos.visavis")
    assert known_collections()["photos"] == str(here / "photos.visavis")


def test_two_folders_of_a_name_have_two_names(tmp_path):
    for parent in ("a", "b"):
        remember(str(tmp_path / parent / "Pictures" / ".visavis"))
    assert set(known_collections()) == {"Pictures", "Pictures-2"}


@pytest.mark.parametrize(
    ("folder", "name"), [("/.visavis", "collection"), ("/?!/.visavis", "collection"), ("/é", "é")]
)
def test_any_folder_gives_a_name(folder, name):
    remember(folder)
    assert known_collections() == {name: folder}


def test_processes_that_add_names_at_once_lose_none(tmp_path):
    folders = [str(tmp_path / str(number) / "same" / ".visavis") for number in range(20)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(remember, folders))
    assert sorted(known_collections().values()) == sorted(folders)


def test_the_address_of_a_database_is_not_kept_by_itself():
    remember("postgresql://me:secret@host/db")
    assert known_collections() == {}


def test_settings_that_cannot_be_written_are_no_error(here, shell, monkeypatch):
    (here / "file").touch()
    monkeypatch.setenv("VISAVIS_CONFIG", str(here / "file"))
    assert shell("index", "red.png")[0] == 0


def test_a_name_is_taken_from_any_folder(here, elsewhere, shell):
    assert "red.png" in shell("search", "red", "--collection", here.name)[1]


def test_the_only_collection_is_found_from_anywhere(here, elsewhere, shell):
    assert "red.png" in shell("search", "red")[1]
    remember(str(elsewhere / "gone"))
    assert "red.png" in shell("search", "red")[1]


def test_of_several_one_must_be_named(here, elsewhere, shell):
    other = elsewhere / "other"
    other.mkdir()
    remember(str(other))
    line = shell.fails("search", "red")
    assert line == (
        f"visavis: no collection here; name one with --collection, such as other, {here.name}\n"
    )


def test_index_makes_a_collection_here_although_others_are_known(here, elsewhere, shell):
    shell("index", here / "red.png")
    assert (elsewhere / ".visavis").is_dir()


@pytest.mark.parametrize(
    ("words", "made"),
    [("index x", True), ("watch x", True), ("ui x", True), ("ui", False), ("search x", False)],
)
def test_only_commands_that_index_make_a_collection_here(here, elsewhere, words, made):
    name, *arguments = words.split()
    command = visavis.get_command(None, name)
    with command.make_context(name, arguments) as context:
        assert (context.params["collection"] == ".visavis") is made


def test_a_collection_is_renamed(here, elsewhere, shell):
    code, out, _ = shell("collections", "name", "my photos", "--collection", here.name)
    assert (code, out) == (0, f"{here / '.visavis'} is now called my photos\n")
    assert known_collections() == {"my photos": str(here / ".visavis")}
    if os.name == "posix":
        file = config_folder("collections", "my photos")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["../x", "", ".x", "a/b", "-x"])
def test_a_name_is_a_plain_word(here, shell, name):
    assert "use letters" in shell.fails("collections", "name", "--", name)


def test_a_name_of_another_collection_is_refused(here, elsewhere, shell):
    remember(str(elsewhere / "other.visavis"))
    line = shell.fails("collections", "name", "other", "--collection", here.name)
    assert f"'other' is the name of {elsewhere / 'other.visavis'}; forget it first" in line


def test_only_a_collection_gets_a_name(elsewhere, shell):
    assert "no collection here" in shell.fails("collections", "name", "x", "--collection", "y")


def test_names_are_listed_and_forgotten(here, elsewhere, shell):
    gone = elsewhere / "gone.visavis"
    gone.mkdir()
    remember(str(gone))
    rmtree(gone)
    code, out, _ = shell("collections")
    assert code == 0
    assert [line.split() for line in out.splitlines()][1:] == [
        ["gone", str(gone), "gone"],
        [here.name, str(here / ".visavis")],
    ]
    listed = json.loads(shell("collections", "--json")[1])
    assert [(one["name"], one["gone"]) for one in listed] == [("gone", True), (here.name, False)]
    assert shell("collections", "forget", "gone", here.name) == (0, "", "")
    assert known_collections() == {}
    assert (here / ".visavis").is_dir()
    assert "unknown collection 'x'" in shell.fails("collections", "forget", "x")


def test_the_shell_completes_names(here, elsewhere):
    completion = ShellComplete(visavis, {}, "visavis", "_VISAVIS_COMPLETE")
    start = here.name[:4]
    found = completion.get_completions(["search", "--collection"], start)
    assert [(item.type, item.value) for item in found] == [("plain", here.name), ("dir", start)]


def test_a_collection_goes_before_a_name_and_a_name_before_a_folder(here, elsewhere, shell):
    (elsewhere / here.name).mkdir()
    code, out, err = shell("stats", "--json", "--collection", here.name)
    assert (code, json.loads(out)["collection"]) == (0, str(here / ".visavis"))
    assert err == (
        f"{here.name} is the name of {here / '.visavis'}; write ./{here.name} for the folder\n"
    )
    assert "no collection here" in shell.fails("stats", "--collection", f"./{here.name}")
    _, _, err = shell("index", str(here / "red.png"), "--collection", here.name)
    assert err.startswith(f"{here.name} is the name of {here / '.visavis'}; write ./")
    shell("index", str(here / "red.png"), "--collection", f"./{here.name}")
    code, out, err = shell("stats", "--json", "--collection", here.name)
    assert (json.loads(out)["collection"], err) == (here.name, "")


def test_a_folder_that_a_name_stands_for_needs_no_word(here, shell):
    remember(str(Path("again").absolute()))
    code, _, err = shell("index", str(here / "red.png"), "--collection", "again")
    assert (code, err) == (0, "")
    assert Path("again", "collection.sqlite").exists()
