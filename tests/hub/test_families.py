import pytest

from visavis.errors import ModelError
from visavis.hub.families import Family, family_of, token_limit


def test_the_least_limit_counts():
    config = {"text_config": {"max_position_embeddings": 77}}
    assert token_limit(config, Family("any"), 512) == 77
    assert token_limit(config, Family("any"), 52) == 52
    assert token_limit(config, Family("any", max_tokens=64), 1e30) == 64


def test_positions_behind_the_padding_are_counted_off():
    config = {"text_config": {"model_type": "xlm-roberta", "max_position_embeddings": 514}}
    assert token_limit(config, Family("any"), 1e30) == 512


def test_an_unknown_type_pads_to_the_longest():
    assert family_of({"model_type": "clip-of-tomorrow"}).padding == "longest"


def test_variable_resolution_is_refused():
    with pytest.raises(ModelError, match="variable resolution"):
        family_of({"model_type": "siglip2"})
