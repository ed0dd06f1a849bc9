from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from visavis.cli.options import (
    collection_option,
    html_option,
    json_option,
    model_option,
    open_collection,
)

if TYPE_CHECKING:
    from visavis.cli.contact_sheet import Section
    from visavis.duplicates import DuplicateReport, Group, Level, Member

TITLES: dict[Level, str] = {
    "bytes": "same bytes",
    "picture": "same picture",
    "near": "nearly the same",
}


@click.command("duplicates")
@click.option("--bytes", "only_bytes", is_flag=True, help="Only files of the same bytes.")
@click.option("--near", is_flag=True, help="Also images that are nearly the same, such as crops.")
@click.option(
    "--similarity",
    type=float,
    metavar="0…1",
    help="Least similarity for --near. [default: that of an image and a crop of nine tenths of it]",
)
@click.option(
    "--files", "-f", is_flag=True, help="Print paths alone: all but the first of a group."
)
@click.option(
    "--null", "-0", is_flag=True, help="Like -f, for xargs -0: a null byte ends each path."
)
@json_option
@html_option
@collection_option
@model_option
def command(
    *,
    only_bytes: bool,
    near: bool,
    similarity: float | None,
    files: bool,
    null: bool,
    as_json: bool,
    html: Path | None,
    collection: str,
    model: str | None,
) -> None:
    """Find images that a collection has more than once.

    Groups are files of the same bytes, and versions of one picture that were resized or
    re-encoded. The first file of a group has the most pixels. Nothing is removed; files that
    have changed since they were indexed are left out.

    \b
    visavis duplicates --html copies.html
    visavis duplicates -0 | xargs -0 mv -t copies
    """  # noqa: D301 - \b tells click not to wrap these lines
    from visavis.cli.output import print_json, print_paths
    from visavis.cli.progress import count_bar
    from visavis.duplicates import find_duplicates

    if only_bytes and near:
        raise click.UsageError("--bytes and --near exclude each other")
    if similarity is not None and not near:
        raise click.UsageError("--similarity is for --near")
    if as_json and (files or null):
        raise click.UsageError("-f and -0 print paths: no --json")
    level: Level = "bytes" if only_bytes else "near" if near else "picture"
    with open_collection(collection, model) as opened, count_bar("comparing") as progress:
        report = find_duplicates(opened, level, similarity=similarity, progress=progress)
    if html:
        from visavis.cli.contact_sheet import write_sheet

        write_sheet(html, "visavis duplicates", map(_section, report.groups))
    if as_json:
        print_json(_to_json(report))
    elif files or null:
        print_paths([m.source for group in report.groups for m in group.members[1:]], null=null)
    else:
        _print(report)
    _tell_left_out(report)


def _print(report: DuplicateReport) -> None:
    from visavis.cli.output import say

    for group in report.groups:
        say(TITLES[group.level])
        for member in group.members:
            print(f"  {_describe(member)}  {_name(member.source)}")
    copies = [member for group in report.groups for member in group.members[1:]]
    size = sum(member.bytes or 0 for member in copies) / 1e6
    if copies:
        say(
            f"{len(report.groups):,} groups, {len(copies):,} further files ({size:,.1f} MB) "
            f"among {report.files:,}"
        )
    else:
        say(f"no duplicates among {report.files:,} files")


def _tell_left_out(report: DuplicateReport) -> None:
    from visavis.cli.output import tell

    if report.gone:
        tell(f"{len(report.gone):,} files are gone; run index again")
    if report.changed:
        tell(f"{len(report.changed):,} files have changed since they were indexed; run index again")
    if report.unreadable:
        tell(f"{len(report.unreadable):,} files cannot be read")


def _describe(member: Member) -> str:
    pixels = f"{member.width} × {member.height}" if member.width and member.height else "?"
    size = "" if member.bytes is None else f"{member.bytes / 1e3:,.0f} kB"
    return f"{pixels:>13}  {size:>10}"


def _name(source: str) -> str:
    return source.removeprefix(str(Path.cwd() / "_")[:-1])


def _section(group: Group) -> Section:
    from visavis.cli.contact_sheet import Section
    from visavis.cli.language import translate
    from visavis.types import Hit

    hits = [Hit(member.id, member.similarity, "image", member.source) for member in group.members]
    notes = [f"{_name(each.source)}, {_describe(each)}" for each in group.members]
    return Section(None, hits, translate(TITLES[group.level]), notes=notes)


def _to_json(report: DuplicateReport) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "groups": [
            {"level": group.level, "files": [asdict(member) for member in group.members]}
            for group in report.groups
        ],
        "files": report.files,
        "threshold": report.threshold,
        "gone": report.gone,
        "changed": report.changed,
        "unreadable": report.unreadable,
    }
