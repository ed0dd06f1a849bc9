import json

import pytest


def test_add_list_remove(shell, here):
    code, secret, told = shell("keys", "add", "phone", "--scope", "write")
    assert (code, len(secret.strip())) == (0, 47)
    assert "phone may write" in told
    assert secret.strip() not in (here / ".visavis" / "keys.json").read_text()
    code, listed, _ = shell("keys", "list", "--json")
    (key,) = json.loads(listed)
    assert (key["name"], key["scope"]) == ("phone", "write")
    assert "phone" in shell("keys", "list")[1]
    assert shell("keys", "remove", "phone")[0] == 0
    assert json.loads(shell("keys", "list", "--json")[1]) == []


def test_a_file_of_its_own(shell, here):
    file = here / "elsewhere" / "k.json"
    assert shell("keys", "add", "phone", "--keys", file, "--collection", "postgresql://x")[0] == 0
    assert json.loads(file.read_text())["keys"][0]["scope"] == "read"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", "phone", "--collection", "nowhere"), "no collection here"),
        (("add", "phone", "--collection", "postgresql://x"), "--keys"),
        (("remove", "phone"), "no key 'phone'"),
        (("add", ""), "name"),
    ],
)
def test_mistakes(shell, here, words, told):
    assert told in shell.fails("keys", *words)
    assert not (here / "nowhere").exists()
