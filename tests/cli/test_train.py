import pytest

from visavis.cli import main


def run(capsys, *words):
    with pytest.raises(SystemExit) as ended:
        main(words)
    said = capsys.readouterr()
    return ended.value.code, said.out, said.err


def test_recipes_are_listed(capsys):
    code, out, _ = run(capsys, "train", "--list")
    assert code == 0
    for name in ("classic", "vsepp", "contrastive", "sigmoid", "compact", "distill"):
        assert name in out


def test_a_recipe_is_shown_with_what_was_changed(capsys):
    words = ["train", "classic", "--show", "--set", "image.head=mlp"]
    code, out, _ = run(capsys, *words, "--seed", "7")
    assert code == 0
    assert {"image.head=mlp", "seed=7", "stages.heads.rounds=4"} <= set(out.splitlines())


@pytest.mark.parametrize(("given", "lacking"), [([], "--data"), (["--data", "x"], "--out")])
def test_a_run_needs_data_and_a_place(capsys, given, lacking):
    code, _, err = run(capsys, "train", "classic", *given)
    assert code == 2
    assert f"Missing option '{lacking}'." in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["clasic"], "unknown recipe 'clasic'; did you mean 'classic'?"),
        (["classic", "--set", "dimm=3"], "unknown key 'dimm'; did you mean 'dim'?"),
        (["contrastive"], "no dataset 'nowhere'"),
    ],
)
def test_a_mistake_is_one_line(capsys, tmp_path, words, message):
    code, _, err = run(capsys, "train", *words, "--data", "nowhere", "--out", str(tmp_path / "m"))
    assert code == 1
    (line,) = err.splitlines()
    assert message in line
    assert not (tmp_path / "m").exists()


def test_columns_of_a_table_are_named(capsys, tmp_path):
    (tmp_path / "data.csv").write_text("front,alt\nred.png,red\n")
    data, out = tmp_path / "data.csv", tmp_path / "m"
    words = ["train", "contrastive", "--data", str(data), "--out", str(out)]
    assert "no column image" in run(capsys, *words)[2]
    assert "red.png" in run(capsys, *words, "--columns", "image=front,text=alt")[2]
