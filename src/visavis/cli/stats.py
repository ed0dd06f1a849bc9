from __future__ import annotations

import click

from visavis.cli.language import translate
from visavis.cli.options import collection_option, json_option, open_collection


@click.command("stats")
@json_option
@collection_option
def command(*, as_json: bool, collection: str) -> None:
    """Check a collection for damage, and show what it contains, and its model."""
    from dataclasses import asdict

    from visavis.cli.output import print_json, print_table

    with open_collection(collection, None) as opened:
        opened.store.check()
        stats = opened.stats()
    if as_json:
        print_json({"collection": opened.store.location, **asdict(stats)})
        return
    facts = {
        "collection": opened.store.location,
        "images": f"{stats.images:,}",
        "regions": f"{stats.regions:,}",
        "texts": f"{stats.texts:,}",
        "sources": f"{stats.sources:,}, {stats.missing:,} of them missing",
        "model": f"{stats.model_id}, {stats.dim} dimensions",
        "size": f"{stats.bytes / 1e6:,.1f} MB",
        "changed": stats.changed,
    }
    print_table(("", ""), [(translate(name), translate(fact)) for name, fact in facts.items()])
