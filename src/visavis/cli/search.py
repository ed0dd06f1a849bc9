from __future__ import annotations

import re
from pathlib import Path

import click

from visavis.cli.options import (
    collection_option,
    count_option,
    html_option,
    json_option,
    lang_option,
    model_option,
    near_option,
    open_collection,
    where_option,
)
from visavis.types import Modality

MODALITIES: dict[str, Modality] = {"images": "image", "texts": "text"}

FUSION_HELP = "How terms are fused: centred (the default), calibrated or sum."


_NEGATIVE = re.compile(r"-[\d.][\d.e+-]*:")


class QueryCommand(click.Command):
    """A command whose first term may have a negative weight: `-1:snow` is no option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read `-1:snow` as the sign and the term `- 1:snow`."""
        split = [("-", arg[1:]) if _NEGATIVE.match(arg) else (arg,) for arg in args]
        return super().parse_args(ctx, [word for words in split for word in words])


@click.command("search", cls=QueryCommand)
@click.argument("query", nargs=-1, required=True)
@click.option(
    "--for", "kind", type=click.Choice(list(MODALITIES)), default="images", help="What to find."
)
@click.option(
    "--balance",
    type=float,
    default=0.5,
    metavar="0…1",
    help="Weight of texts against images in a query: 0 is images only, 1 texts only.",
)
@click.option("--fusion", metavar="NAME", help=FUSION_HELP)
@click.option(
    "--regions",
    is_flag=True,
    help="Rank images by their best region; needs index --regions.",
)
@click.option(
    "--min-relevance",
    type=float,
    metavar="0…1",
    help="Leave out images whose relevance is lower; for a query of one text.",
)
@click.option(
    "--exact", is_flag=True, help="Compare all vectors, even if optimize has built an index."
)
@click.option(
    "--sort",
    metavar="KEY|-KEY",
    help="Order the N best by a value of the metadata: taken, or -taken for newest first.",
)
@click.option("--files", "-f", is_flag=True, help="Print only the paths of the images found.")
@click.option(
    "--null", "-0", is_flag=True, help="Like -f, for xargs -0: a null byte ends each path."
)
@click.option(
    "--thumbnails/--no-thumbnails",
    default=None,
    help="Show the images in the terminal. [default: if it can: kitty, iTerm2, sixel]",
)
@count_option
@where_option
@near_option
@lang_option
@json_option
@html_option
@collection_option
@model_option
def command(
    query: tuple[str, ...],
    *,
    kind: str,
    balance: float,
    fusion: str | None,
    regions: bool,
    min_relevance: float | None,
    exact: bool,
    sort: str | None,
    files: bool,
    null: bool,
    thumbnails: bool | None,
    k: int,
    where: tuple[str, ...],
    near: str | None,
    lang: str | None,
    as_json: bool,
    html: Path | None,
    collection: str,
    model: str | None,
) -> None:
    """Find the images or texts that match a query best.

    A query consists of texts and images, joined by + and - as separate words. A term is an
    image if it is an existing file, else a text; text: and image: force either. N: before a
    term weights it; @x,y,width,height after an image selects a region.

    \b
    visavis search "a dog on the beach"
    visavis search photo.jpg + "in the snow" - people
    visavis search "2:red dress" + shop.jpg@120,40,300,600
    visavis search "un chien" --for texts
    visavis search "a red car" -k 50 -0 | xargs -0 cp -t cars
    """  # noqa: D301 - \b tells click not to wrap these lines
    from visavis.cli.hits import show_hits, show_paths
    from visavis.queries import DEFAULT_FUSION, parse_filter, parse_near, parse_query
    from visavis.relevance import relevance_cut

    if lang and kind == "images":
        raise click.UsageError("--lang filters texts; add --for texts")
    if (files or null) and (as_json or html or kind == "texts"):
        raise click.UsageError("-f and -0 print paths of images: no --json, --html, --for texts")

    parsed, conditions = parse_query(query).balanced(balance), parse_filter(where, lang=lang)
    if near is not None:
        conditions = (*conditions, parse_near(near))
    with open_collection(collection, model) as opened:
        hits = opened.search(
            parsed,
            k,
            MODALITIES[kind],
            conditions,
            fusion=fusion or DEFAULT_FUSION,
            regions=regions,
            min_relevance=min_relevance,
            exact=exact,
            sort=sort,
        )
        unknown, cut = opened.unknown_words(parsed), relevance_cut(opened.encoder)
    if files or null:
        show_paths(hits, null=null)
    else:
        show_hits(
            parsed,
            hits,
            as_json=as_json,
            html=html,
            unknown=unknown,
            cut=cut,
            thumbnails=thumbnails,
        )
