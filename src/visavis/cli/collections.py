from __future__ import annotations

import click

from visavis.cli.options import collection_option, json_option
from visavis.cli.output import say


@click.group("collections", invoke_without_command=True)
@json_option
@click.pass_context
def command(context: click.Context, *, as_json: bool) -> None:
    """List, name and forget the collections of this machine.

    A collection gets the name of its folder when it is indexed. Give a name to --collection, from
    any folder. If only one collection is known, commands use it where the current folder has none.

    \b
    visavis collections
    visavis collections name holidays --collection ~/Pictures/.visavis
    visavis search "a dog" --collection holidays
    """  # noqa: D301 - \b tells click not to wrap these lines
    if context.invoked_subcommand is None:
        _list(as_json=as_json)


def _list(*, as_json: bool) -> None:
    from visavis.cli.known_collections import is_gone, known_collections
    from visavis.cli.output import print_json, print_table

    known = known_collections()
    if as_json:
        print_json(
            [{"name": name, "collection": at, "gone": is_gone(at)} for name, at in known.items()]
        )
    elif known:
        rows = [(name, at, "gone" if is_gone(at) else "") for name, at in known.items()]
        print_table(("name", "collection", ""), rows)
    else:
        say("no collections yet; visavis index ~/Pictures makes one")


@command.command("name")
@click.argument("name")
@collection_option
def name_(*, name: str, collection: str) -> None:
    """Give a collection a NAME of your choice."""
    from visavis.cli.known_collections import name_collection
    from visavis.stores import open_store

    open_store(collection).close()
    name_collection(name, collection)
    say(f"{collection} is now called {name}")


@command.command("forget")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
def forget_(names: tuple[str, ...]) -> None:
    """Forget names; the collections themselves stay."""
    from visavis.cli.known_collections import forget

    for name in names:
        forget(name)
