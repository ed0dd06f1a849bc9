from __future__ import annotations

from pathlib import Path

import click

from visavis.cli.options import data_option, lang_option, model_option


@click.command("projector")
@data_option
@click.option(
    "--out",
    "folder",
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder to write, to be opened with: tensorboard --logdir DIR",
)
@lang_option
@model_option
def command(*, data: str, folder: Path, lang: str | None, model: str | None) -> None:
    """Show a dataset's pictures and captions as points in TensorBoard's projector."""
    from visavis.cli.evaluate import tell_problems
    from visavis.datasets import load_dataset
    from visavis.encoders import load_encoder
    from visavis.evaluation.embedded import encode_files
    from visavis.training.projector import prepare, write_projector

    dataset = load_dataset(data).select(lang=lang)
    encoder = load_encoder(model)
    prepare(folder)
    images = encode_files(encoder, dataset.images.values())
    texts = encoder.encode_texts([caption.text for caption in dataset.captions])
    points = write_projector(folder, dataset, images, texts)
    tell_problems(data, dataset)
    click.echo(
        f"{folder}: {points:,} points of {dataset.name}, {len(images):,} images and "
        f"{len(texts):,} captions, by {encoder.id}"
    )
