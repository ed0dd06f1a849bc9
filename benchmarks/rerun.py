"""Processor time of everyday commands on a library, against another commit.

git worktree add ../before COMMIT
python benchmarks/rerun.py --against ../before [--items 10000] [--rounds 5]

Each tree makes a collection of small files with random vectors, as its own `index` would have
left it. Then they take turns: `index` where nothing has changed, a cold `search`, and one after a
change, when the matrix is made anew.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import numpy as np
from PIL import Image

HERE = Path(__file__).resolve().parents[1]
FILL = """
import sys
import numpy as np
from pathlib import Path
from visavis.collection import image_id
from visavis.encoders import load_encoder
from visavis.indexing.reading import stamp_of
from visavis.stores import Record, SQLiteStore
from visavis.types import Item
encoder, chance = load_encoder(), np.random.default_rng(0)
store = SQLiteStore.create(sys.argv[2], encoder.id, encoder.dim)
records = []
for path in sorted(map(str, Path(sys.argv[1]).rglob("*.png"))):
    vector = chance.standard_normal(encoder.dim).astype("f4")
    item = Item(image_id(Path(path).read_bytes()), "image", path, None, {"width": 2, "height": 2})
    records.append(Record(item, vector / np.linalg.norm(vector), stamp_of(path)))
store.upsert(records)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--against", type=Path, required=True, help="tree of another commit")
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        photos = draw(Path(folder, "photos"), options.items)
        trees = {"this": HERE, "other": options.against.resolve()}
        for name, tree in trees.items():
            run(tree, "-c", FILL, str(photos), f"{folder}/{name}")
        spent: dict[tuple[str, str], list[float]] = {}
        for _ in range(options.rounds + 1):
            for name, tree in trees.items():
                for what, seconds in measure(tree, photos, f"{folder}/{name}"):
                    spent.setdefault((what, name), []).append(seconds)
    print(f"{options.items:,} images; seconds of the processor, medians of {options.rounds} rounds")
    for what in dict.fromkeys(what for what, _ in spent):
        this, other = (median(spent[what, name][1:]) for name in trees)
        print(f"  {what:<24} {this:.3f} {other:.3f}  ratio {this / other:.3f}")


def draw(folder: Path, count: int) -> Path:
    """Make small images, each of another colour."""
    folder.mkdir()
    for number in range(count):
        pixels = np.full((2, 2, 3), [number % 256, number // 256 % 256, number // 65536], np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:07}.png")
    return folder


def measure(tree: Path, photos: Path, collection: str) -> list[tuple[str, float]]:
    """Return what was done and the seconds that it took."""
    search = ["-m", "visavis", "search", "a dog", "--json", "--collection", collection]
    index = ["-m", "visavis", "index", str(photos), "--collection", collection]
    found = [("index, nothing changed", run(tree, *index)), ("search", run(tree, *search))]
    shutil.rmtree(Path(collection, "cache"))
    return [*found, ("search after a change", run(tree, *search))]


def run(tree: Path, *command: str) -> float:
    """Return the seconds of the processor that a command took with the sources of a tree."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "PYTHONPATH": str(tree / "src")}
    subprocess.run(
        [sys.executable, *command], check=True, env=environment, stdout=subprocess.DEVNULL
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
