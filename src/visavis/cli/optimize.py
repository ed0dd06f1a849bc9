from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from visavis.cli.options import collection_option, json_option, open_collection
from visavis.types import Modality

if TYPE_CHECKING:
    from visavis.stores import ApproximateStore


_MODALITIES: dict[str, Modality] = {"images": "image", "texts": "text"}


@click.command("optimize")
@click.option(
    "--for",
    "kind",
    type=click.Choice(list(_MODALITIES)),
    help="Build it for images or for texts only. [default: both]",
)
@click.option("--regions", is_flag=True, help="Index the regions of images, for search --regions.")
@click.option("--drop", is_flag=True, help="Remove the index instead: searches are exact again.")
@click.option("--check", is_flag=True, help="Build nothing, only compare with the exact search.")
@click.option("--queries", default=100, metavar="N", help="Number of queries to compare with.")
@json_option
@collection_option
def command(
    *,
    kind: str | None,
    regions: bool,
    drop: bool,
    check: bool,
    queries: int,
    as_json: bool,
    collection: str,
) -> None:
    """Build the approximate index of a large collection, and measure what it finds.

    Searches use the index from then on; search --exact does without. The recall is the share of the
    ten best of an exact search that the index finds. Run the command again after many changes.
    """
    from visavis.cli.output import print_json
    from visavis.stores import ApproximateStore, unsupported

    chosen: list[Modality] = [_MODALITIES[kind]] if kind else list(_MODALITIES.values())
    with open_collection(collection, None) as opened:
        store = opened.store
        if not isinstance(store, ApproximateStore):
            raise unsupported(store, "has no approximate index")
        rows = []
        for modality in chosen:
            of_regions = regions and modality == "image"
            if drop:
                store.drop_index(modality, regions=of_regions)
            else:
                rows += _optimized(store, modality, queries, regions=of_regions, build=not check)
    if as_json:
        print_json(rows)
    elif not drop:
        _print(rows, store.least)


def _optimized(
    store: ApproximateStore, modality: Modality, count: int, *, regions: bool, build: bool
) -> list[dict[str, Any]]:
    """Build the index of a modality that is large enough, and measure it."""
    from dataclasses import asdict
    from time import perf_counter

    from visavis.stores.recall import measure_recall, sample_queries

    start = perf_counter()
    if build and store.count(modality) >= store.least:
        store.build_index(modality, regions=regions)
    elif build and store.has_older_index(modality):
        store.drop_index(modality)
    seconds = perf_counter() - start
    state = store.index_state(modality, regions=regions)
    if state is None:
        return []
    queries = sample_queries(store, modality, count)
    recall = measure_recall(store, modality, queries, regions=regions)
    built = {"seconds": round(seconds, 1)} if build else {}
    return [{"modality": modality, "regions": regions, **asdict(state), **built, **asdict(recall)}]


def _print(rows: list[dict[str, Any]], least: int) -> None:
    from visavis.cli.output import print_table, say

    if not rows:
        say(f"no index: below {least:,} vectors, comparing all of them is fast")
        return
    names = {modality: name for name, modality in _MODALITIES.items()}
    print_table(
        ("index", "vectors", "MB", "recall@10", "ms", "exact ms", "queries"),
        [
            (
                "regions" if row["regions"] else names[row["modality"]],
                f"{row['vectors']:,}",
                f"{row['bytes'] / 1e6:,.1f}",
                f"{row['share']:.3f}",
                f"{row['milliseconds']:.1f}",
                f"{row['exact_milliseconds']:.1f}",
                f"{row['queries']:,}",
            )
            for row in rows
        ],
    )
