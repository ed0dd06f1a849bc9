"""Speed of a full-size CLIP ViT-B/32, in single precision and in eight bits.

python benchmarks/encoders.py [--work FOLDER]

Its weights are random: speed does not depend on them. Each figure is compared with ONNX Runtime
alone, on the same graph with the same inputs, and the cold start with the bundled model's.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import numpy as np
import onnxruntime
from PIL import Image

from visavis.collection import Collection
from visavis.encoders import OnnxEncoder, load_encoder
from visavis.encoders.sessions import image_inputs
from visavis.encoders.tokens import open_tokenizer, text_inputs

WORDS = "a the dog man woman child red blue car house snow beach runs plays with two in on"
VISAVIS = [sys.executable, "-m", "visavis"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, help="where to keep the models between runs")
    parser.add_argument("--images", type=int, default=32, help="images a round (default: 32)")
    parser.add_argument("--texts", type=int, default=64, help="texts a round (default: 64)")
    parser.add_argument("-n", type=int, default=5, help="rounds of each (default: 5)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        work = options.work or Path(scratch)
        make_models(work)
        rng = np.random.default_rng(0)
        images = list(rng.integers(0, 256, (options.images, 224, 224, 3), dtype=np.uint8))
        words = WORDS.split()
        texts = [" ".join(rng.choice(words, rng.integers(3, 8))) for _ in range(options.texts)]
        print(f"CLIP ViT-B/32, random weights; medians of {options.n} rounds that take turns")
        print(f"{'':<22}{'visavis':>10}{'bare':>10}{'ratio':>8}   (a second; ratio of each round)")
        for name in ("fp32", "int8"):
            encoder = load_encoder(work / name)
            assert isinstance(encoder, OnnxEncoder)
            print_row(f"{name} images", compare_images(encoder, images, options.n))
            print_row(f"{name} texts", compare_texts(encoder, texts, options.n))
        print_cold_start(work, options.n)


def print_row(name: str, row: tuple[float, float, float]) -> None:
    print(f"  {name:<20}{row[0]:>10.1f}{row[1]:>10.1f}{row[2]:>8.2f}", flush=True)


def make_models(work: Path) -> None:
    """Make both models, unless they exist."""
    from visavis.training.importing import import_model
    from visavis.training.quantize import quantize

    if not (work / "fp32").exists():
        make_source(work / "source")
        import_model(str(work / "source"), work / "fp32", name="vit-b32", languages=("en",))
        shutil.rmtree(work / "source")
    if not (work / "int8").exists():
        rng = np.random.default_rng(1)
        images = [
            Image.fromarray(rng.integers(0, 256, (224, 224, 3), dtype=np.uint8)) for _ in range(4)
        ]
        quantize(work / "fp32", work / "int8", "int8", images, WORDS.split(), least=-1)


def make_source(folder: Path) -> None:
    """Write CLIP ViT-B/32 as transformers builds it, with a vocabulary of letters only."""
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel, CLIPTokenizer

    letters = sorted(ByteLevel.alphabet())
    vocabulary = {token: n for n, token in enumerate(letters + [f"{each}</w>" for each in letters])}
    vocabulary |= {"<|startoftext|>": 49406, "<|endoftext|>": 49407}
    CLIPModel(CLIPConfig()).save_pretrained(folder)
    CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=77).save_pretrained(folder)
    CLIPImageProcessorPil().save_pretrained(folder)


def compare_images(
    encoder: OnnxEncoder, images: Sequence[np.ndarray], rounds: int
) -> tuple[float, float, float]:
    session = onnxruntime.InferenceSession(encoder.folder / encoder.info.image.file)
    size = encoder.image_batch
    batches = [
        image_inputs(session, encoder.info.preprocessing, np.stack(images[first : first + size]))
        for first in range(0, len(images), size)
    ]
    return take_turns(
        lambda: encoder.encode_images(images),
        lambda: [session.run(None, batch) for batch in batches],
        len(images),
        rounds,
    )


def compare_texts(
    encoder: OnnxEncoder, texts: Sequence[str], rounds: int
) -> tuple[float, float, float]:
    session = onnxruntime.InferenceSession(encoder.folder / encoder.info.text.file)
    tokenizer = open_tokenizer(str(encoder.folder / encoder.info.tokenizer_file))
    size = encoder.text_batch
    ordered = sorted(texts, key=len)  # as the encoder does, so that little is padded
    batches = [
        text_inputs(session, tokenizer, ordered[first : first + size])
        for first in range(0, len(ordered), size)
    ]
    return take_turns(
        lambda: encoder.encode_texts(texts),
        lambda: [session.run(None, batch) for batch in batches],
        len(texts),
        rounds,
    )


def take_turns(
    ours: Callable[[], object], bare: Callable[[], object], count: int, rounds: int
) -> tuple[float, float, float]:
    """Return medians: ours and the bare runtime's per second, and the ratio within a round."""
    seconds(ours)
    seconds(bare)
    pairs = [(seconds(ours), seconds(bare)) for _ in range(rounds)]
    mine, theirs = (count / median(times) for times in zip(*pairs, strict=True))
    return mine, theirs, median(alone / whole for whole, alone in pairs)


def print_cold_start(work: Path, rounds: int) -> None:
    """Time a cold `visavis search` with the bundled model and with this one."""
    places = {None: work / "bundled.visavis", "fp32": work / "fp32.visavis"}
    for name, place in places.items():
        shutil.rmtree(place, ignore_errors=True)
        encoder = load_encoder(work / name if name else None)
        with Collection.create(place, encoder) as collection:
            collection.add_text("a dog on the beach")
    search = [*VISAVIS, "search", "a dog", "--for", "texts", "--collection"]
    network = work / "fp32" / "text.onnx"
    imports = "import numpy; from visavis.encoders.sessions import open_session; import onnxruntime"
    commands = {
        "bundled": [*search, str(places[None])],
        "large": [*search, str(places["fp32"]), "--model", str(work / "fp32")],
        "imports": [sys.executable, "-c", imports],
        "load": [sys.executable, "-c", f"{imports}; open_session({str(network)!r})"],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds + 1):  # the first fills the file cache
        for name, command in commands.items():
            times[name].append(seconds(lambda command=command: run(command)))
    bundled, large, bare, loaded = (median(each[1:]) for each in times.values())
    load = loaded - bare
    print(
        f"cold `visavis search`: bundled {bundled:.2f} s, ViT-B/32 {large:.2f} s, of which loading"
    )
    print(f"  its text network {load:.2f} s; the rest is {(large - load) / bundled:.2f} of bundled")


def run(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
