"""Options shared by several commands."""

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
    "--model", metavar="FOLDER|NAME", help="The model. [default: the bundled one]"
)
count_option = click.option("-k", type=int, default=10, metavar="N", help="Number of results.")
where_option = click.option(
    "--where",
    multiple=True,
    metavar="'KEY=VALUE'",
    help="Filter by metadata: = != < <= > >= or ~ (contains). Repeatable.",
)
lang_option = click.option("--lang", metavar="CODE", help="Only texts in this language: en or fr.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
html_option = click.option(
    "--html",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write an HTML page with thumbnails of the results.",
)
data_option = click.option(
    "--data", required=True, metavar="SPEC", help="A dataset, such as flickr8k:PATH."
)
exclude_option = click.option(
    "--exclude",
    multiple=True,
    metavar="RULE",
    help="Leave out files or folders, as gitignore does: '*.png', 'raw/', '!thumbs/'. Repeatable.",
)
columns_option = click.option(
    "--columns",
    default="",
    show_default=False,
    metavar="image=NAME,text=NAME",
    help="Columns of a table: image, text, lang, split. [default: found by their usual names]",
)
split_option = click.option(
    "--split", default="test", metavar="NAME", help="The split to measure on."
)
langs_option = click.option(
    "--lang",
    "langs",
    default="",
    show_default=False,
    metavar="en,fr",
    help="Languages. [default: all of the split]",
)
folds_option = click.option(
    "--folds",
    default=1,
    metavar="N",
    help="Divide the split into N parts, each searched separately.",
)
overlap_option = click.option(
    "--allow-overlap",
    is_flag=True,
    help="Measure even if images of the split are also in the training split.",
)


def open_collection(location: str, model: str | None) -> Collection:
    """Open a collection with its own model, or with the one named."""
    from visavis.collection import Collection

    return Collection.open(location, model)
