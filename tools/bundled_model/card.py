"""Measure a model folder and write the figures into its model.json and MODEL_CARD.md.

The test split is read here and nowhere else in this folder, after every choice was made.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from string import Template
from typing import Any

from visavis.datasets import load_dataset
from visavis.encoders import load_encoder
from visavis.encoders.onnx import MODEL_FILE
from visavis.evaluation import evaluate

MEASURED = (("test", "en"), ("dev", "en"), ("dev", "fr"))
TEMPLATE = Path(__file__).parent / "MODEL_CARD.md"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--data", required=True, help="such as flickr8k:FOLDER")
    options = parser.parse_args()
    write_card(options.model, options.data)


def write_card(folder: Path, data: str) -> None:
    """Measure the model in `folder` on the dataset `data` and document it there."""
    encoder, dataset = load_encoder(folder), load_dataset(data)
    figures = [
        report.to_json()
        for split, lang in MEASURED
        for report in evaluate(encoder, dataset, split, [lang])
    ]
    details = json.loads((folder / MODEL_FILE).read_text("utf-8")) | {"figures": figures}
    text = json.dumps(details, indent=2, ensure_ascii=False)
    (folder / MODEL_FILE).write_text(text + "\n", "utf-8")
    size = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
    card = Template(TEMPLATE.read_text("utf-8")).substitute(
        id=encoder.id,
        size=f"{size:.1f}",
        figures="\n".join(_row(entry) for entry in figures),
        **details["recipe"],
    )
    (folder / "MODEL_CARD.md").write_text(card, "utf-8")


def _row(entry: dict[str, Any]) -> str:
    cells = [entry["dataset"], entry["split"], entry["lang"], entry["images"], entry["captions"]]
    for way in ("image_to_text", "text_to_image"):
        found = entry[way]
        cells.append(f"{found['R@1']:.1f} / {found['R@5']:.1f} / {found['R@10']:.1f}")
        cells.append(f"{found['median_rank']:g}")
    return f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    main()
