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
from visavis.cli.output import tell

NO_TEXTS = "no texts in this collection; index captions beside images, or a text file"


@click.command("describe")
@click.argument("image")
@count_option
@where_option
@lang_option
@json_option
@html_option
@collection_option
@model_option
def command(
    image: str,
    *,
    k: int,
    where: tuple[str, ...],
    lang: str | None,
    as_json: bool,
    html: Path | None,
    collection: str,
    model: str | None,
) -> None:
    """Find the texts in the collection that describe an image best.

    Add @x,y,width,height to describe a region: photo.jpg@120,40,300,600.
    """
    from visavis.cli.hits import show_hits
    from visavis.queries import parse_filter, parse_query

    query = parse_query([f"image:{image.removeprefix('image:')}"])
    conditions = parse_filter(where, lang=lang)
    with open_collection(collection, model) as opened:
        hits = opened.search(query, k, "text", conditions)
        if not hits and not opened.store.count("text"):
            tell(NO_TEXTS, "visavis: ")
    show_hits(query, hits, as_json=as_json, html=html)
