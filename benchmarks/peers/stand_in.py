"""Networks of the shape of CLIP ViT-B/32 at 256 pixels, with random weights.

python benchmarks/peers/stand_in.py FOLDER

Writes `rclip/`, the data folder of rclip, and `model/`, a model folder of visavis with the same two
networks. Times do not depend on what weights say; rankings would, and are not asked for here. The
vocabulary has the size of CLIP's and made-up pieces. Needs torch and onnx: the `train` extra.
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from torch import Tensor, nn

from visavis.encoders.weights import separate_weights

SIDE, PATCH, DIM, TOKENS, WORDS = 256, 32, 512, 77, 49408
MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
RCLIP_MODEL = "ViT-B-32-256-datacomp_s34b_b86k"


class Block(nn.Module):
    """A block of a transformer: attention and a perceptron, each after a normalisation."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.joint, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return (n, tokens, width)."""
        shape = (*x.shape[:2], 3, self.heads, -1)
        query, key, value = self.joint(self.before(x)).reshape(shape).permute(2, 0, 3, 1, 4)
        weights = (query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5).softmax(-1)
        x = x + self.out((weights @ value).transpose(1, 2).flatten(2))
        mixed: Tensor = x + self.mlp(self.between(x))
        return mixed


class Vision(nn.Module):
    """Images (n, 3, 256, 256) to vectors (n, 512)."""

    def __init__(self, width: int = 768, layers: int = 12, heads: int = 12) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, width, PATCH, PATCH, bias=False)
        self.first = nn.Parameter(torch.randn(1, 1, width))
        self.places = nn.Parameter(torch.randn(1, (SIDE // PATCH) ** 2 + 1, width))
        self.before, self.after = nn.LayerNorm(width), nn.LayerNorm(width)
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(layers)))
        self.out = nn.Linear(width, DIM, bias=False)

    def forward(self, pixels: Tensor) -> Tensor:
        """Return (n, 512)."""
        patches = self.patches(pixels).flatten(2).transpose(1, 2)
        x = torch.cat([self.first.expand(pixels.shape[0], -1, -1), patches], 1) + self.places
        vectors: Tensor = self.out(self.after(self.blocks(self.before(x))[:, 0]))
        return vectors


class Text(nn.Module):
    """Tokens (n, 77) to vectors (n, 512)."""

    def __init__(self, width: int = 512, layers: int = 12, heads: int = 8) -> None:
        super().__init__()
        self.words = nn.Embedding(WORDS, width)
        self.places = nn.Parameter(torch.randn(1, TOKENS, width))
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(layers)))
        self.after, self.out = nn.LayerNorm(width), nn.Linear(width, DIM, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return (n, 512), of the last token."""
        x = self.blocks(self.words(tokens) + self.places[:, : tokens.shape[1]])
        vectors: Tensor = self.out(self.after(x[:, -1]))
        return vectors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    torch.manual_seed(0)
    rclip, model = folder / "rclip" / RCLIP_MODEL, folder / "model"
    rclip.mkdir(parents=True)
    model.mkdir()
    save(Vision(), torch.rand(2, 3, SIDE, SIDE), rclip / "visual.onnx")
    save(Text(), torch.ones(2, TOKENS, dtype=torch.int64), rclip / "textual.onnx")
    shutil.copy(rclip / "visual.onnx", model / "image.onnx")
    shutil.copy(rclip / "textual.onnx", model / "text.onnx")
    write_vocabulary(folder / "rclip" / "tokenizer" / "bpe_simple_vocab_16e6.txt.gz")
    for network in ("image.onnx", "text.onnx"):
        separate_weights(model / network)  # as `models import` does
    write_model(model)


def save(network: nn.Module, example: Tensor, path: Path) -> None:
    """Export a network to ONNX, for any number of inputs."""
    torch.onnx.export(
        network.eval(),
        (example,),
        str(path),
        input_names=["input"],
        output_names=["output"],
        dynamic_axes={"input": {0: "n"}, "output": {0: "n"}},
        dynamo=False,
    )


def write_vocabulary(path: Path) -> None:
    """Write as many merges of letters as CLIP's vocabulary has."""
    path.parent.mkdir(parents=True)
    letters = "abcdefghijklmnopqrstuvwxyz"
    pairs = [f"{a} {b}{c}{d}" for a in letters for b in letters for c in letters for d in letters]
    path.write_bytes(gzip.compress("\n".join(["#version", *pairs[: WORDS - 514]]).encode()))


def write_model(folder: Path) -> None:
    """Write the description of a model for visavis, and a tokenizer of whole words."""
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 1, "a": 2}, unk_token="[UNK]"))  # noqa: S106
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.enable_padding(length=TOKENS)
    tokenizer.enable_truncation(TOKENS)
    tokenizer.save(str(folder / "tokenizer.json"))
    scaling = {"scale": 1 / 255, "mean": MEAN, "std": STD}
    image = {"file": "image.onnx", "size": SIDE, "resize": "shortest", "scaling": scaling}
    text = {"file": "text.onnx", "tokenizer": "tokenizer.json"}
    described = {"format": 1, "id": "stand-in@1", "dim": DIM, "languages": ["en"]}
    content = json.dumps({**described, "image": image, "text": text}, indent=1)
    (folder / "model.json").write_text(content, "utf-8")


if __name__ == "__main__":
    main()
