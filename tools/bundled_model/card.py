"""Measure a model folder and write the figures into its model.json and MODEL_CARD.md.

    python tools/bundled_model/card.py MODEL --data flickr8k:FOLDER

The test split is read here and nowhere else in this folder, after every choice was made.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from string import Template
from typing import Any

from visavis.datasets import load_dataset
from visavis.encoders import load_encoder
from visavis.encoders.onnx import MODEL_FILE
from visavis.evaluation import evaluate

# Split, languages and relevance model; the teacher of the text tower knows English only.
MEASURED = (("test", ["en"], "minilm"), ("dev", ["en", "fr"], "tfidf"))
WAYS = ("image_to_text", "text_to_image")
TEMPLATE = Path(__file__).parent / "MODEL_CARD.md"
BEYOND = Path(__file__).parents[2] / "benchmarks" / "beyond.py"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--data", required=True, help="such as flickr8k:FOLDER")
    options = parser.parse_args()
    write_card(options.model, options.data)


def write_card(folder: Path, data: str) -> None:
    """Measure the model in `folder` on the dataset `data`, and document it there."""
    encoder, dataset = load_encoder(folder), load_dataset(data)
    reports = [
        report
        for split, langs, model in MEASURED
        for report in evaluate(encoder, dataset, split, langs, relevance_model=model)
    ]
    about = json.loads((folder / MODEL_FILE).read_text("utf-8"))
    about |= {"figures": [report.to_json() for report in reports]}
    (folder / MODEL_FILE).write_text(json.dumps(about, indent=2, ensure_ascii=False) + "\n")
    size = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
    details = [report.details() for report in reports]
    card = Template(TEMPLATE.read_text("utf-8")).substitute(
        id=encoder.id,
        size=f"{size:.1f}",
        figures="\n".join(_row(entry, entry) for entry in details),
        semantic="\n".join(_row(entry, entry["semantic"]) for entry in details),
        beyond=_beyond(folder),
        seed=about["recipe"]["seed"],
        stages=_stages(about["recipe"]),
        side=about["image"]["size"],
        vocabulary=f"{_tokens(folder):,}",
    )
    (folder / "MODEL_CARD.md").write_text(card, "utf-8")


def _tokens(folder: Path) -> int:
    from tokenizers import Tokenizer

    size: int = Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab_size()
    return size


def _row(entry: dict[str, Any], figures: dict[str, Any]) -> str:
    cells = [entry["split"], entry["lang"], f"{entry['images']:,}", f"{entry['captions']:,}"]
    if figures is not entry:
        cells.append(figures["relevance_model"])
    for way in WAYS:
        found = figures[way]
        low, high = found["intervals"]["R@1"]
        recalls = " / ".join(f"{found[f'R@{k}']:.1f}" for k in (1, 5, 10))
        cells += [f"{recalls} <small>({low:.1f}–{high:.1f})</small>", f"{found['median_rank']:g}"]
    return f"| {' | '.join(cells)} |"


def _stages(recipe: dict[str, Any]) -> str:
    """List the stages of a recipe, flat as `model.json` keeps it."""
    names = [key.split(".")[1] for key in recipe if key.startswith("stages.")]
    lines = []
    for name in dict.fromkeys(names):
        stage = {key: recipe[f"stages.{name}.{key}"] for key in ("kind", "runs", "epochs", "loss")}
        line = f"- `{name}`, of kind `{stage['kind']}`"
        if stage["kind"] == "train":
            line += ": {runs} run(s) of {epochs} epoch(s), `{loss}`".format(**stage)
        lines.append(line)
    return "\n".join(lines)


def _beyond(folder: Path) -> str:
    command = [sys.executable, str(BEYOND), "--model", str(folder)]
    printed = subprocess.run(  # noqa: S603 - our own script and folder
        command, check=True, capture_output=True, text=True
    ).stdout
    return "\n".join(f"    {line}" for line in printed.splitlines())


if __name__ == "__main__":
    main()
