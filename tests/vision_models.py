"""Small vision models of transformers with random weights, saved as model folders."""

from __future__ import annotations

from transformers import ViTConfig, ViTForImageClassification, ViTImageProcessorPil

SMALL = {
    "hidden_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "image_size": 64,
    "patch_size": 16,
}
COLOURS = {"image_mean": [0.4, 0.5, 0.6], "image_std": [0.2, 0.3, 0.4]}


def vit(**changes):
    """Make a vision transformer of 4 × 4 patches with seven classes."""
    return ViTForImageClassification(ViTConfig(**SMALL | changes, num_labels=7))


def saved(model, folder, size=64):
    model.save_pretrained(folder)
    ViTImageProcessorPil(size={"height": size, "width": size}, **COLOURS).save_pretrained(folder)
    return folder
