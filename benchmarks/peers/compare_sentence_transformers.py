"""sentence-transformers and visavis on the same photographs: indexing, and a search.

python benchmarks/peers/compare_sentence_transformers.py FOLDER [--limit 64] [--rounds 3]

Both use CLIP ViT-B/32 at 256 pixels with random weights, in single precision, each through its own
runtime: torch and onnxruntime. sentence-transformers is a library, so the program around it is that
of its documentation, in `sentence_transformers_run.py`; it keeps vectors and names in two files.
They take turns, and ratios are those of medians. Both times include the start of the program.
"""

from __future__ import annotations

from environment import FOLDER, HERE, python_of, stand_in
from turns import QUERY, Spent, comparison, parser, timed


def main() -> None:
    options = parser(__doc__, limit=64).parse_args()
    run = [python_of("sentence-transformers"), str(HERE / "sentence_transformers_run.py")]
    theirs, ours = FOLDER / "sentence-transformers-model", str(stand_in() / "model")
    if not theirs.exists():
        peer([*run, "write", str(theirs)])
    with comparison(options) as both:
        index = [*run, "index", str(theirs), str(both.photos)]
        search = [*run, "search", str(theirs), str(both.scratch / "theirs0"), QUERY]
        both.indexing(
            "indexing, with the start of the program",
            {
                "sentence-transformers": lambda number: peer(
                    [*index, str(both.scratch / f"theirs{number}")]
                ),
                "visavis, the same network": both.index("same", ours),
                "visavis, its own model": both.index("own", "bundled"),
            },
        )
        both.searching(
            {
                "sentence-transformers": lambda _: peer(search),
                "visavis, the same network": both.search("same", ours),
                "visavis, its own model": both.search("own", "bundled"),
            },
        )


def peer(command: list[str]) -> Spent:
    return timed(command, environment={"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"})


if __name__ == "__main__":
    main()
