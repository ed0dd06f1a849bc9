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
    found = hubness.hubness(x, rows[:, None], bank, bank_rows)
    for row in range(4):
        others = bank[bank_rows != row] @ x[row]
        expected = ((SHARPNESS * others).exp().sum() / 9).log() / SHARPNESS
        assert torch.allclose(found[row], expected, atol=1e-5)


def test_a_mixture_is_compared_with_no_text_of_either_image():
    mixed, parents = hubness.mixtures(unit(4, 6), torch.arange(4) + 10, torch.Generator())
    bank, bank_rows = unit(9, 6, seed=1), torch.arange(9) % 4 + 10
    found = hubness.hubness(mixed[:50], parents[:50], bank, bank_rows)
    for vector, rows, value in zip(mixed[:50], parents[:50], found, strict=True):
        others = bank[~torch.isin(bank_rows, rows)] @ vector
        assert torch.allclose(value, ((SHARPNESS * others).exp().sum() / 9).log() / SHARPNESS)
    assert torch.allclose(mixed.norm(dim=1), torch.ones(len(mixed)))


def left_out(monkeypatch, count):
    """Fit anchors to 100 vectors and mixtures of them; return what is explained of 200 others."""
    monkeypatch.setattr(hubness, "MIXTURES", count)
    monkeypatch.setattr(hubness, "STEPS", 1000)
    centres = unit(20, 16)
    vectors = normalize(centres.repeat(40, 1) + 0.8 * unit(800, 16, seed=1), dim=1)
    x, others, bank = vectors[:100], vectors[100:300], vectors[300:]
    nobody, rows = torch.full((len(bank),), -1), torch.arange(200)
    correction = HubnessCorrection("text", 16, anchors=32)
    hubness.fit_anchors(correction, x, rows[:100], bank=bank, bank_rows=nobody, share=0.3)
    wanted = hubness.hubness(others, rows[:, None], bank, nobody)
    return np.corrcoef(-correction(others)[:, -1], wanted)[0, 1]


def test_mixtures_tell_more_of_vectors_that_were_left_out(monkeypatch):
    alone, mixed = left_out(monkeypatch, 0), left_out(monkeypatch, 4000)
    assert mixed > alone + 0.05


def test_two_images_are_enough():
    x, bank = unit(2, 6), unit(4, 6, seed=1)
    correction = HubnessCorrection("image", 6, anchors=2)
    rows = torch.arange(2)
    hubness.fit_anchors(correction, x, rows, bank=bank, bank_rows=rows.repeat(2), share=0.3)
    assert correction(x).isfinite().all()


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
    wanted = hubness.hubness(x, torch.arange(300)[:, None], bank, nobody)
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
        unit(5, 6), torch.arange(5)[:, None], unit(10, 6, seed=1), torch.arange(10) // 2
    )
    assert towers["image"].mean.item() == pytest.approx(wanted.mean().item(), abs=1e-5)
    assert lines[0][0].startswith("hubness: anchors explain ")
