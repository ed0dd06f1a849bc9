"""Measure the bundled model again, and fail if a figure dropped below `quality.toml`.

python benchmarks/quality.py --data flickr8k:FOLDER [--write]

A recall may be below its record by the tolerance, in percentage points: another size or decoder of
the same images changes it by a few tenths. Languages missing from the data are skipped, with a
message. `--write` makes a new record; use it for a new bundled model, never to accept a drop.
"""

import argparse
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from visavis.datasets import load_dataset
from visavis.encoders import load_encoder
from visavis.evaluation import Report, evaluate

RECORD = Path(__file__).with_name("quality.toml")
MEASURED = (("test", ["en"]), ("dev", ["en", "fr"]))
TOLERANCE = 1.0
WAYS = ("image_to_text", "text_to_image")
RECALLS = ("R@1", "R@5", "R@10")
FACTS = ("split", "lang", "images", "captions")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="such as flickr8k:FOLDER")
    parser.add_argument("--model", help="a model folder (default: the bundled one)")
    parser.add_argument("--write", action="store_true", help="write a new record")
    options = parser.parse_args()
    reports = [one.to_json() for one in measure(options.data, options.model)]
    if options.write:
        RECORD.write_text(as_toml(reports), "utf-8")
    record = tomllib.loads(RECORD.read_text("utf-8"))
    dropped = list(drops(record, reports))
    print(*(describe(one) for one in reports), *missing(record, reports), *dropped, sep="\n")
    sys.exit(bool(dropped) or not reports)


def measure(data: str, model: str | None) -> Iterator[Report]:
    encoder, dataset = load_encoder(model), load_dataset(data)
    for split, langs in MEASURED:
        there = {caption.lang for caption in dataset.select(split).captions if not caption.machine}
        if own := [lang for lang in langs if lang in there]:
            yield from evaluate(encoder, dataset, split, own)


def drops(record: dict[str, Any], reports: list[dict[str, Any]]) -> Iterator[str]:
    """Yield a line for each recorded figure that dropped, or was measured on other data."""
    measured = {(one["split"], one["lang"]): one for one in reports}
    for expected in record["figures"]:
        found = measured.get((expected["split"], expected["lang"]))
        if found is None:
            continue
        if any(found[fact] != expected[fact] for fact in FACTS):
            yield f"NOT THE SAME DATA: {[expected[fact] for fact in FACTS]} was recorded"
            continue
        for way in WAYS:
            for name in RECALLS:
                short = expected[way][name] - found[way][name]
                if short > record["tolerance"]:
                    where = f"{expected['split']} {expected['lang']}, {way}, {name}"
                    yield f"DROPPED: {where}: {found[way][name]} after {expected[way][name]}"


def missing(record: dict[str, Any], reports: list[dict[str, Any]]) -> Iterator[str]:
    """Yield a line for each recorded split and language missing from the data."""
    measured = {(one["split"], one["lang"]) for one in reports}
    for expected in record["figures"]:
        if (expected["split"], expected["lang"]) not in measured:
            yield f"not in this data, so not measured: {expected['split']} {expected['lang']}"


def describe(report: dict[str, Any]) -> str:
    recalls = ", ".join(
        f"{way} " + " / ".join(f"{report[way][name]:.1f}" for name in RECALLS) for way in WAYS
    )
    facts = f"{report['dataset']} {report['split']} {report['lang']}"
    return f"{facts}: {report['images']} images, {report['captions']} captions: {recalls}"


def as_toml(reports: list[dict[str, Any]]) -> str:
    lines = [
        "# What the bundled model reaches: recall in percent. Made by benchmarks/quality.py.",
        f'model = "{reports[0]["model"]}"',
        f"tolerance = {TOLERANCE}  # percentage points",
    ]
    for one in reports:
        lines += ["", "[[figures]]"]
        lines += [f"{fact} = {one[fact]!r}".replace("'", '"') for fact in ("dataset", *FACTS)]
        for way in WAYS:
            values = ", ".join(f'"{name}" = {one[way][name]}' for name in RECALLS)
            lines.append(f"{way} = {{ {values} }}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
