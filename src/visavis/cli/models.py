from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from visavis.cli.calibrate import calibrate_model
from visavis.cli.options import json_option
from visavis.cli.output import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PIL.Image import Image

    from visavis.catalogue import Entry

name_argument = click.argument("name", metavar="NAME")
out_option = click.option(
    "--out", required=True, type=click.Path(path_type=Path), metavar="DIR", help="A new folder."
)


@click.group("models")
def command() -> None:
    """Download, inspect, import, quantize and calibrate models.

    \b
    visavis models list
    visavis models pull siglip2-b32-256
    visavis index ~/Pictures --model siglip2-b32-256
    """  # noqa: D301 - click wants this character before lines it must not join


@command.command("list")
@json_option
def list_models(*, as_json: bool) -> None:
    """List the models on this machine and those of the catalogue."""
    from visavis.cli.language import translate
    from visavis.cli.output import print_json, print_table

    rows = _rows()
    if as_json:
        print_json(rows)
        return
    columns = ("name", "here", "languages", "dim", "MB", "licence", "")
    print_table(columns, [[translate(str(row[key] or "")) for key in row] for row in rows])


@command.command("show")
@click.argument("name", metavar="NAME|FOLDER")
def show(name: str) -> None:
    """Print the description of a model and its entry in the catalogue."""
    from dataclasses import asdict

    from visavis.catalogue import models
    from visavis.cli.output import print_json
    from visavis.encoders.info import read_details
    from visavis.encoders.resolve import find_model, pulled_models

    entry = models().get(name)
    about: dict[str, Any] = {}
    if entry is None or name in pulled_models():
        folder = find_model(name)
        about = {"folder": str(folder), **read_details(folder)}
    if entry:
        about["catalogue"] = {key: value for key, value in asdict(entry).items() if value}
    print_json(about)


@command.command("pull")
@name_argument
@click.option(
    "--variant",
    default="",
    show_default=False,
    metavar="VARIANT",
    help="Variant of the networks: fp16, int8 …",
)
def pull(name: str, *, variant: str) -> None:
    """Download a model from the hub.

    NAME is a name of the catalogue or a repository OWNER/NAME with ONNX exports. The model is
    kept in the cache, where --model NAME finds it offline. HF_TOKEN gives access to private
    repositories. The name resnet50 downloads weights to train from.
    """
    from visavis.catalogue import weights
    from visavis.hub.pull import pull_model
    from visavis.hub.weights import pull_weights

    progress = sys.stderr.isatty()
    if name in weights():
        print(pull_weights(name, progress=progress))
        return
    folder = pull_model(name, variant=variant, progress=progress)
    say(f"{folder}\nuse it with --model {folder.name}")


@command.command("import")
@click.argument("source", metavar="SOURCE")
@out_option
@click.option(
    "--image", metavar="SOURCE", help="If SOURCE is a text tower: the model of its image tower."
)
@click.option("--name", help="Name of the new model; by default the source's.")
@click.option(
    "--languages",
    default="",
    show_default=False,
    metavar="en,fr",
    help="Languages it was trained on.",
)
def import_(source: str, *, out: Path, image: str | None, name: str | None, languages: str) -> None:
    """Export a torch model to a model folder.

    SOURCE is a model of transformers or sentence-transformers: a folder, a repository of the
    hub or a name of the catalogue. The new model's vectors are compared with the original's.
    """
    from visavis.catalogue import models
    from visavis.extras import import_extra

    importing = import_extra("visavis.training.importing", "importing a model", "train")
    entry = models().get(source)
    codes = tuple(languages.split(",")) if languages else entry.languages if entry else ()
    made = importing.import_model(
        entry.import_ or source if entry else source,
        out,
        image_source=image or (entry.image if entry else None) or None,
        name=name or (entry.name if entry else None),
        languages=codes,
        licence=entry.licence if entry else "",
        progress=sys.stderr.isatty(),
    )
    say(f"{made.id}, {made.dim} dimensions, lowest cosine to the original {made.lowest_cosine:.6f}")
    say(f"use it with --model {out}")


@command.command("quantize")
@click.argument("model", metavar="NAME|FOLDER")
@out_option
@click.option(
    "--to",
    "precision",
    type=click.Choice(["int8", "int8-static", "fp16"]),
    default="int8",
    help="Precision of the copy; int8-static is for convolutional image networks.",
)
@click.option("--images", required=True, metavar="DIR", help="Images to compare on.")
@click.option(
    "--texts",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Texts to compare on, one a line.",
)
@click.option(
    "-n", "count", default=200, metavar="N", help="Maximum number of images, and of texts."
)
@click.option("--least", default=0.98, metavar="COSINE", help="Write nothing if a cosine is lower.")
def quantize_model(
    model: str, *, out: Path, precision: Any, images: str, texts: Path, count: int, least: float
) -> None:
    """Write a smaller copy of a model, and report what that costs.

    The report gives size, speed, and the cosine to the original on your images and texts.
    """
    from visavis.cli.output import print_table
    from visavis.encoders.resolve import find_model
    from visavis.extras import import_extra

    quantizing = import_extra("visavis.training.quantize", "quantizing a model", "train")
    phrases = [line for line in texts.read_text("utf-8").splitlines() if line.strip()]
    made = quantizing.quantize(
        find_model(model),
        out,
        precision,
        _images(images, count),
        phrases[:count],
        least=least,
    )
    rows = [
        (
            name,
            f"{tower.megabytes[0]:,.1f} → {tower.megabytes[1]:,.1f}",
            f"{tower.per_second[0]:,.1f} → {tower.per_second[1]:,.1f}",
            f"{tower.lowest_cosine:.4f}",
            f"{tower.mean_cosine:.4f}",
        )
        for name, tower in (("images", made.images), ("texts", made.texts))
    ]
    columns = ("", "MB", "per second", "lowest cosine", "mean cosine")
    print_table(columns, rows, made.id)


command.add_command(calibrate_model)


@command.command("remove")
@name_argument
def remove(name: str) -> None:
    """Delete a pulled model from the cache, or what a failed pull has left there."""
    from shutil import rmtree

    from visavis.cache import cache_folder
    from visavis.catalogue import unknown_name
    from visavis.encoders.resolve import pulled_models

    # Compared with the folder's own listing: a name such as `..` must not lead out of it.
    names = {name, f".{name}.part"}
    found = [folder for folder in cache_folder("models").glob("*") if folder.name in names]
    if not found:
        raise unknown_name("pulled model", name, pulled_models())
    for folder in found:
        rmtree(folder)
    say(f"{name} removed")


def _rows() -> list[dict[str, Any]]:
    from visavis.catalogue import models
    from visavis.encoders.info import read_details
    from visavis.encoders.resolve import BUNDLED_NAME, find_model, pulled_models

    here = [BUNDLED_NAME, *pulled_models()]
    rows = [_row_of_folder(name, find_model(name), read_details(find_model(name))) for name in here]
    rows += [_row_of_entry(entry) for name, entry in models().items() if name not in here]
    for row in rows:
        entry = models().get(row["name"])
        row["note"] = f"recommended: {entry.recommended}" if entry and entry.recommended else ""
    return rows


def _row_of_folder(name: str, folder: Path, details: Mapping[str, Any]) -> dict[str, Any]:
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return {
        "name": name,
        "here": "yes",
        "languages": ", ".join(details["languages"]),
        "dim": details["dim"],
        "megabytes": round(size / 1e6),
        "licence": details.get("licence", ""),
    }


def _row_of_entry(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "here": "",
        "languages": ", ".join(entry.languages),
        "dim": entry.dim,
        "megabytes": entry.megabytes,
        "licence": entry.licence,
    }


def _images(folder: str, count: int) -> list[Image]:
    """Open at most `count` images of a folder; skip those that cannot be read."""
    from contextlib import suppress

    from visavis.errors import DatasetError, ImageError
    from visavis.images import open_image
    from visavis.indexing import find

    images = []
    for path in list(find([folder]).images)[:count]:
        with suppress(ImageError):
            images.append(open_image(path))
    if not images:
        raise DatasetError(f"{folder}: no image that can be opened")
    return images
