from __future__ import annotations

from pathlib import Path

import click

from visavis.cli.options import columns_option, data_option, lang_option, model_option
from visavis.cli.output import say, tell


@click.command("projector")
@data_option
@columns_option
@click.option(
    "--out",
    "folder",
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write; open it with: tensorboard --logdir DIR",
)
@lang_option
@model_option
def command(*, data: str, columns: str, folder: Path, lang: str | None, model: str | None) -> None:
    """Show a dataset's images and captions as points in TensorBoard's projector."""
    from visavis.cli.evaluate import report_skipped
    from visavis.datasets import load_dataset
    from visavis.encoders import load_encoder
    from visavis.training.projector import project

    dataset = load_dataset(data, columns).select(lang=lang)
    encoder = load_encoder(model)
    points, shown = project(folder, dataset, encoder)
    report_skipped(data, dataset)
    if damaged := len(dataset.images) - len(shown.images):
        tell(f"{data}: unreadable images skipped: {damaged:,}")
    say(
        f"{folder}: {points:,} points of {shown.name}, {len(shown.images):,} images and "
        f"{len(shown.captions):,} captions, by {encoder.id}"
    )
