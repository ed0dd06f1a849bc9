from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest


@pytest.fixture
def copies(here, shell):
    shutil.copy("red.png", "again.png")
    shell("remove", "red.png")
    shell("index", "red.png", "again.png")
    return here


def test_groups_are_listed(copies, shell):
    code, out, err = shell("duplicates")
    assert (code, err) == (0, "")
    title, first, second, total = out.splitlines()
    assert title == "same bytes"
    assert first.split() == ["60", "×", "40", "0", "kB", "again.png"]
    assert second.endswith("  red.png")
    assert total == "1 groups, 1 further files (0.0 MB) among 4"


def test_json(copies, shell):
    report = json.loads(shell("duplicates", "--json")[1])
    (group,) = report["groups"]
    assert group["level"] == "bytes"
    assert [file["source"] for file in group["files"]] == [
        str(copies / "again.png"),
        str(copies / "red.png"),
    ]
    assert (report["files"], report["gone"]) == (4, [])


def test_all_but_the_first_for_xargs(copies):
    for option, end in (("-f", b"\n"), ("-0", b"\0")):
        ran = subprocess.run(
            [sys.executable, "-m", "visavis", "duplicates", "--bytes", option],
            capture_output=True,
            check=True,
        )
        assert ran.stdout == str(copies / "red.png").encode() + end


def test_sheet(copies, shell):
    shell("duplicates", "--html", "copies.html")
    page = (copies / "copies.html").read_text("utf-8")
    assert "<h2>same bytes</h2>" in page
    assert page.count("data:image/jpeg") == 2
    assert "again.png, 60 × 40" in " ".join(page.split())


def test_nothing_to_report(here, shell):
    assert shell("duplicates")[:2] == (0, "no duplicates among 3 files\n")


def test_what_was_left_out_is_told(copies, shell):
    (copies / "red.png").unlink()
    (copies / "again.png").write_bytes(b"changed")
    code, out, err = shell("duplicates")
    assert (code, out) == (0, "no duplicates among 2 files\n")
    assert err == (
        "1 files are gone; run index again\n"
        "1 files have changed since they were indexed; run index again\n"
    )


@pytest.mark.parametrize(
    "words", [("--bytes", "--near"), ("--similarity", "0.9"), ("--json", "-0")]
)
def test_mistakes(here, shell, words):
    code, _, err = shell("duplicates", *words)
    assert code == 2
    assert err


def test_a_similarity_out_of_range(here, shell):
    assert "similarity 2: from 0 to 1" in shell.fails("duplicates", "--near", "--similarity", "2")
