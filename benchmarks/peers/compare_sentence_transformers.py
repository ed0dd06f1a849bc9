"""sentence-transformers and visavis on the same photographs: indexing, and a search.

python benchmarks/peers/compare_sentence_transformers.py FOLDER [--limit 64] [--rounds 3]

Both use CLIP ViT-B/32 at 256 pixels with random weights, in single precision, each through its own
runtime: torch and onnxruntime. sentence-transformers is a library, so the program around it is that
of its documentation, in `sentence_transformers_run.py`; it keeps vectors and names in two files.
They take turns, and ratios are those of medians. Both times include the start of the program.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from environment import FOLDER, HERE, python_of, stand_in
from turns import QUERY, Spent, compare, index, linked, search, timed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="with photographs")
    parser.add_argument("--limit", type=int, default=64, help="number of photographs")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    run = [python_of("sentence-transformers"), str(HERE / "sentence_transformers_run.py")]
    theirs, ours = FOLDER / "sentence-transformers-model", str(stand_in() / "model")
    if not theirs.exists():
        peer([*run, "write", str(theirs)])
    with tempfile.TemporaryDirectory() as scratch:
        photos = linked(options.folder, Path(scratch, "photos"), options.limit)
        print(f"{options.limit} photographs, {os.cpu_count()} cores, medians of {options.rounds}")
        compare(
            "indexing, with the start of the program",
            {
                "sentence-transformers": lambda n: peer(
                    [*run, "index", str(theirs), str(photos), f"{scratch}/theirs{n}"]
                ),
                "visavis, the same network": lambda n: index(scratch, photos, f"same{n}", ours),
                "visavis, its own model": lambda n: index(scratch, photos, f"own{n}", "bundled"),
            },
            options.rounds,
            options.limit,
        )
        compare(
            "a search by a new process",
            {
                "sentence-transformers": lambda _: peer(
                    [*run, "search", str(theirs), f"{scratch}/theirs0", QUERY]
                ),
                "visavis, the same network": lambda _: search(scratch, "same0", ours),
                "visavis, its own model": lambda _: search(scratch, "own0", "bundled"),
            },
            options.rounds,
        )


def peer(command: list[str]) -> Spent:
    return timed(command, environment={"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"})


if __name__ == "__main__":
    main()
