import json


def test_stats_as_a_table(here, shell):
    code, out, _ = shell("stats")
    facts = dict(line.split(maxsplit=1) for line in out.splitlines() if line.strip())
    assert code == 0
    assert (facts["images"], facts["texts"]) == ("3", "3")
    assert facts["model"] == "fake@1, 16 dimensions"


def test_stats_as_json(here, shell):
    _, out, _ = shell("stats", "--json")
    stats = json.loads(out)
    assert (stats["images"], stats["texts"], stats["missing"]) == (3, 3, 0)
    assert (stats["model_id"], stats["dim"]) == ("fake@1", 16)


def test_a_missing_collection_is_named(here, shell):
    assert "nowhere" in shell.fails("stats", "--collection", "nowhere")
