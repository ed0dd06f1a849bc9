"""Fine-tuning begins where the source model stands, and changes what it may."""

from __future__ import annotations

import json
from itertools import count

import numpy as np
import pytest
import torch
import transformers
from accelerate import Accelerator
from PIL import Image
from torch.nn.functional import normalize

from tiny_models import (
    make_align,
    make_chinese_clip,
    make_clip,
    make_sentence_tower,
    make_siglip,
    make_siglip2,
)
from visavis.encoders import load_encoder
from visavis.errors import TrainingError
from visavis.evaluation.metrics import recall_at
from visavis.evaluation.protocol import rank_both_ways
from visavis.training.dev import DevResult
from visavis.training.model import TwoTowers
from visavis.training.recipe import load_recipe
from visavis.training.run import fit, train
from visavis.training.starts.dual import DualStart
from visavis.training.vocabulary import VocabularyTexts

MAKERS = (make_clip, make_siglip, make_chinese_clip)
MORE = (make_siglip2, make_align)
LIMITS = {kind: {"padding": "max_length", "max_length": 64} for kind in ("siglip", "align")}
CUTOFFS = (1, 5, 10)
STILL = ("training.rate=0", "training.backbone_rate=0", "training.text_rate=0", "training.decay=0")
TEN_STEPS = ("training.batch=6", "training.epochs=3", "training.warmup=1", "training.rate=1e-3")

pytestmark = pytest.mark.usefixtures("one_thread")


def changed_recipe(source, *changes):
    short = ("training.batch=6", "training.epochs=1", "training.warmup=1")
    return load_recipe("finetune", [f"model={json.dumps(str(source))}", *short, *changes])


def fitted(recipe, dataset, folder, **options):
    return fit(recipe, dataset, folder, Accelerator(cpu=True), **options)


@pytest.fixture(scope="module", params=MAKERS, ids=lambda make: make.__name__[5:])
def source(request, tmp_path_factory):
    return request.param(tmp_path_factory.mktemp("source") / "tiny")


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return make_clip(tmp_path_factory.mktemp("clip") / "tiny", layers=2)


def of_split(dataset, split):
    captions = [each for each in dataset.captions if dataset.splits[each.image] == split]
    return [dataset.images[each.image] for each in captions], [each.text for each in captions]


def recalls(images, texts):
    """One caption an image, in order."""
    ways = rank_both_ways(images @ texts.T, np.arange(len(images)))
    return [recall_at(k, ranks) for ranks in ways for k in CUTOFFS]


@torch.no_grad()
def vectors_of_transformers(source, paths, texts):
    """Do what the library's documentation says, without any of our code."""
    model = transformers.AutoModel.from_pretrained(source).eval()
    processor = transformers.AutoProcessor.from_pretrained(source)
    limit = LIMITS.get(model.config.model_type, {"padding": True})
    tokens = processor(text=texts, truncation=True, return_tensors="pt", **limit)
    pixels = processor(images=[Image.open(path) for path in paths], return_tensors="pt")
    found = model.get_image_features(**pixels), model.get_text_features(**tokens)
    return [normalize(each.pooler_output).numpy() for each in found]


def test_epoch_0_has_the_recall_of_the_source(source, pictures, tmp_path):
    lines = []
    run = fitted(changed_recipe(source, *STILL), pictures, tmp_path / "run", log=lines.append)
    paths, texts = of_split(pictures, "dev")
    expected = recalls(*vectors_of_transformers(source, paths, texts))
    assert list(run.dev.figures.values()) == pytest.approx(expected, abs=1e-4)
    (first,) = (line for line in lines if line.startswith("finetune 0: as it was"))
    assert first.endswith(str(run.dev))


@pytest.mark.slow
def test_features_in_the_cache_are_those_of_the_source(clip, pictures, tmp_path):
    recipe = changed_recipe(clip, *STILL, "training.locked=image")
    run = fitted(recipe, pictures, tmp_path / "run")
    expected = recalls(*vectors_of_transformers(clip, *of_split(pictures, "dev")))
    assert list(run.dev.figures.values()) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    "make",
    [*MAKERS, *(pytest.param(make, marks=pytest.mark.slow) for make in MORE)],
    ids=lambda make: make.__name__[5:],
)
@torch.no_grad()
def test_vectors_are_those_of_transformers(make, pictures, tmp_path):
    source = make(tmp_path / "tiny")
    paths, texts = of_split(pictures, "dev")
    images, sentences = vectors_of_transformers(source, paths, texts)
    start = DualStart.open(changed_recipe(source))
    pixels = np.stack([start.image.preprocessing.prepare(Image.open(path)) for path in paths])
    model = TwoTowers(start.image, start.vocabulary(VocabularyTexts(())).tower).eval()
    np.testing.assert_allclose(model.image(torch.from_numpy(pixels)), images, atol=1e-5)
    tokens = start.vocabulary(VocabularyTexts(())).tokens(texts)
    np.testing.assert_allclose(model.encode_texts(tokens), sentences, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("changes", [STILL, TEN_STEPS], ids=["unchanged", "trained"])
def test_the_exported_model_has_the_recall_of_torch(source, changes, pictures, tmp_path):
    result = train(changed_recipe(source, *changes), pictures, tmp_path / "model")
    paths, texts = of_split(pictures, "dev")
    encoder = load_encoder(tmp_path / "model")
    found = recalls(encoder.encode_images(paths), encoder.encode_texts(texts))
    assert found == pytest.approx(list(result.figures.values()), abs=1e-4)
    if changes == STILL:
        expected = recalls(*vectors_of_transformers(source, paths, texts))
        assert found == pytest.approx(expected, abs=1e-4)
    about = json.loads((tmp_path / "model" / "model.json").read_text("utf-8"))
    assert about["source"] == str(source)
    assert about["recipe"]["model"] == str(source)
    assert about["similarity"]["logit_scale"] > 0
    assert len(about["text_mean"]) == about["dim"]


NAMES = {
    "image.backbone.network.network.model.": "",
    "text.network.model.": "",
    "image.head.project.": "visual_projection.",
    "text.project.": "text_projection.",
}


def weights_of(model):
    """The weights by their names in transformers, with the scale and the bias."""
    found = {}
    for name, value in model.state_dict().items():
        for ours, theirs in NAMES.items():
            if name.startswith(ours):
                found[theirs + name.removeprefix(ours)] = value.clone()
                break
        else:
            found[name] = value.clone()
    return found


@pytest.fixture
def ever_better(monkeypatch):
    """Let each epoch be the best on dev, so that the last weights are kept."""
    epochs = count()
    monkeypatch.setattr(DevResult, "recall_sum", property(lambda _: next(epochs)))


def changed_by(recipe, dataset, folder):
    start = DualStart.open(recipe)
    text = start.vocabulary(VocabularyTexts(())).tower
    before = weights_of(TwoTowers(start.image, text, start.similarity))
    after = weights_of(fitted(recipe, dataset, folder).model)
    assert before.keys() == after.keys()
    return {name for name in before if not torch.equal(before[name], after[name])}


def parameters_of(source):
    model = transformers.AutoModel.from_pretrained(source)
    names = dict(model.named_parameters())
    scale = {"log_scale" if name == "logit_scale" else name for name in names}
    return {"bias" if name == "logit_bias" else name for name in scale}


@pytest.mark.slow
@pytest.mark.usefixtures("ever_better")
def test_ten_steps_change_every_tensor(source, pictures, tmp_path):
    expected = parameters_of(source)
    if "bias" in expected:  # SigLIP
        expected = {name.replace("text_model.head", "text_projection") for name in expected}
        expected -= {"bias"}  # no part of InfoNCE
    found = changed_by(changed_recipe(source, *TEN_STEPS), pictures, tmp_path / "run")
    assert found == expected


OF_IMAGES, OF_TEXTS = "vision_model.", "text_model."
FIRST_BLOCK = "encoder.layers.0."
MAY_CHANGE = {
    "locked image": (["training.locked=image"], lambda name: not name.startswith("v")),
    "locked text": (["training.locked=text"], lambda name: not name.startswith("text")),
    "projections alone": (
        ["training.backbone=false", "text.frozen=true"],
        lambda name: not name.startswith((OF_IMAGES, OF_TEXTS)),
    ),
    "last block of both": (
        ["training.backbone_blocks=1", "training.text_blocks=1"],
        lambda name: (
            "embeddings" not in name and FIRST_BLOCK not in name and "pre_layrnorm" not in name
        ),
    ),
    "sigmoid": (["training.loss=sigmoid"], lambda name: True),
    "chunks": (["training.chunk=2"], lambda name: True),
    "adapters": (
        ["image.lora=2", "text.lora=2"],
        lambda name: (
            not name.startswith((OF_IMAGES, OF_TEXTS))
            or (name.endswith("weight") and "layers" in name and "norm" not in name)
        ),
    ),
}


@pytest.mark.usefixtures("ever_better")
@pytest.mark.parametrize(
    "case",
    [
        "last block of both",
        "adapters",
        *(
            pytest.param(case, marks=pytest.mark.slow)
            for case in MAY_CHANGE
            if case not in {"last block of both", "adapters"}
        ),
    ],
)
def test_ten_steps_change_exactly_the_tensors_that_may_change(case, clip, pictures, tmp_path):
    changes, may_change = MAY_CHANGE[case]
    recipe = changed_recipe(clip, *TEN_STEPS, *changes)
    expected = {name for name in parameters_of(clip) if may_change(name)}
    assert changed_by(recipe, pictures, tmp_path / "run") == expected


RESUMED = {
    "plain": (make_clip, ()),
    "average": (make_siglip, ("training.average=0.9",)),
    "dropout in chunks": (make_chinese_clip, ("training.chunk=2",)),
    "accumulated": (make_siglip, ("training.accumulate=2", "training.loss=sigmoid")),
    "adapters": (make_clip, ("image.lora=2", "text.lora=2")),
    "locked": (make_clip, ("training.locked=image",)),
}


@pytest.mark.usefixtures("ever_better")
@pytest.mark.parametrize(
    ("case", "steps"),
    [
        ("dropout in chunks", 6),
        *(pytest.param(case, 6, marks=pytest.mark.slow) for case in RESUMED),
        *(pytest.param(case, 3, marks=pytest.mark.slow) for case in RESUMED),
    ],
)
def test_a_run_cut_off_ends_with_the_weights_of_one_that_was_not(
    case, steps, pictures, tmp_path, stop_after
):
    make, changes = RESUMED[case]
    recipe = changed_recipe(make(tmp_path / "source"), *TEN_STEPS, *changes)
    whole = fitted(recipe, pictures, tmp_path / "whole").model.state_dict()
    stop_after(steps)
    with pytest.raises(KeyboardInterrupt):
        fitted(recipe, pictures, tmp_path / "cut")
    stop_after(10**6)
    resumed = fitted(recipe, pictures, tmp_path / "cut").model.state_dict()
    assert all(torch.equal(resumed[name], value) for name, value in whole.items())


def test_the_source_is_kept_where_dev_gets_no_better(clip, pictures, tmp_path, monkeypatch):
    epochs = count()
    monkeypatch.setattr(DevResult, "recall_sum", property(lambda _: -next(epochs)))
    recipe = changed_recipe(clip)
    start = DualStart.open(recipe)
    before = weights_of(TwoTowers(start.image, start.vocabulary(VocabularyTexts(())).tower))
    after = weights_of(fitted(recipe, pictures, tmp_path / "run").model)
    assert all(torch.equal(after[name], value) for name, value in before.items())


@pytest.mark.slow
def test_a_text_tower_of_sentence_transformers_with_the_images_of_clip(pictures, tmp_path):
    texts, clip = make_sentence_tower(tmp_path / "texts"), make_clip(tmp_path / "clip")
    recipe = changed_recipe(texts, f"image.model={json.dumps(str(clip))}", *TEN_STEPS)
    result = train(recipe, pictures, tmp_path / "model")
    paths, captions = of_split(pictures, "dev")
    encoder = load_encoder(tmp_path / "model")
    found = recalls(encoder.encode_images(paths), encoder.encode_texts(captions))
    assert found == pytest.approx(list(result.figures.values()), abs=1e-4)


def test_a_model_that_is_not_there_is_named(pictures, tmp_path):
    with pytest.raises(TrainingError, match=r"model = '.*nowhere': .*neither a folder nor"):
        fitted(changed_recipe(tmp_path / "nowhere"), pictures, tmp_path / "run")
    with pytest.raises(TrainingError, match=r"recipe finetune: name the model .* --model NAME"):
        fitted(load_recipe("finetune"), pictures, tmp_path / "run")
