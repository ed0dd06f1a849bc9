"""Make the bundled model: one command from the data to a model folder.

Stages, each leaving a checkpoint in --work, so that a stopped run goes on where it was:

1. tokenizer: subwords of the training captions and the sentence pairs
2. text: the text tower learns to agree with an English teacher, in both languages
3. heads: both heads learn on features of the frozen backbone
4. all: the backbone beyond its stem joins in, on random crops
5. words: the text tower learns words that no caption holds
6. refine: everything again, with those words, with what the classifier knows, and with drawn
   images; several runs from the same weights, each by other chance
7. mean: of the weights before those runs and of all runs; the next round of runs begins there
8. average: of the weights before the first round and of the means of all rounds
9. kinds: each kind of drawn images becomes a class, and words get tokens; captions and
   photographs stay where they are
10. export: ONNX files, checked against torch

With --start a finished model takes the place of the stages up to `words`. Only the train split
is learned from; dev chose the recipe, and the epoch of `heads` and `all` that is kept.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from averaging import mean_of
from backbone import load_backbone
from card import write_card
from common import learn_common, with_room
from corpus import Corpus, Drawn, load_pixels, read_corpus
from dev import Dev, describe
from drawn import draw_images
from finished import read_weights
from kinds import Kinds
from refine import Refinement
from stages import Training
from tokenizers import Tokenizer
from views import Views
from words import CLASSES, Words, combine

from visavis.datasets import load_dataset
from visavis.encoders.onnx import MODEL_FILE
from visavis.training.export import export_model
from visavis.training.model import DualEncoder
from visavis.training.tokenizer import train_tokenizer
from visavis.training.towers.image import ImageTower
from visavis.training.towers.text import TextTower

DIM = 256
VOCABULARY = 8000
MAX_TOKENS = 64
DRAWN_OF_A_KIND = 60
COMBINED = 12_000  # pairs of words
BEFORE = ("text_epochs", "head_epochs", "epochs", "stop_after", "word_steps")
AFTER = ("seed", "rounds", "runs", "refine_epochs", "remembered", "kind_steps")


def main() -> None:
    options = parse_options()
    options.work.mkdir(parents=True, exist_ok=True)
    making = Making(options)
    for name, run in making.stages().items():
        making.run_stage(name, run)
    if not options.only:
        making.learn_kinds()
        making.learn_common()
        making.finish()


class Making:
    """What is learned from, what learns, and the stages in their order."""

    def __init__(self, options: argparse.Namespace) -> None:
        torch.manual_seed(options.seed)
        self.options, self.dataset = options, load_dataset(options.data)
        self.corpus = read_corpus(self.dataset, options.pairs)
        self.tokenizer = make_tokenizer(self.corpus, options)
        self.drawn = draw(self.corpus, options.seed)
        self.words = Words(options.labels, options.work / "words.npy")
        self.train = Training(
            self.corpus,
            self.drawn,
            combine(self.words.named, COMBINED, options.seed),
            self.tokenizer,
            np.random.default_rng(options.seed),
            options.work,
            DIM,
            half=options.bfloat16,
        )
        self.refinement = Refinement(
            self.train, self.words, self.drawn, self.tokenizer, options.remembered
        )
        self.dev = Dev.read(self.dataset, self.tokenizer)
        self.backbone, self.classifier = load_backbone(options.backbone)
        image = ImageTower(DIM, dropout=0.2, classes=CLASSES)
        image.backbone.load_state_dict(self.backbone.state_dict())
        image.classes.classifier.load_state_dict(self.classifier.state_dict())
        self.model = DualEncoder(image, TextTower(self.tokenizer.get_vocab_size(), DIM))
        self.model.to(memory_format=torch.channels_last)

    def stages(self) -> dict[str, Callable[[], None]]:
        """Name the stages of this call in their order."""
        if self.options.only:
            return {refined(self.options.only): partial(self.refine, self.options.only)}
        stages: dict[str, Callable[[], None]] = {"start": self.start}
        if not self.options.start:
            stages = {
                "text": partial(self.train.text, self.model, self.options.text_epochs),
                "heads": partial(self.train.heads, self.model, self.dev, self.options.head_epochs),
                "all": self.everything,
                "words": self.learn_words,
            }
        for number in range(1, self.options.rounds + 1):
            for run in self.runs(number):
                stages[refined(run)] = partial(self.refine, run)
            stages[mean(number)] = partial(self.end_round, number)
        return stages | {"average": self.average}

    def run_stage(self, name: str, run: Callable[[], None]) -> None:
        """Run a stage and keep its result, or load the result of an earlier call."""
        if not self.checkpoint(name).exists():
            print(f"stage {name}", flush=True)
            run()
            kept = (self.model.state_dict(), self.train.to_teacher.state_dict())
            torch.save(kept, self.checkpoint(name))
        self.load(name)

    def load(self, name: str) -> None:
        own, to_teacher = torch.load(self.checkpoint(name))
        self.model.load_state_dict(own)
        self.train.to_teacher.load_state_dict(to_teacher)

    def checkpoint(self, name: str) -> Path:
        return self.options.work / f"{name}.pt"

    def start(self) -> None:
        read_weights(self.model, self.options.start)
        self.train.fit_teacher(self.model)
        self.refinement.name_classes(self.model)

    def everything(self) -> None:
        self.train.everything(self.model, self.dev, self.options.epochs, self.options.stop_after)
        self.refinement.name_classes(self.model)

    def learn_words(self) -> None:
        self.refinement.text(self.model, self.options.word_steps)
        self.refinement.name_classes(self.model)

    @property
    def before(self) -> str:
        """Name the stage before the first round."""
        return "start" if self.options.start else "words"

    def runs(self, number: int) -> list[int]:
        """Number the runs of a round: 21, 22 and so on are of the second."""
        return [10 * number + run for run in range(1, self.options.runs + 1)]

    def begin(self, number: int) -> str:
        """Name the stage where a round begins."""
        return mean(number - 1) if number > 1 else self.before

    def refine(self, run: int) -> None:
        """Refine what its round begins with, by the chance of this run."""
        self.load(self.begin(run // 10))
        self.seed(run)
        self.refinement.both(self.model, self.dev, self.views(run), self.options.refine_epochs)

    def seed(self, number: int) -> None:
        """Begin a stage with chance of its own, whatever this call has run before."""
        self.train.rng = np.random.default_rng([self.options.seed, number])
        torch.manual_seed(1000 * self.options.seed + number)

    def end_round(self, number: int) -> None:
        self.mix([self.begin(number), *map(refined, self.runs(number))])

    def average(self) -> None:
        self.mix([self.before, *map(mean, range(1, self.options.rounds + 1))])

    def learn_kinds(self) -> None:
        """Widen the model and its tokenizer, and learn what was added."""
        kinds = Kinds(self.train, self.words, self.drawn, self.tokenizer)
        self.model, self.tokenizer = kinds.widen(self.model), kinds.tokenizer
        self.dev = Dev.read(self.dataset, self.tokenizer)
        self.seed(0)
        photographs, steps = load_pixels(self.corpus.paths), self.options.kind_steps
        self.run_stage("kinds", partial(kinds.learn, self.model, photographs, steps))
        print(describe(self.dev.figures(self.model)), flush=True)

    def learn_common(self) -> None:
        """Let vectors say how common what they stand for is."""
        before, self.model = self.model, with_room(self.model)
        pixels, captions = load_pixels(self.corpus.paths), self.corpus.captions
        learn = partial(learn_common, before, self.model, self.tokenizer, pixels, captions)
        self.run_stage("common", learn)
        print(describe(self.dev.figures(self.model)), flush=True)

    def mix(self, names: list[str]) -> None:
        """Average checkpoints."""
        states = [torch.load(self.checkpoint(name)) for name in names]
        models, maps = zip(*states, strict=True)
        self.model.load_state_dict(mean_of(models))
        self.train.to_teacher.load_state_dict(mean_of(maps))
        print(describe(self.dev.figures(self.model.eval())), flush=True)

    def views(self, run: int) -> Views:
        pixels = np.concatenate([load_pixels(self.corpus.paths), self.drawn.pixels])
        return Views(self.backbone, self.classifier, pixels, self.options.work, run)

    def finish(self) -> None:
        """Write the model folder and its card."""
        vocabulary = self.tokenizer.get_vocab_size()
        recipe = {"tool": "tools/bundled_model/train.py", "vocabulary": vocabulary}
        recipe |= {name: getattr(self.options, name) for name in AFTER}
        earlier = vars(self.options)
        if self.options.start:
            started = json.loads((self.options.start / MODEL_FILE).read_text("utf-8"))
            earlier, recipe["start"] = started["recipe"], started["id"]
        recipe |= {name: earlier[name] for name in BEFORE}
        details = {"languages": ["en", "fr"], "licence": "see MODEL_CARD.md", "recipe": recipe}
        export_model(
            self.model,
            self.tokenizer,
            self.options.out,
            name="visavis-small",
            details=details,
            tables_in_bytes=True,
        )
        write_card(self.options.out, self.options.data)


def refined(run: int) -> str:
    return f"refine-{run}"


def mean(number: int) -> str:
    return f"mean-{number}"


def draw(corpus: Corpus, seed: int) -> Drawn:
    sentences = [caption for own in corpus.captions for caption in own]
    return Drawn.of(draw_images(DRAWN_OF_A_KIND, seed, sentences))


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="such as flickr8k:FOLDER")
    parser.add_argument("--backbone", type=Path, required=True, help="MobileNetV2 .tflite")
    parser.add_argument("--labels", type=Path, required=True, help="its classes, one a line")
    parser.add_argument("--pairs", type=Path, required=True, help="English<TAB>French lines")
    parser.add_argument("--work", type=Path, default=Path("runs/bundled"))
    parser.add_argument("--out", type=Path, required=True, help="the model folder to write")
    parser.add_argument("--start", type=Path, help="a finished model folder to refine")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--text-epochs", type=int, default=3)
    parser.add_argument("--head-epochs", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=16, help="the schedule of the stage `all`")
    parser.add_argument("--stop-after", type=int, default=11, help="end it after this epoch")
    parser.add_argument("--word-steps", type=int, default=260)
    parser.add_argument("--rounds", type=int, default=2, help="of refinement")
    parser.add_argument("--runs", type=int, default=2, choices=range(1, 10), help="of each round")
    parser.add_argument(
        "--only", type=int, help="one run, such as 21, once what its round begins with is there"
    )
    parser.add_argument("--refine-epochs", type=int, default=2, help="of each run")
    parser.add_argument(
        "--remembered", type=int, default=1280, help="images in the memory, 1 or more"
    )
    parser.add_argument("--kind-steps", type=int, default=400)
    parser.add_argument(
        "--bfloat16", action="store_true", help="faster, on a processor that has it"
    )
    return parser.parse_args()


def make_tokenizer(corpus: Corpus, options: argparse.Namespace) -> Tokenizer:
    if options.start:
        return Tokenizer.from_file(str(options.start / "tokenizer.json"))
    path = options.work / "tokenizer.json"
    if not path.exists():
        texts = [text for own in corpus.captions for text in own]
        texts += [text for pair in corpus.pairs for text in pair]
        train_tokenizer(texts, VOCABULARY, MAX_TOKENS).save(str(path))
    return Tokenizer.from_file(str(path))


if __name__ == "__main__":
    main()
