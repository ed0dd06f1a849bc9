from __future__ import annotations

import click

from visavis.cli.options import columns_option, data_option, json_option, langs_option, read_langs


@click.command("calibrate")
@click.argument("model", metavar="NAME|FOLDER")
@data_option
@columns_option
@click.option("--split", default="dev", metavar="NAME", help="A split it was not trained on.")
@langs_option
@click.option(
    "--dry-run", is_flag=True, help="Print the calibration, but leave the model as it is."
)
@json_option
def calibrate_model(
    model: str, *, data: str, columns: str, split: str, langs: str, dry_run: bool, as_json: bool
) -> None:
    """Measure what a model's scores say about relevance, and keep it in its model.json.

    The captions of a dataset, and the words they agree on, are searched among its images: where
    an image fits, and where those that fit were taken away. After that, search shows how probable
    it is that a hit fits. The model's id and vectors stay the same.
    """
    from visavis.cli.evaluate import report_skipped
    from visavis.cli.language import translate
    from visavis.cli.output import print_json, print_table
    from visavis.datasets import load_dataset
    from visavis.encoders import find_model
    from visavis.encoders.folder import update_description
    from visavis.evaluation.calibration import KEPT, calibrate

    folder = find_model(model)
    dataset = load_dataset(data, columns)
    curve = calibrate(folder, dataset, split, read_langs(langs))
    report_skipped(data, dataset)
    if not dry_run:
        update_description(folder, {"relevance": curve.to_json()})
    if as_json:
        print_json(curve.to_json())
        return
    fitted = curve.fitted
    rows = [
        (
            f"{score:.2f}",
            *(f"{curve.relevance(score, text, 1000):.0%}" for text in ("dog", "a " * 9)),
        )
        for score in _scores(curve.score, curve.intercept + curve.images * 6.9)
    ]
    title = translate(
        f"{fitted['searches']:,} searches, {fitted['dataset']} {fitted['split']}, "
        f"{', '.join(fitted['langs'])}, {fitted['images']:,} images"
    )
    subtitle = translate(
        f"relevance among 1,000 images; the cut is {curve.cut:.0%}, "
        f"which keeps {KEPT:.0%} of what is there"
    )
    print_table(("score", "one word", "nine words"), rows, f"{title}\n{subtitle}")


def _scores(slope: float, offset: float) -> list[float]:
    """Return scores around the middle of a curve."""
    middle = -offset / slope
    return [middle + step / slope for step in (-3, -2, -1, 0, 1, 2, 3)]
