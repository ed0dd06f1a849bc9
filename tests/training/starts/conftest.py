from __future__ import annotations

import pytest

from tiny_models import CAPTIONS, photographs
from visavis.datasets import load_dataset


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    """Images of many shapes, each with a caption of its own: 24 to learn from, 16 for dev."""
    folder = tmp_path_factory.mktemp("pictures")
    rows = ["image,text,lang,split"]
    for number, image in enumerate(photographs(40)):
        image.save(folder / f"{number}.png")
        first, second = CAPTIONS[number % 8], CAPTIONS[(number * 3 + number // 8) % 8]
        text = f"{first} {second}".replace('"', "")
        rows.append(f'{number}.png,"{text} {number}",en,{"dev" if number < 16 else "train"}')
    (folder / "pictures.csv").write_text("\n".join(rows), "utf-8")
    return load_dataset(str(folder / "pictures.csv"))
