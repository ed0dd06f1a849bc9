"""Imported models give the vectors of transformers itself: its processor, its forward."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import onnx
import pytest
import torch
import transformers
from torch.nn.functional import normalize

from hub.stand_in import serving
from tiny_models import (
    TEXTS,
    make_align,
    make_chinese_clip,
    make_clip,
    make_sentence_tower,
    make_siglip,
    make_siglip2,
    photographs,
)
from visavis.encoders import load_encoder
from visavis.errors import ModelError
from visavis.training.importing import import_model, run

MAKERS = (make_clip, make_siglip, make_siglip2, make_chinese_clip, make_align)
LEAST = 0.9999
PADDING = {"siglip": "max_length", "align": "max_length"}


@pytest.fixture(scope="module", params=MAKERS, ids=lambda make: make.__name__[5:])
def source(request, tmp_path_factory):
    return request.param(tmp_path_factory.mktemp("source") / "tiny")


@pytest.fixture(scope="module")
def imported(source, tmp_path_factory):
    folder = tmp_path_factory.mktemp("imported") / "model"
    import_model(str(source), folder, languages=("en", "fr"))
    return folder


@torch.no_grad()
def vectors_of_transformers(source, photos, texts):
    """Do what the library's documentation says, without any of our code."""
    model = transformers.AutoModel.from_pretrained(source).eval()
    processor = transformers.AutoProcessor.from_pretrained(source)
    kind = model.config.model_type
    padding = PADDING.get(kind, True)
    length = {"siglip": 64, "align": 64, "clip": 77, "chinese_clip": 52}[kind]
    tokens = processor(
        text=texts, padding=padding, truncation=True, max_length=length, return_tensors="pt"
    )
    pixels = processor(images=photos, return_tensors="pt")
    found = model.get_image_features(**pixels), model.get_text_features(**tokens)
    return [normalize(each.pooler_output).numpy() for each in found]


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 17])
def test_vectors_match_transformers(source, imported, count):
    photos, texts = photographs(count), TEXTS[:count]
    images, sentences = vectors_of_transformers(source, photos, texts)
    encoder = load_encoder(imported)
    assert (images * encoder.encode_images(photos)).sum(1).min() >= LEAST
    assert (sentences * encoder.encode_texts(texts)).sum(1).min() >= LEAST


@pytest.mark.slow
def test_the_folder_describes_the_model_and_nothing_of_the_machine(source, imported):
    about = json.loads((imported / "model.json").read_text())
    assert about["languages"] == ["en", "fr"]
    assert about["similarity"]["logit_scale"] > 0
    assert len(about["text_mean"]) == about["dim"]
    assert about["text"]["max_tokens"] in {52, 64, 77}
    for name in ("image.onnx", "text.onnx"):
        nodes = onnx.load(imported / name).graph.node
        assert not any(node.doc_string or node.metadata_props for node in nodes)
    assert {path.name for path in imported.iterdir()} == {
        "image.onnx",
        "model.json",
        "text.onnx",
        "tokenizer.json",
    }


@pytest.mark.slow
def test_the_id_does_not_depend_on_how_weights_are_stored(tmp_path, monkeypatch):
    source = str(make_clip(tmp_path / "clip"))
    one = import_model(source, tmp_path / "one")
    monkeypatch.setattr("visavis.encoders.weights.LARGE", 0)
    two = import_model(source, tmp_path / "two")
    networks = [(tmp_path / each / "image.onnx").read_bytes() for each in ("one", "two")]
    assert networks[0] != networks[1]
    assert one == two


@pytest.mark.slow
def test_a_text_tower_of_sentence_transformers_with_an_image_tower(tmp_path):
    from sentence_transformers import SentenceTransformer

    tower, clip = make_sentence_tower(tmp_path / "text"), make_clip(tmp_path / "clip")
    import_model(str(tower), tmp_path / "both", image_source=str(clip))
    encoder = load_encoder(tmp_path / "both")
    expected = SentenceTransformer(str(tower), device="cpu").encode(
        TEXTS, normalize_embeddings=True
    )
    assert (expected * encoder.encode_texts(TEXTS)).sum(1).min() >= LEAST
    images, _ = vectors_of_transformers(clip, photographs(3), TEXTS[:1])
    assert (images * encoder.encode_images(photographs(3))).sum(1).min() >= LEAST


@pytest.mark.slow
def test_vectors_that_differ_leave_nothing_behind(tmp_path, monkeypatch):
    source = make_clip(tmp_path / "clip")
    monkeypatch.setattr(
        run, "vector_pairs", lambda *_: [(np.full((1, 2), np.nan), np.ones((1, 2)))]
    )
    with pytest.raises(ModelError, match="cosine to torch"):
        import_model(str(source), tmp_path / "out" / "model")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.slow
def test_a_model_is_imported_from_the_hub(tmp_path, monkeypatch):
    make_clip(tmp_path / "hub" / "tiny" / "clip")
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "cache"))
    with serving(tmp_path / "hub") as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        made = import_model("tiny/clip", tmp_path / "out")
    assert made.id.startswith("clip@")
    assert made.lowest_cosine >= LEAST


def test_a_source_that_is_neither_a_folder_nor_a_repository(tmp_path):
    for source in ("nowhere", str(tmp_path / "nowhere"), "./nowhere"):
        with pytest.raises(ModelError, match=r"neither a folder nor a repository of the hub"):
            import_model(source, tmp_path / "out")


def test_a_folder_that_is_not_empty_is_refused(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ModelError, match="not empty"):
        import_model("anything", tmp_path)


def test_towers_of_different_dimensions_are_refused(tmp_path):
    tower, siglip = make_sentence_tower(tmp_path / "text"), make_siglip(tmp_path / "siglip")
    with pytest.raises(ModelError, match="images have 32 dimensions and texts 24"):
        import_model(str(tower), tmp_path / "both", image_source=str(siglip))


@pytest.mark.slow
def test_a_search_with_an_imported_model_imports_no_torch(imported, tmp_path):
    photographs(1)[0].save(tmp_path / "photo.png")
    code = f"""
import sys
from visavis.cli import main
for words in (["index", "photo.png"], ["search", "a dog"], ["search", "photo.png"]):
    try: main([*words, "--model", {str(imported)!r}])
    except SystemExit as ended: assert not ended.code
print(*sys.modules)"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    modules = set(done.stdout.splitlines()[-1].split())
    assert "onnxruntime" in modules
    assert modules & {"torch", "transformers", "onnx", "huggingface_hub"} == set()
