import json

import pytest

from photographs import paint


@pytest.fixture
def photos(here):
    for number in range(6):
        paint(here / "photos" / f"{number}.png", "red", size=(20 + number, 20))
    (here / "photos" / "damaged.jpg").write_bytes(b"\xff\xd8\xff half")
    return here / "photos"


def test_shards_are_encoded_and_merged(here, shell, photos):
    outcomes = [shell("embed", "photos", "--out", "out", "--shard", f"{n}/2") for n in (1, 2)]
    assert sorted(code for code, _, _ in outcomes) == [0, 3]
    assert "damaged.jpg" in "".join(err for _, _, err in outcomes)
    code, out, err = shell("copy", "out", "merged")
    assert (code, out[: len("6 copied in ")]) == (3, "6 copied in ")
    assert err.startswith(f"skipped {photos / 'damaged.jpg'}: ")
    assert shell("copy", "out", "merged")[1].startswith("6 unchanged in ")
    (photos / "damaged.jpg").unlink()
    assert shell("index", "photos", "--collection", "merged")[1].startswith("6 unchanged in ")


def test_what_lacks_is_told(here, shell, photos):
    (photos / "damaged.jpg").unlink()
    code, out, _ = shell("embed", "photos", "--out", "out", "--shard", "2/3", "--json")
    assert (code, json.loads(out)["skipped"]) == (0, [])
    code, out, err = shell("copy", "out", "merged", "--json")
    assert (code, json.loads(out)["incomplete"]) == (3, ["1/3", "3/3"])
    assert err == "visavis: shards that are not complete: 1/3, 3/3\n"


def test_mistakes_are_one_line(here, shell):
    assert "third of sixteen" in shell.fails("embed", ".", "--out", "out", "--shard", "3")
    assert "no such file" in shell.fails("embed", "nowhere", "--out", "out")
    assert not (here / "out").exists()
