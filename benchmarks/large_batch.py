"""Peak memory of a training step of CLIP's size, by batch, in chunks or in one piece.

    python benchmarks/large_batch.py --batches 16 48 --chunk 16

The towers are those of CLIP ViT-B/32 with random weights (151 million), which all learn: images of
224 pixels, texts of 77 tokens, InfoNCE, AdamW, single precision, on the processor. Each batch is
a process of its own, and its peak is all that the process ever held. In chunks, memory grows with
the batch by pixels and vectors alone, so the last line goes on from the two largest batches to
--for images.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time

import numpy as np

TOKENS = 77
DIM = 512


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batches", type=int, nargs="+", default=[16, 48])
    parser.add_argument("--chunk", type=int, default=16, help="0: in one piece")
    parser.add_argument("--for", dest="wanted", type=int, default=1024)
    parser.add_argument("--step", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        print(step(options.step, options.chunk))
        return
    peaks = []
    for batch in options.batches:
        started = time.perf_counter()
        peaks.append(measure(batch, options.chunk))
        seconds = time.perf_counter() - started
        print(f"batch {batch:>5}, chunk {options.chunk}: {peaks[-1]:.2f} GB, {seconds:.0f} s")
    if options.chunk and len(peaks) > 1:
        growth, base = np.polyfit(options.batches[-2:], peaks[-2:], 1)
        print(
            f"{1e3 * growth:.1f} MB for each further image: {options.wanted:,} images need "
            f"{base + growth * options.wanted:.1f} GB"
        )


def measure(batch: int, chunk: int) -> float:
    """Return the peak of a process that takes a step, in GB."""
    command = [sys.executable, __file__, "--step", str(batch), "--chunk", str(chunk)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return float(done.stdout.splitlines()[-1])


def step(batch: int, chunk: int) -> float:
    """Take a step of the training loop; return the most memory the process held, in GB."""
    import torch

    from visavis.training.allocator import keep_freed_memory
    from visavis.training.losses import info_nce
    from visavis.training.model import ForwardPass

    keep_freed_memory()
    torch.manual_seed(0)
    model = clip_towers()
    adam = torch.optim.AdamW(model.parameters(), 1e-5, fused=True)
    forward = ForwardPass(model.train(), chunk)
    pixels = torch.randint(0, 256, (batch, 224, 224, 3), dtype=torch.uint8)
    images, texts, _ = forward(pixels, torch.randint(1, 40_000, (batch, TOKENS)))
    scores, same = 100 * images @ texts.T, torch.eye(batch, dtype=torch.bool)
    (info_nce(scores, same) + info_nce(scores.T, same)).backward()
    adam.step()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def clip_towers() -> object:
    """Return towers of the shape of CLIP ViT-B/32, with random weights that all learn."""
    from torch import Tensor, nn
    from transformers import (
        CLIPTextConfig,
        CLIPTextModelWithProjection,
        CLIPVisionConfig,
        CLIPVisionModelWithProjection,
    )

    from visavis.encoders.preprocessing import Preprocessing
    from visavis.hub.token_rules import Rules
    from visavis.training.model import TwoTowers
    from visavis.training.starts.towers import (
        PretrainedBackbone,
        PretrainedHead,
        PretrainedTextTower,
    )
    from visavis.training.towers.image import ImageTower

    class Images(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = CLIPVisionModelWithProjection(CLIPVisionConfig(projection_dim=DIM))

        def forward(self, pixels: Tensor) -> Tensor:
            return self.model(pixel_values=pixels.permute(0, 3, 1, 2) / 255).image_embeds

    class Texts(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = CLIPTextModelWithProjection(CLIPTextConfig(projection_dim=DIM))

        def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
            return self.model(input_ids=ids, attention_mask=mask).text_embeds

    rules = Rules(max_tokens=TOKENS, padding="longest", pad_id=0, pad_token="")
    backbone = PretrainedBackbone("clip-b32", Images(), Preprocessing(224))
    image = ImageTower(backbone, "pooled", PretrainedHead(nn.Identity(), DIM))
    text = PretrainedTextTower(Texts(), nn.Identity(), DIM, rules, ("input_ids", "attention_mask"))
    return TwoTowers(image, text).requires_grad_(requires_grad=True)


if __name__ == "__main__":
    main()
