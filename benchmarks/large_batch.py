"""Peak memory and time of a training step of CLIP's size, by batch, in chunks or in one piece.

    python benchmarks/large_batch.py --batches 1024 --chunk 64
    python benchmarks/large_batch.py --batches 16 48 --chunk 16 --for 4096

The towers are those of CLIP ViT-B/32 with random weights (151 million), which all learn: images of
224 pixels, texts of 77 tokens, InfoNCE, AdamW, single precision, on the processor. Each batch is
a process of its own: its peak is all that the process ever held, its seconds are those of the
processor, of all threads, so that other work on the machine counts for little. In chunks, memory
grows with the batch by pixels and vectors alone, so with --for the last line goes on from the two
largest batches to that many images.
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
    parser.add_argument("--for", dest="wanted", type=int, default=0, help="images to go on to")
    parser.add_argument("--step", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        print(*step(options.step, options.chunk))
        return
    peaks = []
    for batch in options.batches:
        peak, seconds = measure(batch, options.chunk)
        peaks.append(peak)
        print(
            f"batch {batch:>5}, chunk {options.chunk}: {peak:.2f} GB, {seconds:.0f} s of the processor"
        )
    if options.wanted and options.chunk and len(peaks) > 1:
        growth, base = np.polyfit(options.batches[-2:], peaks[-2:], 1)
        print(
            f"{1e3 * growth:.1f} MB for each further image: {options.wanted:,} images need "
            f"{base + growth * options.wanted:.1f} GB"
        )


def measure(batch: int, chunk: int) -> tuple[float, float]:
    """Return the peak of a process that takes a step, in GB, and the seconds of the step."""
    command = [sys.executable, __file__, "--step", str(batch), "--chunk", str(chunk)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    peak, seconds = map(float, done.stdout.splitlines()[-1].split())
    return peak, seconds


def step(batch: int, chunk: int) -> tuple[float, float]:
    """Take a step of the training loop; return the process's peak in GB, and seconds."""
    import torch

    from visavis.training.allocator import keep_freed_memory, return_freed_memory
    from visavis.training.losses import info_nce
    from visavis.training.model import ForwardPass

    _ = return_freed_memory() if chunk else keep_freed_memory()  # as `train` does
    torch.manual_seed(0)
    model = clip_towers()
    adam = torch.optim.AdamW(model.parameters(), 1e-5, fused=True)
    forward = ForwardPass(model.train(), chunk)
    pixels = torch.randint(0, 256, (batch, 224, 224, 3), dtype=torch.uint8)
    tokens = torch.randint(1, 40_000, (batch, TOKENS))
    started = time.process_time()
    images, texts, _ = forward(pixels, tokens)
    scores, same = 100 * images @ texts.T, torch.eye(batch, dtype=torch.bool)
    (info_nce(scores, same) + info_nce(scores.T, same)).backward()
    adam.step()
    seconds = time.process_time() - started
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9, seconds


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
