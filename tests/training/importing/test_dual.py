"""Preprocessing and tokens agree with those of transformers; nothing is exported here."""

from __future__ import annotations

import numpy as np
import pytest

from tiny_models import (
    TEXTS,
    make_align,
    make_chinese_clip,
    make_clip,
    make_siglip,
    make_siglip2,
    photographs,
)
from visavis.errors import ModelError
from visavis.training.importing import dual

MAKERS = (make_clip, make_siglip, make_siglip2, make_chinese_clip, make_align)
ODD = [
    "it's_a 'test' [x] \\ ^ ~ | ` é",
    "\uff26\uff35\uff2c\uff2c width",
    "a▁b",
    "İstanbul",
    "\ufb01n",
    "\u00a0x\u00a0",
    "e\u0301te\u0301",
]


@pytest.fixture(scope="module", params=MAKERS, ids=lambda make: make.__name__[5:])
def source(request, tmp_path_factory):
    return str(request.param(tmp_path_factory.mktemp("source") / "tiny"))


def test_tokens_match_transformers(source):
    tower = dual.text_tower(source, dual.load_model(source))
    theirs = dual.load_tokenizer(source)
    for text in TEXTS + ODD:
        found = theirs(
            text.lower() if tower.rules.lowercase else text,
            padding="max_length" if tower.rules.padding == "limit" else False,
            truncation=True,
            max_length=tower.rules.max_tokens,
            return_attention_mask=True,
        )
        assert tower.tokenizer.encode(text).ids == found["input_ids"], text
        assert tower.tokenizer.encode(text).attention_mask == found["attention_mask"], text


def test_pixels_match_transformers(source):
    import transformers

    tower = dual.image_tower(source, dual.load_model(source))
    theirs = transformers.AutoImageProcessor.from_pretrained(source)
    images = photographs()
    expected = theirs(images=images, return_tensors="np")["pixel_values"]
    ours = tower.preprocessing.batch(np.stack([tower.preprocessing.prepare(p) for p in images]))
    np.testing.assert_allclose(ours, expected, atol=1e-5)


def test_limits_and_padding_of_each_family(tmp_path):
    def rules(make):
        source = str(make(tmp_path / make.__name__))
        return dual.text_tower(source, dual.load_model(source)).rules

    assert (rules(make_clip).max_tokens, rules(make_clip).padding) == (77, "longest")
    assert (rules(make_siglip).max_tokens, rules(make_siglip).padding) == (64, "limit")
    assert (rules(make_align).max_tokens, rules(make_align).padding) == (64, "limit")
    assert (rules(make_chinese_clip).max_tokens, rules(make_chinese_clip).padding) == (
        52,
        "longest",
    )


def test_scale_and_bias_are_kept(tmp_path):
    import torch

    model = dual.load_model(str(make_siglip(tmp_path / "siglip")))
    with torch.no_grad():
        model.logit_scale.fill_(4.6)
        model.logit_bias.fill_(-12.5)
    assert dual.similarity(model) == pytest.approx(
        {"logit_scale": np.exp(4.6), "logit_bias": -12.5}
    )
    model = dual.load_model(str(make_align(tmp_path / "align")))
    assert dual.similarity(model) == pytest.approx(
        {"logit_scale": 1 / float(model.temperature.detach())}
    )


def test_a_source_that_is_not_a_model(tmp_path):
    (tmp_path / "config.json").write_text("{")
    for source in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(ModelError, match="cannot be loaded by transformers") as caught:
            dual.load_model(str(source))
        assert "\n" not in str(caught.value)


def test_a_text_model_without_images_is_refused(tmp_path):
    from transformers import BertConfig, BertModel

    sizes = {"hidden_size": 8, "intermediate_size": 8, "num_attention_heads": 1, "vocab_size": 9}
    BertModel(BertConfig(num_hidden_layers=1, **sizes)).save_pretrained(tmp_path)
    with pytest.raises(ModelError, match="BertModel is not a dual encoder"):
        dual.FeatureMethod(dual.load_model(str(tmp_path)), "get_image_features", "pixel_values")
