from __future__ import annotations

import shutil
import subprocess

import pytest

from visavis.datasets.folder import read_folder
from visavis.errors import DatasetError

NAMES = [
    "a.jpg",
    "a.png",
    "raw/b.jpg",
    "raw/keep/c.jpg",
    "deep/raw/d.jpg",
    "deep/down/e.png",
    "deep/down/keep.png",
    "#odd/f.jpg",
    "café/g.jpg",
    "with space/h.jpg",
]


@pytest.fixture
def photos(place):
    for name in NAMES:
        place(name, b"")
    return place


def kept(root, *rules):
    return sorted(read_folder(str(root), rules).images)


def test_rubbish_and_hidden_names_are_left_out_and_counted(place, tmp_path):
    for name in (
        "a.jpg",
        "@eaDir/a.jpg/SYNOPHOTO_THUMB_M.jpg",
        "sub/@EADIR/b.jpg",
        "#recycle/c.jpg",
        "__MACOSX/._a.jpg",
        "Thumbnails/a.jpg",
        ".Trash-1000/files/d.jpg",
        "._a.jpg",
    ):
        place(name, b"")
    dataset = read_folder(str(tmp_path))
    assert list(dataset.images) == ["a.jpg"]
    assert dataset.excluded == {
        str(tmp_path / name): rule
        for name, rule in {
            "@eaDir": "@eaDir",
            "sub/@EADIR": "@EADIR",
            "#recycle": "#recycle",
            "__MACOSX": "__MACOSX",
            "Thumbnails": "Thumbnails",
            ".Trash-1000": ".*",
            "._a.jpg": ".*",
        }.items()
    }


def test_a_file_called_like_a_folder_of_rubbish_is_read(place, tmp_path):
    place("thumbs.jpg", b"")
    place("lost+found.png", b"")
    assert kept(tmp_path) == ["lost+found.png", "thumbs.jpg"]


def test_rules_bring_back_what_is_left_out_by_default(place, tmp_path):
    place("thumbs/a.jpg", b"")
    place(".mine/b.jpg", b"")
    place(".other/c.jpg", b"")
    assert kept(tmp_path, "!thumbs/", "!.mine/") == [".mine/b.jpg", "thumbs/a.jpg"]


def test_the_command_line_decides_over_files_and_near_files_over_far_ones(photos, tmp_path):
    photos(".visavisignore", "*.png\n!a.png\n# a remark\n\n")
    photos("deep/.visavisignore", "!keep.png\nraw/\n")
    assert "deep/down/keep.png" in kept(tmp_path)
    assert not {"deep/down/e.png", "deep/raw/d.jpg"} & set(kept(tmp_path))
    assert "raw/b.jpg" in kept(tmp_path)
    assert not {"a.png", "deep/down/keep.png"} & set(kept(tmp_path, "*.png"))
    assert "deep/down/e.png" in kept(tmp_path, "!e.png")


@pytest.mark.parametrize(
    "rules",
    [
        ["raw/"],
        ["/raw"],
        ["*.png", "!keep.png"],
        ["deep/*/*.png"],
        ["**/raw"],
        [r"\#odd", "caf*", "with space/"],
        ["deep", "!deep/down/keep.png"],
        ["*", "!*/", "!*.png"],
        ["[a-b].*"],
    ],
)
def test_rules_mean_what_git_means(rules, photos, tmp_path):
    git = shutil.which("git")
    if not git:
        pytest.skip("no git here")
    subprocess.run([git, "init", "-q"], cwd=tmp_path, check=True)
    photos(".gitignore", "\n".join(rules))
    listed = subprocess.run(
        [git, "-c", "core.quotePath=false", "ls-files", "-co", "--exclude-standard"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    expected = sorted(set(listed.stdout.splitlines()) - {".gitignore"})
    assert kept(tmp_path, *rules) == expected
    photos(".visavisignore", "\n".join(rules))
    assert kept(tmp_path) == expected


@pytest.mark.parametrize("rule", ["!", "\\", "a\\"])
def test_what_is_no_rule_is_refused(rule, photos, tmp_path):
    with pytest.raises(DatasetError, match=r"--exclude: .* is no rule"):
        kept(tmp_path, rule)
    file = photos("deep/.visavisignore", f"*.png\n{rule}\n")
    with pytest.raises(DatasetError) as raised:
        kept(tmp_path)
    assert str(raised.value).startswith(f"{file}: {rule!r}")


def test_rules_that_are_not_utf8_are_refused(photos, tmp_path):
    photos(".visavisignore", b"caf\xe9/\n")
    with pytest.raises(DatasetError, match="not UTF-8"):
        kept(tmp_path)
