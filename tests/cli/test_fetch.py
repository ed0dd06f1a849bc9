import json

import pytest

from visavis.cli import main


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "*")
    path = tmp_path / "shop.csv"
    path.write_text("url,title\nhttp://127.0.0.1:9/a,a\nhttp://127.0.0.1:9/b c,b\n")
    return path


def run(capsys, *words):
    with pytest.raises(SystemExit) as ended:
        main(words)
    said = capsys.readouterr()
    return ended.value.code, said.out, said.err


def test_what_failed_is_listed_and_counted(table, capsys):
    words = ["fetch", str(table), "--retries", "0", "--private"]
    code, out, err = run(capsys, *words)
    assert (code, out) == (3, "2 connection refused\n")
    assert err.splitlines()[1] == "failed http://127.0.0.1:9/b c: connection refused"
    found = json.loads(run(capsys, *words, "--json")[1])
    assert (found["fetched"], found["reasons"]) == (0, {"connection refused": 2})


def test_other_commands_say_how_to_fetch(table, capsys):
    code, _, err = run(capsys, "evaluate", "--data", str(table))
    assert code == 1
    assert "no usable image; " in err
    assert "http://127.0.0.1:9/a is not fetched yet: see visavis fetch" in err


def test_a_dataset_without_addresses_needs_nothing(tmp_path, capsys):
    assert run(capsys, "fetch", str(tmp_path))[:2] == (0, "nothing\n")
