"""rclip and visavis on the same photographs: indexing, and a search by a new process.

python benchmarks/peers/compare_rclip.py FOLDER [--limit 200] [--rounds 3]

Both use the same networks, of the shape of CLIP ViT-B/32 at 256 pixels and with random weights;
visavis also uses them in eight bits, and the model that ships with it. They take turns, and ratios
are those of medians. Indexing is what a command takes longer than the same command once more, which
finds nothing to do: rclip always searches afterwards. It looks at its folder before each search,
which is measured with and without.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from environment import in_eight_bits, python_of, stand_in
from turns import QUERY, Spent, beyond, compare, index, linked, search, timed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="with photographs")
    parser.add_argument("--limit", type=int, default=200, help="number of photographs")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    python, networks = python_of("rclip"), stand_in()
    model = str(networks / "model")
    with tempfile.TemporaryDirectory() as scratch:
        photos = linked(options.folder, Path(scratch, "photos"), options.limit)
        small = str(in_eight_bits(photos))
        print(f"{options.limit} photographs, {os.cpu_count()} cores, medians of {options.rounds}")
        compare(
            "indexing",
            {
                "rclip": lambda n: beyond(
                    lambda: rclip(python, networks, scratch, photos, f"index{n}")
                ),
                "visavis, the same network": lambda n: beyond(
                    lambda: index(scratch, photos, f"same{n}", model)
                ),
                "visavis, in eight bits": lambda n: beyond(
                    lambda: index(scratch, photos, f"bits{n}", small)
                ),
                "visavis, its own model": lambda n: beyond(
                    lambda: index(scratch, photos, f"own{n}", "bundled")
                ),
            },
            options.rounds,
            options.limit,
        )
        known = ["--no-indexing"]
        compare(
            "a search by a new process",
            {
                "rclip": lambda _: rclip(python, networks, scratch, photos, "index0", *known),
                "rclip, looking at its folder": lambda _: rclip(
                    python, networks, scratch, photos, "index0"
                ),
                "visavis, the same network": lambda _: search(scratch, "same0", model),
                "visavis, in eight bits": lambda _: search(scratch, "bits0", small),
                "visavis, its own model": lambda _: search(scratch, "own0", "bundled"),
            },
            options.rounds + 2,
        )


def rclip(
    python: str, networks: Path, scratch: str, photos: Path, name: str, *options: str
) -> Spent:
    """Run rclip in the folder, with an index of this name; return seconds, and of processor."""
    data = Path(scratch, name)
    data.mkdir(exist_ok=True)
    for part in ("ViT-B-32-256-datacomp_s34b_b86k", "tokenizer"):
        if not (data / part).exists():
            (data / part).symlink_to(networks / "rclip" / part)
    environment = {"RCLIP_DATADIR": str(data), "HF_HUB_OFFLINE": "1"}
    command = [python, "-m", "rclip", *options, "--top", "10", QUERY]
    return timed(command, photos, environment)


if __name__ == "__main__":
    main()
