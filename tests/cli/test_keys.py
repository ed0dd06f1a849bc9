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


def test_a_key_file_can_be_named(shell, here):
    file = here / "elsewhere" / "k.json"
    assert shell("keys", "add", "phone", "--keys", file, "--collection", "postgresql://x")[0] == 0
    assert json.loads(file.read_text())["keys"][0]["scope"] == "read"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("add", "phone", "--collection", "nowhere"), "no collection here"),
        (("add", "phone", "--collection", "postgresql://x"), "--keys"),
        (("remove", "phone"), "no key 'phone'"),
        (("add", ""), "name"),
    ],
)
def test_user_errors_are_one_line(shell, here, words, message):
    assert message in shell.fails("keys", *words)
    assert not (here / "nowhere").exists()
