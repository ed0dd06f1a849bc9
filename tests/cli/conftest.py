import pytest
from PIL import Image

from fakes import FakeEncoder
from visavis.cli import main
from visavis.collection import Collection


class Shell:
    """Run commands like a shell: exit code, stdout and stderr."""

    def __init__(self, capsys):
        self._capsys = capsys

    def __call__(self, *words):
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        out, err = self._capsys.readouterr()
        return ended.value.code or 0, out, err

    def fails(self, *words, code=1):
        """Run a command that must fail with one line on stderr; return that line."""
        ended, out, err = self(*words)
        assert (ended, out) == (code, ""), err
        assert err.startswith("visavis: ")
        assert len(err.splitlines()) == 1
        return err


@pytest.fixture
def shell(capsys):
    return Shell(capsys)


@pytest.fixture
def encoders(monkeypatch):
    """Encoders by model name; the default one is None."""
    known = {None: FakeEncoder(), "other": FakeEncoder("other@2")}
    evaluation = "visavis.evaluation"
    for home in ("visavis.encoders", f"{evaluation}.protocol", f"{evaluation}.classification"):
        monkeypatch.setattr(f"{home}.load_encoder", lambda model=None: known.get(model, model))
    return known


@pytest.fixture
def here(tmp_path, monkeypatch, encoders):
    """A folder with an image of each colour, and their collection in `.visavis`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VISAVIS_COLLECTION", raising=False)
    with Collection.create(".visavis", encoders[None]) as collection:
        for colour in ("red", "green", "blue"):
            Image.new("RGB", (60, 40), colour).save(f"{colour}.png")
            collection.add_image(f"{colour}.png", metadata={"width": 60, "name": colour})
        for words, lang in (("a red thing", "en"), ("une chose verte vert", "fr"), ("bleu", "fr")):
            collection.add_text(words, metadata={"lang": lang})
    return tmp_path
