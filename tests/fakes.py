"""A tiny encoder for tests: no weights, same contract as a real one."""

from __future__ import annotations

import hashlib

import numpy as np

from visavis.encoders import Encoder

COLOURS = {
    "red": (255, 0, 0),
    "rouge": (255, 0, 0),
    "green": (0, 160, 0),
    "vert": (0, 160, 0),
    "blue": (0, 0, 255),
    "bleu": (0, 0, 255),
}


class FakeEncoder(Encoder):
    """Sees only mean colour in images and only colour words in texts.

    Other words add a little of their own direction, so that different texts differ.
    """

    languages = ("en", "fr")
    image_size = 8
    regions = tuple((x / 2, y / 2, 0.5, 0.5) for y in range(2) for x in range(2))

    def __init__(self, model_id="fake@1", dim=16):
        self.id = model_id
        self.dim = dim
        self.encoded_images = 0

    def encode_images(self, images):
        vectors = super().encode_images(images)
        self.encoded_images += len(images)
        return vectors

    def encode_with_regions(self, images):
        vectors = super().encode_with_regions(images)
        self.encoded_images += len(images)
        return vectors

    def _encode_images(self, pixels):
        return np.stack([self._colour(image.reshape(-1, 3).mean(0)) for image in pixels])

    def _encode_texts(self, texts):
        return np.stack([self._words(text) for text in texts])

    def _colour(self, rgb):
        vector = np.full(self.dim, 1e-3, np.float32)
        vector[:3] += np.asarray(rgb, np.float32) / 255
        return vector

    def _words(self, text):
        vector = np.full(self.dim, 1e-3, np.float32)
        for word in text.lower().split():
            if word in COLOURS:
                vector[:3] += np.asarray(COLOURS[word], np.float32) / 255
            else:
                axis = int(hashlib.sha256(word.encode()).hexdigest(), 16) % (self.dim - 3)
                vector[3 + axis] += 0.1
        return vector
