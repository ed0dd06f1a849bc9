import json

import pytest
from PIL import Image

from visavis.indexing import only_run


@pytest.fixture
def photos(tmp_path, monkeypatch, encoders):
    """Two images, one of them with a caption, and a damaged one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    for colour in ("red", "blue"):
        Image.new("RGB", (9, 9), colour).save(f"photos/{colour}.png")
    (tmp_path / "photos" / "red.fr.txt").write_text("une chose rouge\n")
    (tmp_path / "photos" / "bad.jpg").write_bytes(b"\xff\xd8\xff half an image")
    return tmp_path / "photos"


def test_a_damaged_file_is_skipped_and_the_rest_indexed(photos, shell):
    code, out, err = shell("index", "photos")
    assert code == 3
    assert out.startswith("3 added, 1 skipped in ")
    assert err.startswith(f"skipped {photos / 'bad.jpg'}: ")
    assert len(err.splitlines()) == 1
    _, found, _ = shell("search", "rouge", "--json")
    assert [hit["source"] for hit in json.loads(found)["hits"]] == [
        str(photos / "red.png"),
        str(photos / "blue.png"),
    ]
    _, found, _ = shell("search", "rouge", "--for", "texts", "--where", "lang=fr", "--json")
    assert json.loads(found)["hits"][0]["text"] == "une chose rouge"


def test_many_skipped_files_are_not_all_listed(photos, shell, monkeypatch):
    monkeypatch.setattr("visavis.cli.skipped.LISTED", 2)
    for number in range(4):
        (photos / f"bad{number}.jpg").write_bytes(b"x")
    _, _, err = shell("index", "photos")
    assert err.splitlines()[2:] == ["skipped 3 more files; --json lists all"]
    assert len(json.loads(shell("index", "photos", "--json")[1])["skipped"]) == 5


def test_ctrl_c_says_that_nothing_is_lost(photos, shell, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("visavis.indexing.index", interrupted)
    code, out, err = shell("index", "photos")
    assert (code, out) == (130, "")
    assert err.strip() == (
        "visavis: interrupted; what was done is kept, run the command again to go on"
    )


def test_two_runs_do_not_encode_the_same_images(photos, shell):
    pytest.importorskip("fcntl")
    shell("index", "photos")
    with only_run(".visavis"):
        assert "another process is indexing into it" in shell.fails("index", "photos")
        assert "another process is" in shell.fails("index", "--reencode", "--model", "other")
        assert shell("search", "red")[0] == 0


def test_empty_names_and_quoted_patterns_are_refused(photos, shell, tmp_path):
    before = sorted(tmp_path.iterdir())
    assert "empty name" in shell.fails("index", "photos", "--collection", "")
    assert "without quotes" in shell.fails("index", "photos/*.png")
    assert sorted(tmp_path.iterdir()) == before


def test_what_is_not_read_is_counted_by_kind(photos, shell):
    (photos / "bad.jpg").unlink()
    for name in ("a.SVG", "b.svg", "c.ico", "notes.md"):
        (photos / name).write_bytes(b"x")
    code, out, err = shell("index", "photos")
    assert code == 3
    assert out.startswith("3 added, 4 passed over in ")
    assert err.splitlines() == [
        "passed over 2 drawings and documents (.svg): convert them to PNG or JPEG",
        "passed over 1 images of rare formats (.ico): convert them to PNG or JPEG",
    ]
    for name in ("a.SVG", "b.svg", "c.ico"):
        (photos / name).unlink()
    code, out, err = shell("index", "photos", "--json")
    assert (code, json.loads(out)["passed_over"], err) == (0, {".md": 1}, "")


def test_what_rules_exclude_is_counted_and_found_no_more(photos, shell):
    (photos / "bad.jpg").unlink()
    (photos / "@eaDir").mkdir()
    Image.new("RGB", (9, 9), "green").save(photos / "@eaDir" / "green.png")
    code, out, err = shell("index", "photos")
    assert (code, err) == (0, "")
    assert out.startswith("3 added, 1 excluded (1 @eaDir) in ")
    (photos / ".visavisignore").write_text("red.*\n")
    _, out, _ = shell("index", "photos")
    assert out.startswith("1 unchanged, 2 missing, 3 excluded (2 red.*, 1 @eaDir) in ")
    assert shell("search", "red", "-f")[1] == f"{photos / 'blue.png'}\n"
    _, out, _ = shell("index", "photos", "--exclude", "!red.png", "--exclude", "blue*", "--json")
    report = json.loads(out)
    assert (report["images"], report["unchanged"], report["missing"]) == (0, 1, 1)
    assert report["excluded"] == {"@eaDir": 1, "blue*": 1, "red.*": 1}
    assert shell("search", "red", "-f")[1] == f"{photos / 'red.png'}\n"
    assert "'!' is no rule" in shell.fails("index", "photos", "--exclude", "!")


def test_a_hidden_file_that_was_named_stays(photos, shell):
    Image.new("RGB", (9, 9), "green").save(photos / ".mine.png")
    shell("index", "photos/.mine.png")
    shell("index", "photos/red.png", "photos", "--exclude", "red.*")
    assert sorted(shell("search", "red", "-f")[1].split()) == [
        str(photos / name) for name in (".mine.png", "blue.png", "red.png")
    ]


def test_a_second_run_adds_only_what_is_new(photos, shell):
    (photos / "bad.jpg").unlink()
    shell("index", "photos")
    Image.new("RGB", (9, 9), "green").save(photos / "green.png")
    code, out, err = shell("index", "photos", "--json")
    report = json.loads(out)
    assert (code, err) == (0, "")
    assert (report["added"], report["unchanged"], report["skipped"]) == (1, 3, [])
    assert report["images"] == 1


def test_json_lists_skipped_files(photos, shell):
    code, out, _ = shell("index", "photos", "--json")
    (skipped,) = json.loads(out)["skipped"]
    assert code == 3
    assert skipped["where"] == str(photos / "bad.jpg")
    assert skipped["reason"]


def test_single_image_and_text_files(photos, shell, tmp_path):
    (tmp_path / "phrases.fr.txt").write_text("du rouge\nbleu comme la mer\n")
    assert shell("index", "photos/red.png", "phrases.fr.txt")[0] == 0
    _, out, _ = shell("stats", "--json")
    assert (json.loads(out)["images"], json.loads(out)["texts"]) == (1, 2)
    assert shell("remove", "phrases.fr.txt") == (0, "2 items removed\n", "")


def test_user_errors_are_one_line(photos, shell):
    assert "nowhere" in shell.fails("index", "nowhere")
    shell("index", "photos/red.png")
    assert "'fake@1'" in shell.fails("index", "photos", "--model", "other")


def test_a_missing_source_creates_no_collection(shell, tmp_path, monkeypatch, encoders):
    monkeypatch.chdir(tmp_path)
    code, _, err = shell("index", "nowhere")
    assert code == 1
    assert err.startswith(
        "visavis: nowhere: no such file or folder; if it was indexed before, `index"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_collection_is_migrated_to_another_model(photos, shell):
    (photos / "bad.jpg").unlink()
    shell("index", "photos")
    code, out, err = shell("index", "--reencode", "--model", "other", "--json")
    report = json.loads(out)
    assert (code, err) == (0, "")
    assert (report["model"], report["encoded"], report["lost"]) == ("other@2", 3, [])
    assert json.loads(shell("stats", "--json")[1])["model_id"] == "other@2"
    _, out, _ = shell("index", "--reencode", "--model", "other")
    assert out.startswith("nothing to do in ")


def test_missing_images_are_listed_by_a_migration(photos, shell):
    (photos / "bad.jpg").unlink()
    shell("index", "photos")
    (photos / "blue.png").unlink()
    code, out, err = shell("index", "--reencode", "--model", "other")
    assert code == 3
    assert out.startswith("2 encoded, 1 not encoded in ")
    assert err == f"not encoded: {photos / 'blue.png'}: no such file or directory\n"


def test_either_sources_or_reencode_are_required(photos, shell):
    assert shell("index")[0] == 2
    assert "--reencode takes no sources" in shell("index", "photos", "--reencode")[2]
    assert "no collection here" in shell.fails("index", "--reencode")


def test_columns_of_a_table_are_named(photos, shell, tmp_path):
    (tmp_path / "products.tsv").write_text("photo\talt\nphotos/red.png\ta red thing\n")
    code, out, _ = shell("index", "products.tsv", "--columns", "image=photo,text=alt")
    assert code == 0
    assert out.startswith("2 added in ")
