from __future__ import annotations

from pathlib import Path

import click


@click.command("pull")
@click.argument("name", metavar="NAME|FILE")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Where to put them.")
def pull(name: str, *, out: Path | None) -> None:
    """Download word vectors and unpack them; they lie in the cache by default.

    NAME is glove-6b-100d (English) or frwac-200d (French); a FILE, packed or not, is taken
    as it is.
    """
    from visavis.cli.progress import bytes_bar
    from visavis.models.words import pull_words

    with bytes_bar(name) as advance:
        file = pull_words(name, out, advance=advance)
    print(file)
