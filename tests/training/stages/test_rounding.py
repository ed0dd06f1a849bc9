from types import SimpleNamespace

import torch
from torch import nn

from visavis.training.stages import STAGES


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
    )
    STAGES.get("round")(state, SimpleNamespace(name="round")).run()
    assert torch.equal(image.weight, image.weight.half().float())
    steps = text.weight / (old.abs().amax(dim=1, keepdim=True) / 127)
    assert torch.allclose(steps, steps.round(), atol=1e-3)
    assert lines == [("round: weights as the model folder keeps them", "figures")]
