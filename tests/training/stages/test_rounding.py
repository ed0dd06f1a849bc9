from types import SimpleNamespace

import pytest
import torch
from torch import nn

from visavis.training.export.int8 import are_bytes
from visavis.training.stages import STAGES
from visavis.training.stages.rounding import SHOWN


class Pixels:
    """Training images, and which of them were taken."""

    def __init__(self, images):
        self.images, self.taken = images, []

    def __len__(self):
        return len(self.images)

    def take(self, rows):
        self.taken.extend(rows)
        return self.images[rows]


def test_each_tower_is_rounded_to_the_precision_of_its_own(one_thread):
    torch.manual_seed(0)
    image, text = nn.Linear(64, 32), nn.Linear(64, 32)
    old = text.weight.detach().clone()
    lines = []
    state = SimpleNamespace(
        model=SimpleNamespace(image=image, text=text),
        recipe=SimpleNamespace(image=SimpleNamespace(int8=False), text=SimpleNamespace(int8=True)),
        measure=lambda: "figures",
        report=lambda line, figures: lines.append((line, figures)),
        backbone_changed=True,
    )
    STAGES.get("round")(state, SimpleNamespace(name="round")).run()
    assert torch.equal(image.weight, image.weight.half().float())
    steps = text.weight / (old.abs().amax(dim=1, keepdim=True) / 127)
    assert torch.allclose(steps, steps.round(), atol=1e-3)
    assert lines == [("round: weights as the model folder keeps them", "figures")]


@pytest.mark.parametrize("learned", [True, False])
def test_convolutions_of_a_backbone_that_learned_are_rounded_to_bytes(learned, one_thread):
    torch.manual_seed(0)
    image, pixels = nn.Conv2d(3, 64, 5), Pixels(torch.rand(SHOWN + 6, 3, 9, 9))
    state = SimpleNamespace(
        model=SimpleNamespace(image=image, text=nn.Linear(1, 1)),
        recipe=SimpleNamespace(
            seed=1, image=SimpleNamespace(int8=True), text=SimpleNamespace(int8=True)
        ),
        measure=lambda: None,
        report=lambda *_: None,
        backbone_changed=learned,
        accelerator=SimpleNamespace(device="cpu"),
        train=SimpleNamespace(pixels=pixels),
    )
    STAGES.get("round")(state, SimpleNamespace(name="round")).run()
    assert are_bytes(image.weight.detach().numpy()) == learned
    assert len(set(pixels.taken)) == (SHOWN if learned else 0)
