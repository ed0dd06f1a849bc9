import json
import sys

import pytest

from visavis.cli.config import config_folder


@pytest.fixture
def settings():
    """A function that writes the file of settings."""

    def write(text):
        file = config_folder("config.toml")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        return file

    return write


def count(result):
    return len(json.loads(result[1])["hits"])


def test_the_folder_is_where_the_system_keeps_settings(monkeypatch, tmp_path):
    monkeypatch.delenv("VISAVIS_CONFIG")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    assert config_folder("a") == tmp_path / ".config" / "visavis" / "a"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    assert config_folder() == tmp_path / "xdg" / "visavis"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert config_folder() == tmp_path / "Library" / "Application Support" / "visavis"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("APPDATA", str(tmp_path / "roaming"))
    assert config_folder() == tmp_path / "roaming" / "visavis"


def test_a_key_is_a_default_that_the_command_line_overrides(here, shell, settings):
    settings("k = 2")
    assert count(shell("search", "red", "--json")) == 2
    assert count(shell("search", "red", "--json", "-k", "1")) == 1


def test_a_table_is_for_one_command_and_goes_before_a_key_at_the_top(here, shell, settings):
    settings("k = 2\n[search]\nk = 1\njson = true\nwhere = ['name!=red']")
    assert count(shell("search", "red")) == 1
    assert "red.png" not in shell("search", "red")[1]
    assert len(json.loads(shell("describe", "red.png", "--json")[1])["hits"]) == 2


def test_a_table_may_be_for_a_command_of_a_group(here, shell, settings):
    settings("[models.list]\njson = true")
    assert json.loads(shell("models", "list")[1])


def test_the_environment_overrides_and_this_folder_too(here, shell, settings, monkeypatch):
    settings("collection = 'elsewhere'")
    assert shell("stats")[0] == 0
    monkeypatch.chdir(here.parent)
    assert "elsewhere" in shell.fails("stats")
    monkeypatch.setenv("VISAVIS_COLLECTION", str(here / ".visavis"))
    assert shell("stats")[0] == 0


def test_help_shows_the_default_of_the_settings(shell, settings):
    settings("k = 25")
    assert "[default: 25]" in shell("search", "--help")[1]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("modle = 'x'", "unknown key 'modle'; did you mean 'model'?"),
        ("qqq = 1", "unknown key 'qqq'; known: collection, "),
        ("[serach]", "unknown key 'serach'; did you mean 'search'?"),
        ("[search]\nbalence = 1", "unknown key [search] 'balence'; did you mean 'balance'?"),
        ("[search]\nbalance = 'much'", "balance: 'much' is not a valid float"),
        ("[search]\nfor = 'sounds'", "for: 'sounds' is not one of 'images', 'texts'"),
        ("search = 1", "search: write a table, [search], with options"),
        ("collection = 3", "collection: 3 is not a text"),
        ("[search]\nwhere = 'width>3'", "where: write a list, where = ['width>3']"),
        ("k = ", "config.toml: Invalid value (at end of document)"),
    ],
)
def test_a_mistake_is_one_line_that_names_the_file(here, shell, settings, text, told):
    file = settings(text)
    line = shell.fails("search", "red")
    assert line.startswith(f"visavis: {file}: ")
    assert told in line


def test_a_byte_order_mark_is_no_mistake(here, shell, settings):
    settings("\ufeffk = 1")
    assert count(shell("search", "red", "--json")) == 1


def test_help_of_all_commands_needs_no_sound_settings(shell, settings):
    settings("nonsense")
    assert shell("--help")[0] == 0
