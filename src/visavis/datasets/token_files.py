"""Caption files of Flickr8k and Flickr30k, with lines `image#n<TAB>caption`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator
from pathlib import Path

from visavis.datasets.base import Caption, Skipped
from visavis.datasets.text_files import read_lines


def read_token_file(
    file: Path,
    images: Container[str],
    skipped: list[Skipped],
    seen: Counter[str],
    *,
    lang: str = "en",
    machine: bool = False,
    tag: str = "",
) -> Iterator[Caption]:
    """Yield the captions of one file; invalid lines are appended to `skipped`.

    A caption's key is `image#n` and `tag`, followed by `-2`, `-3` … if `seen`, which counts the
    keys of the dataset so far, has it already. Raises DatasetError if the file cannot be read.
    """
    for where, line in read_lines(file, skipped):
        name, tab, text = line.partition("\t")
        image, _, number = name.rpartition("#")
        fault = _fault(image, number, tab, text.strip(), images)
        if fault:
            skipped.append(Skipped(where, fault))
            continue
        key = name + tag
        seen[key] += 1
        if seen[key] > 1:
            key = f"{key}-{seen[key]}"
        yield Caption(key, image, text.strip(), lang, machine)


def _fault(image: str, number: str, tab: str, text: str, images: Container[str]) -> str:
    if not (image and number and tab):
        return "expected image#number, a tab and a caption"
    if not text:
        return "empty caption"
    return "" if image in images else f"no image {image}"
