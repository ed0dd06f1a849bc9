"""The mean of a model's texts: what they have in common, whatever they say.

A fusion takes it from the terms that are texts, so that these ask for what they say alone. It is a
property of the model, not of a collection, which may hold no texts, and is kept in `model.json`.
"""

from __future__ import annotations

from pathlib import Path

from visavis.encoders.base import Encoder
from visavis.encoders.folder import update_description
from visavis.encoders.onnx import OnnxEncoder

WORDS = {
    "en": """person man woman child dog cat bird horse flower tree house car boat street beach
        mountain snow water sky night kitchen table food book shirt shoe red blue white old small
        running""",
    "fr": """personne homme femme enfant chien chat oiseau cheval fleur arbre maison voiture bateau
        rue plage montagne neige eau ciel nuit cuisine table nourriture livre chemise chaussure
        rouge bleu blanc vieux petit courir""",
}
"""Everyday words of different sorts. Which ones hardly matters: docs/results-composition.md."""
_DECIMALS = 5


def text_mean_of(encoder: Encoder) -> list[float]:
    """Return the mean vector (dim,) of everyday words in the model's languages, or in English."""
    known = [WORDS[lang] for lang in encoder.languages if lang in WORDS] or [WORDS["en"]]
    words = " ".join(known).split()
    mean = encoder.encode_texts(words).mean(axis=0)
    return [round(float(value), _DECIMALS) for value in mean]


def note_text_mean(folder: Path) -> None:
    """Write the mean of a model's texts into the `model.json` of its folder. Raises ModelError."""
    update_description(folder, {"text_mean": text_mean_of(OnnxEncoder.open(folder))})
