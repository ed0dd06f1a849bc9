from __future__ import annotations

from pathlib import Path

import click

from visavis.cli.options import (
    collection_option,
    count_option,
    html_option,
    json_option,
    lang_option,
    model_option,
    open_collection,
    where_option,
)
from visavis.types import Modality

MODALITIES: dict[str, Modality] = {"images": "image", "texts": "text"}

FUSION_HELP = "How terms are joined: calibrated (the default), centred or sum."


@click.command("search")
@click.argument("query", nargs=-1, required=True)
@click.option(
    "--for", "kind", type=click.Choice(list(MODALITIES)), default="images", help="What to find."
)
@click.option(
    "--balance",
    type=float,
    default=0.5,
    metavar="0…1",
    help="What counts when a query has both: 0 is images only, 1 texts only.",
)
@click.option("--fusion", metavar="NAME", help=FUSION_HELP)
@click.option(
    "--regions",
    is_flag=True,
    help="Rank images by their best part, as index --regions kept them.",
)
@count_option
@where_option
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
    k: int,
    where: tuple[str, ...],
    lang: str | None,
    as_json: bool,
    html: Path | None,
    collection: str,
    model: str | None,
) -> None:
    """Find the images, or the texts, that fit a query best.

    A query is made of texts and images, joined by + and - as words of their own. A term
    is an image if a file is there, else a text; text: and image: force it. A number and a
    colon in front weigh a term; @x,y,width,height behind an image takes a region of it.

    \b
    visavis search "a dog on the beach"
    visavis search photo.jpg + "in the snow" - people
    visavis search "2:red dress" + shop.jpg@120,40,300,600
    visavis search "un chien" --for texts
    """  # noqa: D301 - click wants this character before lines it must not join
    from visavis.cli.results import show_results
    from visavis.queries import DEFAULT_FUSION, parse_filter, parse_query

    if lang and kind == "images":
        raise click.UsageError("--lang chooses among texts; add --for texts")

    parsed, conditions = parse_query(query).balanced(balance), parse_filter(where, lang=lang)
    with open_collection(collection, model) as opened:
        hits = opened.search(
            parsed,
            k,
            MODALITIES[kind],
            conditions,
            fusion=fusion or DEFAULT_FUSION,
            regions=regions,
        )
    show_results(parsed, hits, as_json=as_json, html=html)
