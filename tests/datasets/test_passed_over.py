from visavis.datasets.passed_over import KINDS, describe_passed_over
from visavis.images import IMAGE_SUFFIXES


def test_images_and_videos_are_counted_by_kind():
    counts = {".nef": 1200, ".dng": 1, ".mp4": 2, ".md": 5, "": 1}
    assert describe_passed_over(counts) == [
        "1,201 RAW photographs (.dng, .nef): export them as JPEG",
        "2 videos (.mp4): extract frames, for instance with ffmpeg",
    ]
    assert describe_passed_over({".py": 9}) == []


def test_no_kind_is_read_or_in_two_places():
    suffixes = [suffix for kind in KINDS for suffix in kind.suffixes]
    assert len(set(suffixes)) == len(suffixes)
    assert IMAGE_SUFFIXES.isdisjoint(suffixes)
