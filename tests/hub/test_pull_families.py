"""Pulled models give the same vectors as the tiny transformers they were exported from."""

from __future__ import annotations

import pytest

from hub.stand_in import serving
from tiny_models import TEXTS, make_clip, make_siglip, make_siglip2, photographs
from visavis.encoders import load_encoder
from visavis.hub.pull import pull_model

pytestmark = pytest.mark.slow

MAKERS = {make_clip: "embeds", make_siglip: "pooler_output", make_siglip2: "pooler_output"}


@pytest.fixture(scope="module", params=MAKERS, ids=lambda make: make.__name__[5:])
def tiny(request, tmp_path_factory):
    """Return the folder of a hub with one repository, and the model it was made of."""
    import torch

    from visavis.training.export.graph import write_graph
    from visavis.training.importing import dual

    root = tmp_path_factory.mktemp("hub")
    folder, output = request.param(root / "tiny" / "model"), MAKERS[request.param]
    model = dual.load_model(str(folder))
    images, texts = dual.image_tower(str(folder), model), dual.text_tower(str(folder), model)
    (folder / "onnx").mkdir()
    size = images.preprocessing.size
    write_graph(
        images.network,
        {"pixel_values": torch.rand(2, 3, size, size)},
        {"pixel_values": {0: torch.export.Dim("n")}},
        folder / "onnx" / "vision_model.onnx",
        [f"image_{output}" if output == "embeds" else output],
    )
    ids = torch.randint(3, 20, (2, texts.rules.max_tokens))
    examples = dict(zip(texts.inputs, (ids, torch.ones_like(ids)), strict=False))
    axes = {0: torch.export.Dim("n")}
    if texts.rules.padding == "longest":
        axes[1] = torch.export.Dim("tokens", max=texts.rules.max_tokens)
    path = folder / "onnx" / "text_model.onnx"
    free = dict.fromkeys(examples, axes)
    write_graph(
        texts.network, examples, free, path, [f"text_{output}" if output == "embeds" else output]
    )
    texts.tokenizer.no_padding()
    texts.tokenizer.no_truncation()
    texts.tokenizer.save(str(folder / "tokenizer.json"))
    return root, images, texts


@pytest.mark.parametrize("count", [1, 17])
def test_vectors_are_those_of_transformers(tiny, count, monkeypatch, tmp_path):
    from torch.nn.functional import normalize

    root, images, texts = tiny
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    with serving(root) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        encoder = load_encoder(pull_model("tiny/model"))
    photos, words = photographs(count), TEXTS[:count]
    expected = normalize(images.reference(photos)).numpy()
    assert (expected * encoder.encode_images(photos)).sum(1).min() >= 0.9999
    expected = normalize(texts.reference(words)).numpy()
    assert (expected * encoder.encode_texts(words)).sum(1).min() >= 0.9999
