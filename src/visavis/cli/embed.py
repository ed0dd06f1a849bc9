from __future__ import annotations

import warnings
from pathlib import Path

import click

from visavis.cli.options import columns_option, exclude_option, json_option, model_option
from visavis.cli.skipped import resumable


@click.command("embed")
@click.argument("sources", nargs=-1, required=True)
@click.option(
    "--out",
    required=True,
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder in which the shard's folder is made.",
)
@click.option(
    "--shard",
    "share",
    default="1/1",
    metavar="I/N",
    help="Which share of the sources to encode: 3/16 is the third of sixteen.",
)
@click.option(
    "--regions",
    is_flag=True,
    help="Index regions of the images too, for search --regions.",
)
@exclude_option
@columns_option
@json_option
@model_option
def command(
    *,
    sources: tuple[str, ...],
    out: Path,
    share: str,
    regions: bool,
    exclude: tuple[str, ...],
    columns: str,
    as_json: bool,
    model: str | None,
) -> None:
    """Encode one share of many images and texts, for a collection that is merged later.

    \b
    visavis embed /photos --out /shared/shards --shard 3/16
    visavis copy /shared/shards 'postgresql://me@db/archive?collection=photos'

    Run it on as many machines as there are shards, by any scheduler; all must see the same
    paths. A hash of its path decides which shard a file belongs to. Run the command again to
    resume. A shard is a collection of its own, so nothing is encoded again when it is merged.

    SOURCES are those of visavis index, and what is skipped is listed and counted in the same way;
    the exit code is then 3.
    """  # noqa: D301 - \b tells click not to wrap these lines
    warnings.filterwarnings("ignore", module="PIL")  # of damaged tags: the image may be sound
    from visavis.cli.index import print_report
    from visavis.cli.progress import index_bar
    from visavis.distributed import Shard, embed
    from visavis.encoders import load_encoder
    from visavis.indexing import find

    shard = Shard.parse(share)
    findings = find(sources, columns=columns, exclude=exclude)
    encoder = load_encoder(model)
    with resumable(), index_bar() as progress:
        report = embed(findings, out, shard, model=encoder, regions=regions, progress=progress)
    print_report(report, encoder.dim, as_json=as_json)
