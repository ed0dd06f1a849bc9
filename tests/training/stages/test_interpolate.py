from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from visavis.training.recipe import Stage
from visavis.training.stages.interpolate import InterpolateStage


def interpolated(model, first, share):
    lines = []
    state = SimpleNamespace(
        model=model,
        kept={"start": first}.__getitem__,
        measure=lambda: None,
        report=lambda line, _: lines.append(line),
    )
    stage = Stage(name="wise", kind="interpolate", start_share=share)
    InterpolateStage(state, stage).run()
    return lines


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_weights_lie_between_the_first_and_those_learned(share):
    model, first = nn.BatchNorm1d(4), nn.BatchNorm1d(4).state_dict()
    with torch.no_grad():
        model.weight.normal_()
        model.num_batches_tracked.fill_(7)
    learned = {name: value.clone() for name, value in model.state_dict().items()}
    assert interpolated(model, first, share) == [
        f"wise: {share:.0%} of the first weights, {1 - share:.0%} of those learned"
    ]
    expected = share * first["weight"] + (1 - share) * learned["weight"]
    torch.testing.assert_close(model.weight.detach(), expected)
    assert model.num_batches_tracked == 7


def test_of_adapters_their_product_is_mixed():
    """One factor is 0 at first, so that mixing both would not mix their product."""

    class Adapter(nn.Module):
        def __init__(self):
            super().__init__()
            self.lora_A = nn.ModuleDict({"default": nn.Linear(5, 2, bias=False)})
            self.lora_B = nn.ModuleDict({"default": nn.Linear(2, 3, bias=False)})
            nn.init.zeros_(self.lora_B["default"].weight)

        def product(self):
            return self.lora_B["default"].weight @ self.lora_A["default"].weight

    model = nn.ModuleDict({"layer": Adapter()})
    first = {name: value.clone() for name, value in model.state_dict().items()}
    with torch.no_grad():
        for value in model.parameters():
            value.normal_()
    learned = model["layer"].product().detach().clone()
    interpolated(model, first, 0.25)
    torch.testing.assert_close(model["layer"].product().detach(), 0.75 * learned)
