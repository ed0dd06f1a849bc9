"""Options shared by several commands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click
from click.core import ParameterSource

from visavis.cli.config import HERE

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from visavis.collection import Collection


_MAKERS = {"index", "watch", "ui", "embed"}
"""Commands that make a collection where there is none."""


class CollectionType(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.4
    """A folder, URL or known name of a collection; names are completed by the shell."""

    name = "collection"

    def convert(
        self,
        value: str,
        param: click.Parameter | None,  # noqa: ARG002
        ctx: click.Context | None,
    ) -> str:
        """Return the location that a name stands for; where a folder may be meant, say which."""
        if "/" in value or value == HERE:
            return value  # at no cost
        from visavis.cli.known_collections import locate

        return locate(value, may_be_new=ctx is not None and ctx.info_name in _MAKERS)

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        """Offer the known names, and folders."""
        from click.shell_completion import CompletionItem

        from visavis.cli.known_collections import known_collections

        names = [name for name in known_collections() if name.startswith(incomplete)]
        return [*map(CompletionItem, names), CompletionItem(incomplete, type="dir")]


def _nearest(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Take the collection of this folder, unless another was named for this call."""
    source = context.get_parameter_source(str(parameter.name))
    if source not in {ParameterSource.DEFAULT, ParameterSource.DEFAULT_MAP}:
        return value
    if Path(HERE).exists():
        return HERE
    makes_one = context.info_name in {"index", "watch"} or context.params.get("sources")
    if makes_one or source is ParameterSource.DEFAULT_MAP:
        return value
    from visavis.cli.known_collections import only_collection

    return only_collection()


collection_option = click.option(
    "--collection",
    metavar="DIR|URL|NAME",
    type=CollectionType(),
    default=HERE,
    envvar="VISAVIS_COLLECTION",
    show_envvar=True,
    callback=_nearest,
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
near_option = click.option(
    "--near",
    metavar="LAT,LON,DISTANCE",
    help="Only images taken within a distance of a position: 45.76,4.83,10km.",
)
lang_option = click.option("--lang", metavar="CODE", help="Only texts in this language: en or fr.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
format_option = click.option(
    "--format",
    "style",
    type=click.Choice(["table", "markdown", "latex"]),
    default="table",
    help="How the table is written, for a page or a paper.",
)
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
    from visavis.cli.output import tell
    from visavis.collection import Collection
    from visavis.stores import ApproximateStore
    from visavis.types import Modality

    opened = Collection.open(location, model)
    store = opened.store
    if isinstance(store, ApproximateStore) and any(map(store.has_older_index, get_args(Modality))):
        tell("an index of an earlier version is not used: visavis optimize builds it anew")
    return opened


def read_langs(langs: str) -> list[str] | None:
    """Split codes at commas; None stands for all languages of the dataset."""
    return [code.strip().lower() for code in langs.split(",") if code.strip()] or None
