"""A small sample of every format, with unusable rows where the format can have them.

Each function is given `place`, writes its files and returns what a user would type.
"""

from __future__ import annotations

import io
import json
import tarfile

import pytest

from visavis.datasets.addresses import kept_file
from visavis.datasets.shapes import draw_shapes


def write_tar(path, members):
    with tarfile.open(path, "w") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))


def flickr8k(place):
    for name in ("a.jpg", "b.jpg"):
        place(f"f/images/{name}", b"")
    place("f/Flickr8k.token.txt", "a.jpg#0\ta dog\na.jpg#1\tbad\xff\nz.jpg#0\ta cat\n")
    path = place("f/Flickr8k.fr.token.txt", "a.jpg#0\tun chien\n")
    return f"flickr8k:{path.parent}"


def table(place):
    place("t/a.jpg", b"")
    return str(place("t/t.csv", "image,text,lang\na.jpg,a dog,en\na.jpg,un chien,fr\nz,z,z\n"))


def json_lines(place):
    place("j/a.jpg", b"")
    row = '{"image": "a.jpg", "text": "%s", "lang": "%s"}\n'
    return str(place("j/j.jsonl", row % ("a dog", "en") + row % ("un chien", "fr") + "{"))


def folder(place):
    place("g/a.jpg", b"")
    place("g/a.fr.txt", "un chien")
    place("g/a.txt", "a dog")
    return str(place("g/lost.txt", "").parent)


def shapes(place):
    path = place("s", "")
    path.unlink()
    draw_shapes(path, count=20)
    return f"shapes:{path}"


def tab_separated(place):
    place("t/a.jpg", b"")
    return str(
        place("t/t.tsv", "filepath\ttitle\tlanguage\na.jpg\ta dog\ten\na.jpg\tun chien\tfr\n")
    )


def json_list(place):
    place("j/a.jpg", b"")
    row = {"file_name": "a.jpg", "caption": "a dog"}
    return str(place("j/j.json", json.dumps([row, {**row, "language": "fr"}, 3, {}])))


def parquet(place):
    import pyarrow as pa
    from pyarrow.parquet import write_table

    place("p/a.jpg", b"")
    path = place("p/p.parquet", "")
    rows = {"image_path": ["a.jpg"] * 2, "caption": ["a dog", "un chien"], "lang": ["en", "fr"]}
    write_table(pa.table(rows), path)
    return str(path)


def webdataset(place):
    path = place("w/000.tar", "")
    sample = {"caption": "un chien", "lang": "fr"}
    write_tar(
        path,
        {"a.jpg": b"a", "a.txt": b"a dog\n", "b.jpg": b"b", "b.json": json.dumps(sample).encode()},
    )
    return str(path)


def classes(place):
    place("c/guide_dog/a.jpg", b"")
    place("c/owl/b.jpg", b"")
    names = place("c/classes.tsv", "owl\towl\thibou\nbad\n")
    return f"classes:{names.parent}"


def addresses(place):
    kept = kept_file("https://shop.example/dog 1.jpg")
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"")
    rows = [("https://shop.example/dog 1.jpg", ["a dog", "two dogs"], "en")]
    rows += [("https://shop.example/dog 1.jpg", "un chien", "fr"), ("http://gone.example", "x", "")]
    keys = ("image_url", "captions", "lang")
    lines = [json.dumps(dict(zip(keys, row, strict=True))) + "\n" for row in rows]
    return str(place("u/shop.jsonl", "".join(lines)))


def xtd10(place):
    place("x/val2014/a.jpg", b"")
    place("x/val2014/b.jpg", b"")
    place("x/XTD10/test_image_names.txt", "a.jpg\nb.jpg\nz.jpg\n")
    place("x/MIC/test_1kcaptions_en.txt", "a dog\na cat\na bird\n")
    french = place("x/MIC/test_1kcaptions_fr.txt", "un chien .\nCould not translate\nun oiseau")
    return str(french.parents[1])


def crossmodal3600(place):
    place("m/images/a.jpg", b"")
    langs = {"en": {"caption": ["a dog", "two dogs"]}, "fr": {"caption": ["un chien"]}}
    row = {"image/key": "a", "image/locale": "fr", **langs}
    rows = (json.dumps(each, ensure_ascii=False) for each in (row, {**row, "image/key": "z"}))
    return str(place("m/captions.jsonl", "\n".join([*rows, "{"])).parent)


def hugging_face(place):
    pytest.importorskip("datasets.arrow_dataset")
    from datasets import Dataset, Image

    picture = place("h/a.png").read_bytes()
    texts = {"caption": [["a dog", "two dogs"], ["un chien"], []], "lang": ["en", "fr", "en"]}
    rows = Dataset.from_dict({"picture": [{"bytes": picture, "path": "a.png"}] * 3, **texts})
    rows.cast_column("picture", Image()).save_to_disk(place("h/saved/x", b"").parent)
    return f"hf:{place('h/saved/x', b'').parent}"


BILINGUAL = [flickr8k, table, tab_separated, json_lines, json_list, parquet, folder, shapes]
BILINGUAL += [webdataset, classes, addresses, xtd10, crossmodal3600, hugging_face]


def flickr30k(place):
    place("f/flickr30k-images/a.jpg", b"")
    return str(place("f/results_20130124.token", "a.jpg#0\ta dog\nz.jpg#0\ta cat\n").parent)


def flickr30k_table(place):
    place("f/flickr30k_images/a.jpg", b"")
    rows = "image_name| comment_number| comment\na.jpg| 0| A dog .\nz.jpg| 0| A cat .\n"
    return str(place("f/results.csv", rows).parent)


def flickr8k_of_kaggle(place):
    place("f/Images/a.jpg", b"")
    return str(place("f/captions.txt", "image,caption\na.jpg,a dog\nz.jpg,a cat\n").parent)


def parquet_of_the_hub(place):
    import pyarrow as pa
    from pyarrow.parquet import write_table

    images = [{"bytes": b"an image", "path": name} for name in ("a.png", None)]
    path = place("h/h.parquet", "")
    write_table(pa.table({"image": images, "caption": ["a dog", ""]}), path)
    return str(path)


def karpathy(place):
    place("k/images/a.jpg", b"")
    sentences = [{"raw": "a dog", "tokens": ["a", "dog"]}]
    rows = [{"filename": name, "split": "val", "sentences": sentences} for name in ("a.jpg", "z")]
    return str(
        place("k/dataset_flickr8k.json", json.dumps({"images": rows, "dataset": "flickr8k"}))
    )


def coco(place):
    place("o/val2017/a.jpg", b"")
    images = [{"id": 3, "file_name": "a.jpg"}, {"id": 4, "file_name": "z.jpg"}]
    annotations = [{"id": n, "image_id": n, "caption": "a dog"} for n in (3, 4)]
    content = json.dumps({"images": images, "annotations": annotations})
    return str(place("o/annotations/captions_val2017.json", content))


ALL = [*BILINGUAL, flickr30k, flickr30k_table, karpathy, coco]
ALL += [flickr8k_of_kaggle, parquet_of_the_hub]
