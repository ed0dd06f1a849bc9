import shlex
from pathlib import Path

import pytest

from visavis.cli import demo


@pytest.mark.parametrize("lang", demo.LANGUAGES)
def test_phrases_are_short_and_different(lang):
    phrases = Path(demo.__file__).with_name(f"phrases.{lang}.txt").read_text("utf-8").splitlines()
    assert len(phrases) == len(set(phrases)) == 22
    assert all(phrase == phrase.strip() and 3 <= len(phrase.split()) <= 15 for phrase in phrases)


def test_the_demo_searches_in_all_directions_and_writes_a_page(shell, encoders, tmp_path):
    pytest.importorskip("skimage")
    out = tmp_path / "my demo"
    code, printed, err = shell("demo", "--out", out)
    assert (code, err) == (0, "")
    assert printed.count("$ visavis search") == 9
    assert str(out / "index.html") in printed
    assert (out / "index.html").read_text("utf-8").count("data:image/jpeg") >= 12
    assert shell("demo", "--out", out)[0] == 0


def test_each_command_of_the_demo_prints_what_the_demo_shows(shell, tmp_path):
    pytest.importorskip("skimage")
    code, printed, _ = shell("demo", "--out", tmp_path / "my demo")
    assert code == 0
    shown = [part.split("\n\n")[0] for part in printed.split("$ visavis ")[1:]]
    assert len(shown) == 9
    for command, table in (part.split("\n", 1) for part in shown):
        assert shell(*shlex.split(command))[1].strip() == table.strip()
    assert "%?" in shown[0], "a hit of a low relevance is marked"
    assert 'class="faded"' in (tmp_path / "my demo/index.html").read_text("utf-8")


def test_a_demo_made_with_another_model_is_not_overwritten(shell, encoders, tmp_path):
    pytest.importorskip("skimage")
    shell("demo", "--out", tmp_path)
    encoders[None] = encoders["other"]
    code, _, err = shell("demo", "--out", tmp_path)
    assert (code, len(err.splitlines())) == (1, 1)
    assert "another model" in err
