"""Links of the pages to files of this repository: each file and heading is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LINK = re.compile(r"https://github\.com/visavis-search/visavis/blob/main/([^)#\s]+)(?:#([\w-]+))?")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/*.md"), *ROOT.glob("tools/*/*.md")])


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = HEADING.findall(page.read_text())
    return {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}


def links() -> list[tuple[str, str, str]]:
    return [(page.name, *link) for page in PAGES for link in LINK.findall(page.read_text())]


@pytest.mark.parametrize(("page", "file", "heading"), links())
def test_a_linked_file_and_its_heading_are_there(page, file, heading):
    target = ROOT / file
    assert target.exists(), f"{page} links to {file}, which is not there"
    assert not heading or heading in anchors(target), f"{page} links to {file}#{heading}"
