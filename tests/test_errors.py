from __future__ import annotations

import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from visavis import errors
from visavis.errors import ImageError, MissingExtraError, VisavisError, first_line, suggest
from visavis.images import open_image


@pytest.mark.parametrize("error", [ImageError("a.jpg", "truncated"), MissingExtraError("x", "hub")])
def test_errors_with_fields_survive_pickling(error):
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)


def test_a_process_pool_gives_back_an_image_error(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"not an image")
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        with pytest.raises(ImageError, match=r"a\.jpg: not an image of a known kind") as caught:
            pool.submit(open_image, tmp_path / "a.jpg").result(timeout=60)
        assert caught.value.source == str(tmp_path / "a.jpg")
        assert pool.submit(len, "alive").result(timeout=60) == 5


def test_all_errors_are_of_one_tree():
    found = [each for each in vars(errors).values() if isinstance(each, type)]
    own = [each for each in found if each.__module__ == errors.__name__]
    assert len(own) > 8
    assert all(issubclass(each, VisavisError) for each in own)


def test_a_near_name_is_suggested_or_all_are():
    assert suggest("magpy", ["robin", "magpie"]) == "did you mean 'magpie'?"
    assert suggest("x", ["robin", "magpie"]) == "known: magpie, robin"
    assert suggest("x", []) == "known: none"


def test_the_first_line_of_an_exception():
    assert first_line(ValueError("\none\ntwo")) == "one"
    assert first_line(KeyError()) == "KeyError"
