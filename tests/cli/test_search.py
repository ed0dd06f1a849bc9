import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

import fakes
from visavis.cli.search import FUSION_HELP
from visavis.collection import Collection
from visavis.encoders.relevance import RelevanceCurve
from visavis.queries import DEFAULT_FUSION, FUSIONS


def hits(result):
    code, out, err = result
    assert (code, err) == (0, "")
    return json.loads(out)["hits"]


def names(result):
    return [hit["metadata"]["name"] for hit in hits(result)]


def test_a_text_finds_images(here, shell):
    code, out, _ = shell("search", "a red dress")
    lines = out.splitlines()
    assert code == 0
    assert lines[0].split() == ["rank", "score", "image"]
    assert [line.split()[0] for line in lines[1:]] == ["1", "2", "3"]
    assert lines[1].split()[-1] == "red.png"


def test_images_outside_the_current_folder_have_full_paths(here, shell, monkeypatch):
    (here / "inner").mkdir()
    monkeypatch.chdir(here / "inner")
    _, out, _ = shell("search", "red", "--collection", "../.visavis")
    assert out.splitlines()[1].split()[-1] == str(here / "red.png")


def test_paths_alone_for_other_programs(here, shell):
    green, red = here / "green.png", here / "red.png"
    assert shell("search", "red", "-k", "1", "-f") == (0, f"{red}\n", "")
    paths = shell("search", "red + green", "-0")[1].split("\0")
    assert sorted(paths) == sorted(["", str(red), str(green), str(here / "blue.png")])
    nothing = shell("search", "red", "-f", "--where", "width>=1000")
    assert nothing == (0, "", "nothing found\n")
    for other in (("--json",), ("--html", "page.html"), ("--for", "texts")):
        assert shell("search", "red", "-0", *other)[0] == 2


def test_xargs_gets_any_file_name(here, encoders):
    odd = here / "a\nnew 'line' é.png"
    (here / "red.png").rename(odd)
    with Collection.open(".visavis", encoders[None]) as collection:
        collection.remove(sources=[str(here / "red.png")])
        collection.add_image(odd)
    code = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); import fakes, visavis.encoders as e\n"
        "e.load_encoder = lambda name=None: fakes.FakeEncoder()\n"
        "from visavis.cli import main; main(['search', 'red', '-k', '1', '-0'])"
    )
    words = [sys.executable, "-c", code, str(Path(fakes.__file__).parent)]
    found = subprocess.run(
        words, capture_output=True, check=True, env={**os.environ, "PYTHONIOENCODING": "ascii"}
    )
    listed = subprocess.run(
        ["xargs", "-0", "ls", "--quoting-style=literal"],
        input=found.stdout,
        capture_output=True,
        check=True,
    )
    assert listed.stdout == os.fsencode(odd) + b"\n"


def test_json_is_the_stable_interface(here, shell):
    code, out, _ = shell("search", "rouge", "-k", "1", "--json")
    data = json.loads(out)
    (hit,) = data["hits"]
    assert code == 0
    assert data["query"] == {"terms": [{"weight": 1.0, "text": "rouge"}]}
    keys = ["id", "score", "modality", "source", "text", "box", "metadata", "relevance"]
    assert list(hit) == keys
    assert (hit["relevance"], data["unknown_words"]) == (None, [])
    assert hit["score"] == pytest.approx(1, abs=0.02)
    assert (hit["modality"], hit["source"]) == ("image", str(here / "red.png"))
    assert (hit["text"], hit["box"]) == (None, None)
    assert hit["metadata"] == {"width": 60, "name": "red"}


def test_relevance_is_shown_and_may_be_asked_for(here, shell, encoders):
    encoders[None].relevance = RelevanceCurve(-2.0, 4.0, 0.0, 0.0, 0.5)
    _, out, _ = shell("search", "red", "--html", "sheet.html")
    lines = [line.split() for line in out.splitlines()]
    assert lines[0] == ["rank", "score", "relevance", "image"]
    assert [line[2] for line in lines[1:]] == ["88%", "12%?", "12%?"]
    assert (here / "sheet.html").read_text("utf-8").count('<li class="faded"') == 2
    assert names(shell("search", "red", "--min-relevance", "0.5", "--json")) == ["red"]
    assert hits(shell("search", "red", "--json"))[0]["relevance"] == pytest.approx(0.88, abs=0.01)
    message = shell.fails("search", "red", "+", "blue", "--min-relevance", "0.5")
    assert "min_relevance 0.5: relevance is known for a query of one text" in message


def test_a_model_without_relevance_says_so(here, shell):
    assert "is not calibrated" in shell.fails("search", "red", "--min-relevance", "0.5")


def test_words_that_the_model_does_not_know_are_named(here, shell, encoders):
    encoders[None].unknown_words = lambda text: [w for w in text.split() if w == "qwertz"]
    code, out, err = shell("search", "red", "qwertz", "--json")
    assert (code, json.loads(out)["unknown_words"]) == (0, ["qwertz"])
    assert err == "words the model does not know: qwertz\n"


def test_a_text_finds_texts(here, shell):
    (hit,) = hits(shell("search", "green", "--for", "texts", "-k", "1", "--json"))
    assert hit["text"] == "une chose verte vert"
    code, out, _ = shell("search", "green", "--for", "texts")
    assert (code, out.splitlines()[1].split(maxsplit=2)[2]) == (0, "une chose verte vert")


@pytest.mark.parametrize("words", [("-1:red",), ("-", "red"), ("-1.0e0:red", "-k", "3")])
def test_the_first_term_may_be_negative(here, shell, words):
    code, out, _ = shell("search", *words, "--json")
    assert (code, names((code, out, ""))[-1]) == (0, "red")


def test_a_long_text_is_shortened_in_a_table(here, shell):
    with Collection.open(".visavis") as collection:
        collection.add_text("red " * 1000)
    _, out, _ = shell("search", "red", "--for", "texts", "-k", "1")
    assert len(out.splitlines()[-1]) < 520
    assert out.endswith("…\n")
    found = json.loads(shell("search", "red", "--for", "texts", "-k", "1", "--json")[1])
    assert found["hits"][0]["text"] == "red " * 1000


def test_composed_queries_add_and_subtract_images_and_texts(here, shell):
    assert names(shell("search", "red.png", "--json"))[0] == "red"
    query = ("red.png", "+", "2:blue", "-", "red")
    assert names(shell("search", *query, "-k", "1", "--json")) == ["blue"]
    assert names(shell("search", "-k", "1", *query, "--json")) == ["blue"]
    assert names(shell("search", "-", "red.png", "+", "green", "-k", "1", "--json")) == ["green"]


def test_balance_weights_images_against_texts(here, shell):
    query = ("search", "red.png", "+", "a blue thing", "-k", "1", "--json")
    assert names(shell(*query, "--balance", "0")) == ["red"]
    assert names(shell(*query, "--balance", "1")) == ["blue"]
    _, out, _ = shell(*query, "--balance", "0.25")
    assert [term["weight"] for term in json.loads(out)["query"]["terms"]] == [1.5, 0.5]
    assert "balance 2: from 0" in shell.fails(*query, "--balance", "2")


def test_terms_are_fused_by_the_fusion_named(here, shell):
    query = ("search", "red.png", "+", "blue", "--json")
    scores = {name: hits(shell(*query, "--fusion", name))[0]["score"] for name in FUSIONS.names()}
    assert len(set(scores.values())) == len(scores)
    assert hits(shell(*query))[0]["score"] == scores[DEFAULT_FUSION]
    assert "unknown fusion 'add'" in shell.fails(*query, "--fusion", "add")


def test_the_help_names_every_fusion():
    assert all(name in FUSION_HELP for name in FUSIONS.names())
    assert f"{DEFAULT_FUSION} (the default)" in FUSION_HELP


def test_regions_are_found_framed_and_searchable(here, shell):
    Image.new("RGB", (60, 40), "red").save("two.png")
    with Image.open("two.png") as image:
        image.paste("blue", (30, 0, 60, 20))
        image.save("two.png")
    assert "no regions here" in shell.fails("search", "blue", "--regions")
    assert ", 4 regions (0.0 MB)" in shell("index", "two.png", "--regions")[1]
    query = ("search", "blue", "--regions", "--where", "name=two.png")
    (hit,) = hits(shell(*query, "--json", "--html", "sheet.html"))
    assert hit["box"] == [30, 0, 30, 20]
    place = shell(*query)[1].splitlines()[1].split()[-1]
    assert place == "two.png@30,0,30,20"
    assert names(shell("search", place, "-k", "1", "--json")) == ["blue"]
    page = (here / "sheet.html").read_text("utf-8")
    assert 'class="box" style="left:50.00%;top:0.00%;width:50.00%;height:50.00%"' in page
    assert json.loads(shell("stats", "--json")[1])["regions"] == 4


def test_a_region_of_an_image_is_a_query(here, shell):
    Image.new("RGB", (60, 40), "red").save("two.png")
    with Image.open("two.png") as image:
        image.paste("blue", (40, 0, 60, 40))
        image.save("two.png")
    assert names(shell("search", "two.png@40,0,20,40", "-k", "1", "--json")) == ["blue"]


def test_conditions_filter_hits(here, shell):
    found = names(shell("search", "red", "--where", "name!=red", "--where", "width>=60", "--json"))
    assert set(found) == {"green", "blue"}
    assert names(shell("search", "red", "--where", "width>60", "--json")) == []
    assert shell("search", "red", "--where", "name=x")[1] == "nothing found\n"


def test_a_collection_elsewhere_is_named_by_option_or_environment(
    here, shell, monkeypatch, tmp_path_factory
):
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert "no collection" in shell.fails("search", "red")
    assert len(names(shell("search", "red", "--collection", here / ".visavis", "--json"))) == 3
    monkeypatch.setenv("VISAVIS_COLLECTION", str(here / ".visavis"))
    assert len(names(shell("search", "red", "--json"))) == 3


def test_a_contact_sheet_is_written(here, shell):
    code, out, _ = shell("search", "red.png", "--html", "sheet.html", "--json")
    assert (code, len(json.loads(out)["hits"])) == (0, 3)
    assert (here / "sheet.html").read_text().count("data:image/jpeg") == 4


def test_a_query_may_have_ten_thousand_words(here, shell):
    words = ["red"] * 10_000
    assert names(shell("search", *words, "-k", "1", "--json")) == ["red"]
    assert names(shell("search", " ".join(words), "-k", "1", "--json")) == ["red"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("red", "-k", "0"), "k is 0"),
        (("red", "-k", "-3"), "k is -3"),
        (("",), "empty text"),
        (("+",), "no term follows"),
        (("red", "-", "red"), "cancel"),
        (("missing.jpg",), "no such image: 'missing.jpg'"),
        (("image:notes.txt",), "notes.txt: not an image"),
        (("red.png@900,900,5,5",), "900,900,5,5"),
        (("red", "--where", "colour"), "'key=value'"),
        (("red", "--where", "width=>3"), "'key=value'"),
        (("red", "--where", "naem=x"), "no item has a key 'naem'; did you mean 'name'?"),
        (("red", "--where", "width>=abc"), "the values of 'width' are numbers"),
        (("red", "--collection", "nowhere"), "nowhere"),
        (("red", "--collection", ""), "the collection has an empty name"),
        (("red", "--collection", "garbage"), "garbage"),
        (("red", "--collection", "nosuch://place"), "nosuch"),
        (
            ("red", "--model", "other"),
            ".visavis: made with model 'fake@1', and cannot be used with 'other@2'",
        ),
        (("red", "--html", "no/folder/sheet.html"), "sheet.html: cannot be written"),
    ],
)
def test_a_user_error_is_one_line(here, shell, words, message):
    (here / "notes.txt").write_text("not an image")
    (here / "garbage").mkdir()
    for file in (here / ".visavis").glob("*.sqlite*"):
        (here / "garbage" / file.name).write_bytes(b"garbage" * 999)
    assert list((here / "garbage").iterdir())
    assert message in shell.fails("search", *words)


def test_a_text_query_imports_neither_pillow_nor_rich(here):
    script = """
import sys
import visavis.encoders
from fakes import FakeEncoder
from visavis.cli import main
visavis.encoders.load_encoder = lambda _=None: FakeEncoder()
try: main(["search", "red", "--json"])
except SystemExit as ended: print(ended.code, *sys.modules)
"""
    (here / "script.py").write_text(script)
    path = os.pathsep.join([str(Path(fakes.__file__).parent), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "script.py"],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    code, *modules = done.stdout.splitlines()[-1].split()
    assert code == "0"
    assert {"PIL", "rich", "torch", "visavis.datasets", "visavis.indexing"} & set(modules) == set()


def test_plus_and_minus_survive_a_real_shell(here):
    # No collection there: that the query was understood shows in which complaint comes first.
    line = f'"{sys.executable}" -m visavis search red.png + snow - people --collection nowhere'
    done = subprocess.run(line, shell=True, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "nowhere" in done.stderr


def test_lang_needs_texts(here, shell):
    code, _, err = shell("search", "red", "--lang", "fr")
    assert code == 2
    assert "--lang filters texts; add --for texts" in err
