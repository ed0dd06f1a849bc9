from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from visavis.datasets import load_dataset
from visavis.errors import DatasetError


@pytest.fixture
def images(place):
    for name in ("a.jpg", "sub/b.jpg"):
        place(name, b"")


def reasons(dataset):
    return [(p.where.rpartition("/")[2], p.reason) for p in dataset.skipped]


def texts(dataset):
    return [caption.text for caption in dataset.captions]


@pytest.mark.usefixtures("images")
class TestCsv:
    def test_all_columns(self, place):
        path = place(
            "shop.csv",
            "image,text,lang,split\na.jpg,a dress,en,train\n"
            "a.jpg,une robe,FR,train\n./sub/b.jpg,a hat,,\n",
        )
        dataset = load_dataset(f"csv:{path}")
        assert dataset.name == "shop"
        assert dataset.images == {
            "a.jpg": path.parent / "a.jpg",
            "sub/b.jpg": path.parent / "sub/b.jpg",
        }
        assert [(c.key, c.text, c.lang, c.machine) for c in dataset.captions] == [
            ("a.jpg#0", "a dress", "en", False),
            ("a.jpg#1", "une robe", "fr", False),
            ("sub/b.jpg#0", "a hat", "en", False),
        ]
        assert dataset.splits == {"a.jpg": "train", "sub/b.jpg": "none"}
        assert dataset.skipped == ()

    def test_columns_may_be_in_any_order_among_others(self, place):
        path = place("t.csv", "price, Text ,IMAGE\n3,a hat,a.jpg\n")
        assert texts(load_dataset(str(path))) == ["a hat"]

    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    @pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_any_quotes_delimiters_and_line_ends(self, place, delimiter, quoting, end):
        text = 'a "red", long; dress\n\nwith\tpockets\r\nand a belt'
        file = io.StringIO(newline="")
        writer = csv.writer(file, delimiter=delimiter, quoting=quoting, lineterminator=end)
        writer.writerows([("image", "text"), ("a.jpg", text), ("a.jpg", "a hat")])
        path = place("t.csv", file.getvalue())
        dataset = load_dataset(str(path))
        assert texts(dataset) == [text, "a hat"]
        assert dataset.skipped == ()

    def test_a_byte_order_mark_is_ignored(self, place):
        path = place("t.csv", "image,text\na.jpg,été\n".encode("utf-8-sig"))
        assert texts(load_dataset(str(path))) == ["été"]

    def test_invalid_rows_are_skipped_with_a_reason(self, place):
        path = place(
            "t.csv",
            b"image,text,split\n"
            b"z.jpg,not there,\n"  # 2
            b"a.jpg, ,\n"  # 3: an image without a caption
            b",no image,\n"  # 4
            b"a.jpg,too few\n"  # 5
            b"a.jpg,too,many,cells\n"  # 6
            b"\n"  # 7: passed over
            b"a.jpg,d\xe9j\xe0 vu,\n"  # 8
            b'a.jpg,"two\nlines",train\n'  # 9, 10
            b"a.jpg,another split,test\n"  # 11
            b"sub,a folder,\n"  # 12
            b'a.jpg,"odd"quote,\n'  # 13
            b"a.jpg,no split,\n",  # 14
        )
        dataset = load_dataset(str(path))
        assert texts(dataset) == ["two\nlines", "no split"]
        assert dataset.splits == {"a.jpg": "train"}
        assert reasons(dataset) == [
            ("t.csv:2", f"no image {path.parent / 'z.jpg'}"),
            ("t.csv:4", "no image"),
            ("t.csv:5", "2 columns where the header has 3"),
            ("t.csv:6", "4 columns where the header has 3"),
            ("t.csv:8", "text is not UTF-8"),
            ("t.csv:11", "split 'test', but the image is already in 'train'"),
            ("t.csv:12", f"no image {path.parent / 'sub'}"),
            ("t.csv:13", "',' expected after '\"'"),
        ]

    def test_an_unclosed_quote_is_skipped_with_a_reason(self, place):
        path = place("t.csv", 'image,text\na.jpg,a hat\na.jpg,"a dress\na.jpg,lost\n')
        dataset = load_dataset(str(path))
        assert texts(dataset) == ["a hat"]
        assert reasons(dataset) == [("t.csv:3", "unexpected end of data")]

    def test_an_invalid_file_name_is_skipped(self, place):
        path = place("t.csv", f"image,text\n{'x' * 5000},long\na\0b,zero\na.jpg,a hat\n")
        dataset = load_dataset(str(path))
        assert texts(dataset) == ["a hat"]
        assert len(dataset.skipped) == 2

    @pytest.mark.parametrize("content", ["", "\n", "a.jpg,a hat\n", "image,lang\n", '"image'])
    def test_a_header_is_required(self, place, content):
        path = place("t.csv", content)
        with pytest.raises(
            DatasetError, match="image and text at least, if --columns does not; it reads"
        ) as caught:
            load_dataset(str(path))
        assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("images")
class TestJsonLines:
    def test_all_fields(self, place):
        rows = [
            {"image": "a.jpg", "text": "a dress", "split": "dev", "price": 3},
            {"image": "a.jpg", "text": "une robe", "lang": "fr", "split": None},
        ]
        path = place("t.jsonl", "\n\n".join(map(json.dumps, rows)))
        dataset = load_dataset(f"jsonl:{path}")
        assert [(c.key, c.text, c.lang) for c in dataset.captions] == [
            ("a.jpg#0", "a dress", "en"),
            ("a.jpg#1", "une robe", "fr"),
        ]
        assert dataset.splits == {"a.jpg": "dev"}
        assert dataset.skipped == ()

    def test_invalid_lines_are_skipped_with_a_reason(self, place):
        lines = [
            b"{broken",
            b'["a.jpg", "a hat"]',
            b'{"text": "no image"}',
            b'{"image": "a.jpg"}',
            b'{"image": "a.jpg", "text": ["a", 2]}',
            b'{"image": "a.jpg", "text": "\\ud800"}',
            b'{"image": "a.jpg", "text": "\xff"}',
            b"[" * 100_000,
            b'{"image": "a.jpg", "text": "a hat"}',
        ]
        path = place("t.jsonl", b"\n".join(lines))
        dataset = load_dataset(str(path))
        assert texts(dataset) == ["a hat"]
        numbers = sorted(int(p.where.rpartition(":")[2]) for p in dataset.skipped)
        assert numbers == [1, 2, 3, 4, 5, 6, 7, 8]
        assert ("t.jsonl:5", "text is not a text: 2") in reasons(dataset)
        assert ("t.jsonl:6", "text is not UTF-8") in reasons(dataset)


CELLS = st.text(st.characters(codec="utf-8"), max_size=20)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None
)
@given(captions=st.lists(CELLS, min_size=1, max_size=5))
def test_csv_and_json_lines_agree(place, captions):
    place("a.jpg", b"")
    file = io.StringIO(newline="")
    csv.writer(file).writerows([("image", "text"), *(("a.jpg", text) for text in captions)])
    lines = [json.dumps({"image": "a.jpg", "text": text}) for text in captions]
    expected = [text.strip() for text in captions if text.strip()]
    for path in (place("t.csv", file.getvalue()), place("t.jsonl", "\n".join(lines))):
        dataset = load_dataset(str(path))
        assert texts(dataset) == expected
        assert list(dataset.images) == ["a.jpg"]
        assert dataset.skipped == ()


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_missing_file_is_refused(tmp_path, kind):
    with pytest.raises(DatasetError, match="no such file"):
        load_dataset(str(tmp_path / f"missing.{kind}"))
