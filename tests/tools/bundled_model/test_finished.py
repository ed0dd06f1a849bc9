import numpy as np
import torch
from finished import read_weights
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
