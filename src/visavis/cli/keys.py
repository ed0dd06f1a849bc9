from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from visavis.cli.options import collection_option, json_option
from visavis.cli.output import tell
from visavis.cli.serving import import_server, keys_option


@click.group("keys")
def command() -> None:
    """Manage the API keys of a server."""


@command.command("add")
@click.argument("name")
@click.option(
    "--scope", type=click.Choice(["read", "write"]), default="read", help="What the key allows."
)
@keys_option
@collection_option
def add(*, name: str, scope: Any, keys: Path | None, collection: str) -> None:
    """Create a key and print it. It cannot be shown again."""
    ring = import_server("keys").open_keys(collection, keys)
    print(ring.add(name, scope))
    tell(f"{name} may {scope}; only a hash is kept, in {ring.file}")


@command.command("list")
@json_option
@keys_option
@collection_option
def list_(*, as_json: bool, keys: Path | None, collection: str) -> None:
    """List the keys."""
    from visavis.cli.output import print_json, print_table

    known = import_server("keys").open_keys(collection, keys).keys
    if as_json:
        print_json([{"name": k.name, "scope": k.scope, "created": k.created} for k in known])
    else:
        print_table(("name", "scope", "created"), [(k.name, k.scope, k.created) for k in known])


@command.command("remove")
@click.argument("name")
@keys_option
@collection_option
def remove(*, name: str, keys: Path | None, collection: str) -> None:
    """Remove a key. A running server refuses it at once."""
    import_server("keys").open_keys(collection, keys).remove(name)
