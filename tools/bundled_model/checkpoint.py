"""Export a checkpoint, or the mean of several, so that it can be measured like any model folder.

    python tools/bundled_model/checkpoint.py WORK/mean-1.pt --tokenizer TOKENIZER --out mean-1
    visavis evaluate --model mean-1 --data flickr8k:FLICKR8K --split dev --lang en,fr
    python benchmarks/beyond.py --model mean-1

TOKENIZER is that of the model a run began with, or else `tokenizer.json` of the work folder; for
the stages `kinds` and `common` that of the finished model.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from averaging import mean_of
from tokenizers import Tokenizer

from visavis.training.export import export_model
from visavis.training.model import DualEncoder
from visavis.training.towers.image import ImageTower
from visavis.training.towers.text import TextTower


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoints", type=Path, nargs="+", metavar="CHECKPOINT")
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="the model folder to write")
    options = parser.parse_args()
    tokenizer = Tokenizer.from_file(str(options.tokenizer))
    model = load(options.checkpoints)
    if model.text.embedding.num_embeddings != tokenizer.get_vocab_size():
        sys.exit(
            f"{options.tokenizer}: {tokenizer.get_vocab_size()} tokens, "
            f"the checkpoint has {model.text.embedding.num_embeddings}"
        )
    details = {"languages": ["en", "fr"], "licence": "see MODEL_CARD.md"}
    name = "-".join(file.stem for file in options.checkpoints)
    export_model(model, tokenizer, options.out, name=name, details=details, tables_in_bytes=True)
    print(f"{options.out}: {name}")


def load(files: Sequence[Path]) -> DualEncoder:
    """Return the model whose weights are the mean of those that stages left."""
    weights = mean_of([torch.load(file)[0] for file in files])
    classes, dim = weights["image.classes.vectors"].shape
    words = len(weights["text.embedding.weight"])
    anchors = len(weights.get("text.common.anchors", ()))
    image = ImageTower(dim, classes=classes, anchors=anchors)
    model = DualEncoder(image, TextTower(words, dim, anchors=anchors))
    model.load_state_dict(weights)
    return model


if __name__ == "__main__":
    main()
