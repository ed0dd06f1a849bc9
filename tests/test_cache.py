from pathlib import Path

import pytest

from visavis.cache import cache_folder


def test_a_variable_names_the_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path))
    assert cache_folder("models", "clip") == tmp_path / "models" / "clip"


@pytest.mark.parametrize(
    ("platform", "folder"),
    [
        ("linux", ".cache/visavis"),
        ("darwin", "Library/Caches/visavis"),
        ("win32", "AppData/Local/visavis"),
    ],
)
def test_each_system_has_its_place(monkeypatch, platform, folder):
    for variable in ("VISAVIS_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("sys.platform", platform)
    assert cache_folder() == Path.home() / folder


def test_linux_follows_xdg(monkeypatch, tmp_path):
    monkeypatch.delenv("VISAVIS_CACHE", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder("features") == tmp_path / "visavis" / "features"
