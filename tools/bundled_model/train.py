"""Make the bundled model: one command from the data to a model folder.

Stages, each leaving a checkpoint in --work, so that a stopped run goes on where it was:

1. tokenizer: subwords of the training captions and the sentence pairs
2. text: the text tower learns to agree with an English teacher, in both languages
3. heads: both heads learn on features of the frozen backbone
4. all: the backbone beyond its stem joins in, on random crops
5. words: the text tower learns words that no caption holds
6. refine: everything again, with those words and with what the classifier knows
7. average: the weights before refinement and after it, two parts to three
8. export: ONNX files, checked against torch

Only the train split is learned from; the epoch kept is the one that is best on dev.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import torch
from averaging import mean_of
from backbone import load_backbone
from card import write_card
from corpus import Corpus, load_pixels, read_corpus
from dev import Dev, describe
from refine import Refinement
from stages import Training
from tokenizers import Tokenizer
from views import Views
from words import Words

from visavis.datasets import load_dataset
from visavis.training.export import export_model
from visavis.training.model import DualEncoder
from visavis.training.tokenizer import train_tokenizer
from visavis.training.towers.image import ImageTower
from visavis.training.towers.text import TextTower

DIM = 256
VOCABULARY = 8000
MAX_TOKENS = 64
RECORDED = ("seed", "text_epochs", "head_epochs", "epochs", "stop_after")
RECORDED += ("word_steps", "refine_epochs", "refined")


def main() -> None:
    options = parse_options()
    options.work.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(options.seed)
    rng = np.random.default_rng(options.seed)
    dataset = load_dataset(options.data)
    corpus = read_corpus(dataset, options.pairs)
    tokenizer = make_tokenizer(corpus, options.work / "tokenizer.json")
    train = Training(corpus, tokenizer, rng, options.work, DIM, half=options.bfloat16)
    dev = Dev.read(dataset, tokenizer)
    model = DualEncoder(ImageTower(DIM, dropout=0.2), TextTower(tokenizer.get_vocab_size(), DIM))
    backbone, classifier = load_backbone(options.backbone)
    model.image.backbone.load_state_dict(backbone.state_dict())
    model.to(memory_format=torch.channels_last)

    @cache
    def refinement() -> Refinement:
        words = Words(options.labels, options.work / "words.npy")
        return Refinement(train, words, tokenizer)

    def refine() -> None:
        pixels = load_pixels(corpus.paths)
        views = Views(backbone, classifier, pixels, options.work)
        refinement().both(model, dev, views, options.refine_epochs)

    def mix() -> None:
        before, after = (torch.load(options.work / f"{name}.pt")[0] for name in ("all", "refine"))
        model.load_state_dict(mean_of([before, after], [1 - options.refined, options.refined]))

    stages = {
        "text": lambda: train.text(model, epochs=options.text_epochs),
        "heads": lambda: train.heads(model, dev, epochs=options.head_epochs),
        "all": lambda: train.everything(model, dev, options.epochs, options.stop_after),
        "words": lambda: refinement().text(model, options.word_steps),
        "refine": refine,
        "average": mix,
    }
    for name, run in stages.items():
        run_stage(name, run, model, train, options.work / f"{name}.pt")
    print("dev", describe(dev.figures(model.eval())))
    recipe = {"tool": "tools/bundled_model/train.py", "vocabulary": VOCABULARY}
    recipe |= {name: getattr(options, name) for name in RECORDED}
    details = {"languages": ["en", "fr"], "licence": "see MODEL_CARD.md", "recipe": recipe}
    export_model(model, tokenizer, options.out, name="visavis-small", details=details)
    write_card(options.out, options.data)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="such as flickr8k:FOLDER")
    parser.add_argument("--backbone", type=Path, required=True, help="MobileNetV2 .tflite")
    parser.add_argument("--labels", type=Path, required=True, help="its classes, one a line")
    parser.add_argument("--pairs", type=Path, required=True, help="English<TAB>French lines")
    parser.add_argument("--work", type=Path, default=Path("runs/bundled"))
    parser.add_argument("--out", type=Path, required=True, help="the model folder to write")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--text-epochs", type=int, default=3)
    parser.add_argument("--head-epochs", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=16, help="the schedule of the stage `all`")
    parser.add_argument("--stop-after", type=int, default=11, help="end it after this epoch")
    parser.add_argument("--word-steps", type=int, default=260)
    parser.add_argument("--refine-epochs", type=int, default=6)
    parser.add_argument("--refined", type=float, default=0.6, help="its share of the average")
    parser.add_argument(
        "--bfloat16", action="store_true", help="faster, on a processor that has it"
    )
    return parser.parse_args()


def run_stage(
    name: str, run: Callable[[], None], model: DualEncoder, train: Training, checkpoint: Path
) -> None:
    """Run a stage and keep its result, or load the result of an earlier run."""
    if not checkpoint.exists():
        print(f"stage {name}", flush=True)
        run()
        torch.save((model.state_dict(), train.to_teacher.state_dict()), checkpoint)
    own, to_teacher = torch.load(checkpoint)
    model.load_state_dict(own)
    train.to_teacher.load_state_dict(to_teacher)


def make_tokenizer(corpus: Corpus, path: Path) -> Tokenizer:
    if not path.exists():
        texts = [text for own in corpus.captions for text in own]
        texts += [text for pair in corpus.pairs for text in pair]
        train_tokenizer(texts, VOCABULARY, MAX_TOKENS).save(str(path))
    return Tokenizer.from_file(str(path))


if __name__ == "__main__":
    main()
