"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from visavis.collection import Collection

collection_option = click.option(
    "--collection",
    metavar="DIR|URL",
    default=".visavis",
    envvar="VISAVIS_COLLECTION",
    show_envvar=True,
    help="The collection to use.",
)
model_option = click.option(
    "--model", metavar="FOLDER|NAME", help="The model; the bundled one by default."
)
count_option = click.option("-k", type=int, default=10, metavar="N", help="How many results.")
where_option = click.option(
    "--where",
    multiple=True,
    metavar="'KEY=VALUE'",
    help="Only items whose metadata fits: = != < <= > >= or ~ (contains). Repeatable.",
)
lang_option = click.option("--lang", metavar="CODE", help="Only texts in this language: en or fr.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
html_option = click.option(
    "--html",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write a page with thumbnails of the results.",
)
data_option = click.option(
    "--data", required=True, metavar="SPEC", help="A dataset, such as flickr8k:PATH."
)
split_option = click.option(
    "--split", default="test", metavar="NAME", help="The part to measure on."
)
langs_option = click.option(
    "--lang",
    "langs",
    default="",
    show_default=False,
    metavar="en,fr",
    help="Languages; all there are by default.",
)
folds_option = click.option(
    "--folds", default=1, metavar="N", help="Search N parts of the split, each alone."
)
overlap_option = click.option(
    "--allow-overlap",
    is_flag=True,
    help="Measure even if images of the split are in the training split too.",
)


def open_collection(location: str, model: str | None) -> Collection:
    """Open a collection with its own model, or with the one asked for."""
    from visavis.collection import Collection

    return Collection.open(location, model)
