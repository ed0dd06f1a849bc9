import finished
import numpy as np
import pytest
import torch
from finished import read_weights, weights_of
from texts import encode_tokens, tokenize
from tokenizers import Tokenizer

from visavis.encoders import load_encoder
from visavis.encoders.naming import BUNDLED
from visavis.training.model import DualEncoder
from visavis.training.towers.image import ImageTower
from visavis.training.towers.text import TextTower

WORDS = 8000


def test_a_finished_model_is_read_back():
    model = DualEncoder(ImageTower(256, classes=1001), TextTower(WORDS, 256)).eval()
    read_weights(model, BUNDLED)
    encoder = load_encoder(None)
    pixels = np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)
    texts = ["a dog", "un chien court sur la plage"]
    with torch.no_grad():
        images = model.image(torch.from_numpy(pixels)).numpy()
        tokens = tokenize(Tokenizer.from_file(str(BUNDLED / "tokenizer.json")), texts)
        sentences = encode_tokens(model.text, tokens).numpy()
    assert (images * encoder.encode_images(list(pixels))).sum(axis=1).min() > 0.9999
    assert (sentences * encoder.encode_texts(texts)).sum(axis=1).min() > 0.9999


@pytest.mark.parametrize("name", ["details.value.bias", "classes.vectors"])
def test_a_part_that_is_there_must_be_there_wholly(monkeypatch, name):
    model = DualEncoder(ImageTower(256, classes=1001), TextTower(WORDS, 256))
    own = weights_of(BUNDLED / "image.onnx") | {name: torch.zeros(1)}
    monkeypatch.setattr(finished, "weights_of", lambda path: own)
    with pytest.raises(SystemExit, match=f"image.*no weights of {name.partition('.')[0]}"):
        read_weights(model, BUNDLED)


def test_weights_that_are_missing_are_named():
    model = DualEncoder(ImageTower(256, classes=1001), TextTower(WORDS, 256, layers=3))
    with pytest.raises(SystemExit, match=r"text\.onnx: no weights of blocks\.2\.down\.bias"):
        read_weights(model, BUNDLED)
