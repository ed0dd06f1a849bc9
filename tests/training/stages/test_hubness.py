from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.nn.functional import normalize

from visavis.training.stages import STAGES, hubness
from visavis.training.towers.hubness import SHARPNESS, HubnessCorrection


def unit(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return normalize(torch.randn(*shape, generator=generator), dim=1)


def test_what_has_the_same_image_does_not_count():
    x, bank = unit(4, 6), unit(9, 6, seed=1)
    rows, bank_rows = torch.arange(4), torch.arange(9) % 4
    found = hubness.hubness(x, rows, bank, bank_rows)
    for row in range(4):
        others = bank[bank_rows != row] @ x[row]
        expected = ((SHARPNESS * others).exp().sum() / 9).log() / SHARPNESS
        assert torch.allclose(found[row], expected, atol=1e-5)


@pytest.mark.parametrize("size", [200, 5])
def test_anchors_stand_for_a_larger_bank_and_repeat_a_smaller_one(monkeypatch, size):
    monkeypatch.setattr(hubness, "STEPS", 400)
    bank = normalize(unit(5, 6).repeat(size // 5, 1) + 0.1 * unit(size, 6, seed=1), dim=1)
    x = unit(300, 6, seed=2)
    nobody = torch.full((size,), -1)
    correction = HubnessCorrection("text", 6, anchors=8)
    explained = hubness.fit_anchors(
        correction, x, torch.arange(300), bank=bank, bank_rows=nobody, share=0.3
    )
    wanted = hubness.hubness(x, torch.arange(300), bank, nobody)
    bias = -correction(x)[:, -1]
    assert explained > 0.9
    assert np.corrcoef(bias, wanted)[0, 1] > 0.98
    assert correction.share.item() == pytest.approx(0.3)


def test_both_towers_are_corrected_by_what_belongs_to_other_images(monkeypatch):
    monkeypatch.setattr(hubness, "STEPS", 50)
    towers = {m: HubnessCorrection(m, 6, anchors=4) for m in ("image", "text")}
    vectors = {"image": towers["image"](unit(5, 6)), "text": towers["text"](unit(10, 6, seed=1))}
    monkeypatch.setattr(hubness, "encode", lambda *_: (vectors["image"], vectors["text"]))
    lines = []
    state = SimpleNamespace(
        model=SimpleNamespace(
            image=SimpleNamespace(hubness=towers["image"]),
            text=SimpleNamespace(hubness=towers["text"]),
        ),
        train_images=lambda _: None,
        train=SimpleNamespace(
            tokens=None, pairs=SimpleNamespace(image_of_caption=np.arange(10) // 2)
        ),
        measure=lambda: "figures",
        report=lambda line, figures: lines.append((line, figures)),
    )
    stage = SimpleNamespace(name="hubness", image_share=0.25, text_share=0.6)
    STAGES.get("hubness")(state, stage).run()
    assert towers["image"].share.item() == pytest.approx(0.25)
    assert towers["text"].share.item() == pytest.approx(0.6)
    wanted = hubness.hubness(
        unit(5, 6), torch.arange(5), unit(10, 6, seed=1), torch.arange(10) // 2
    )
    assert towers["image"].mean.item() == pytest.approx(wanted.mean().item(), abs=1e-5)
    assert lines[0][0].startswith("hubness: anchors explain ")
