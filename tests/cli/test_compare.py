import json

import pytest
from PIL import Image

from fakes import FakeEncoder


class ColourBlind(FakeEncoder):
    """Confuses green and blue in images."""

    def _colour(self, rgb):
        vector = super()._colour(rgb)
        vector[[1, 2]] = vector[[2, 1]]
        return vector


@pytest.fixture
def data(tmp_path, encoders):
    """Twelve shades of green and blue, each named."""
    encoders["blind"] = ColourBlind("blind@3")
    rows = ["image,text,lang,split"]
    for n in range(12):
        Image.new("RGB", (9, 9), (0, 20 * n, 220 - 20 * n)).save(tmp_path / f"{n}.png")
        text = " ".join(["green"] * n + ["blue"] * (11 - n))
        rows.append(f"{n}.png,{text},en,test")
    (tmp_path / "data.csv").write_text("\n".join(rows))
    return f"{tmp_path / 'data.csv'}"


def test_the_winner_is_printed_with_dataset_split_and_counts(data, shell):
    code, out, _ = shell("compare", "bundled", "blind", "--data", data)
    title, columns, *rows = out.splitlines()
    assert (code, title) == (0, "data, split test, 12 images")
    assert columns.split()[-2:] == ["p", "winner"]
    assert len(rows) == 6
    assert rows[0].split()[1:7] == ["image", "to", "text", "1", "fake@1", "blind@3"]
    assert rows[2].endswith("not significant"), "a dozen images are too few"


def test_json_holds_recalls_p_and_winner(data, shell):
    code, out, _ = shell("compare", "bundled", "blind", "--data", data, "--json")
    first = json.loads(out)[0]
    assert code == 0
    assert first["first_recall"] > first["second_recall"]
    assert 0 < first["p"] <= 1
    assert set(first) >= {"lang", "direction", "k", "first", "second", "winner"}


def test_a_plot_is_written(data, shell, tmp_path):
    assert (
        shell("compare", "bundled", "blind", "--data", data, "--plot", tmp_path / "a.png")[0] == 0
    )
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    gone = tmp_path / "gone" / "a.png"
    assert str(gone) in shell.fails("compare", "bundled", "blind", "--data", data, "--plot", gone)


def test_a_single_model_is_refused(data, shell):
    code, _, err = shell("compare", "bundled", "--data", data)
    assert code == 2
    assert "at least two models" in err


def test_columns_of_a_table_are_named(data, shell, tmp_path):
    table = tmp_path / "data.csv"
    table.write_text(table.read_text("utf-8").replace("image,text", "front,alt"), "utf-8")
    assert "no column image" in shell.fails("compare", "bundled", "blind", "--data", data)
    named = ("--data", data, "--columns", "image=front,text=alt")
    assert shell("compare", "bundled", "blind", *named)[0] == 0


def test_figures_can_be_pasted_into_a_page_or_a_paper(data, shell):
    code, out, _ = shell("compare", "bundled", "blind", "--data", data, "--format", "markdown")
    title, blank, columns, rule, first, *_ = out.splitlines()
    assert (code, title, blank) == (0, "data, split test, 12 images", "")
    assert columns.startswith("| lang | direction | k | A | B |")
    assert rule.startswith("| --- | --- | ---: | --- | --- | ---: |")
    assert first.startswith("| en | image to text | 1 | fake@1 | blind@3 | 25.0 |")
    out = shell("compare", "bundled", "blind", "--data", data, "--format", "latex")[1]
    assert out.splitlines()[1] == r"\begin{tabular}{llrllrrrl}"
    assert r"A: R@k \%" in out


def test_notes_on_the_data_are_printed_once(data, shell):
    _, _, err = shell("compare", "bundled", "blind", "--data", data)
    (line,) = err.splitlines()
    assert line.startswith("note, en: 12 of 12 images have fewer than 5 captions in en")
