"""A tiny encoder for tests: no weights, same contract as a real one."""

from __future__ import annotations

import hashlib

import numpy as np

from visavis.encoders import window_box

COLOURS = {
    "red": (255, 0, 0),
    "rouge": (255, 0, 0),
    "green": (0, 160, 0),
    "vert": (0, 160, 0),
    "blue": (0, 0, 255),
    "bleu": (0, 0, 255),
}


class FakeEncoder:
    """Sees only mean colour in images and only colour words in texts.

    Other words add a little of their own direction, so that different texts differ.
    """

    def __init__(self, model_id="fake@1", dim=16):
        self.id = model_id
        self.dim = dim
        self.languages = ("en", "fr")
        self.image_size = 8
        self.encoded_images = 0

    def prepare(self, image):
        return np.asarray(image.convert("RGB").resize((self.image_size, self.image_size)))

    def encode_images(self, images):
        self.encoded_images += len(images)
        arrays = [i if isinstance(i, np.ndarray) else self.prepare(i) for i in images]
        return self._unit([self._colour(a.reshape(-1, 3).mean(0)) for a in arrays])

    windows = tuple((x / 2, y / 2, 0.5, 0.5) for y in range(2) for x in range(2))

    def window_boxes(self, size):
        return [window_box(window, size) for window in self.windows]

    def encode_windows(self, images):
        arrays = [i if isinstance(i, np.ndarray) else self.prepare(i) for i in images]
        half = self.image_size // 2
        vectors = [
            self.encode_images(
                [a, a[:half, :half], a[:half, half:], a[half:, :half], a[half:, half:]]
            )
            for a in arrays
        ]
        self.encoded_images += len(images) - 5 * len(images)
        return np.array(vectors, np.float32).reshape(-1, 5, self.dim)

    def encode_texts(self, texts):
        return self._unit([self._words(t) for t in texts])

    def encode_regions(self, image, boxes):
        return self.encode_images(
            [image.crop((b.x, b.y, b.x + b.width, b.y + b.height)) for b in boxes]
        )

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
                place = int(hashlib.sha256(word.encode()).hexdigest(), 16) % (self.dim - 3)
                vector[3 + place] += 0.1
        return vector

    def _unit(self, rows):
        matrix = np.asarray(rows, np.float32).reshape(-1, self.dim)
        return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
