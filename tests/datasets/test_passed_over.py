from importlib.util import find_spec

from visavis.datasets.passed_over import KINDS, describe_passed_over, kind_of_extra
from visavis.extra_formats import EXTRA_FORMATS
from visavis.image_formats import IMAGE_SUFFIXES


def test_images_and_videos_are_counted_by_kind():
    counts = {".eps": 1200, ".svg": 1, ".ico": 2, ".md": 5, "": 1}
    assert describe_passed_over(counts) == [
        "1,201 drawings and documents (.eps, .svg): convert them to PNG or JPEG",
        "2 images of rare formats (.ico): convert them to PNG or JPEG",
    ]
    assert describe_passed_over({".py": 9}) == []


def test_what_an_extra_would_read_says_which_one():
    raw = EXTRA_FORMATS["RAW"]
    assert kind_of_extra(raw).advice == "pip install 'visavis[raw]'"
    installed = find_spec("rawpy") is not None
    assert (".nef" in IMAGE_SUFFIXES) == installed
    assert (describe_passed_over({".nef": 3}) == []) == installed


def test_no_kind_is_read_or_in_two_places():
    suffixes = [suffix for kind in KINDS for suffix in kind.suffixes]
    assert len(set(suffixes)) == len(suffixes)
    assert IMAGE_SUFFIXES.isdisjoint(suffixes)
