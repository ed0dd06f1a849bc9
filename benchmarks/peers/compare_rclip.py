"""rclip and visavis on the same photographs: indexing, and a search by a new process.

python benchmarks/peers/compare_rclip.py FOLDER [--limit 200] [--rounds 3]

Both use the same networks, of the shape of CLIP ViT-B/32 at 256 pixels and with random weights;
visavis also uses them in eight bits, and the model that ships with it. They take turns, and ratios
are those of medians. Indexing is what a command takes longer than the same command once more, which
finds nothing to do: rclip always searches afterwards. It looks at its folder before each search,
which is measured with and without.
"""

from __future__ import annotations

from pathlib import Path

from environment import in_eight_bits, python_of, stand_in
from turns import QUERY, Spent, beyond, comparison, parser, timed


def main() -> None:
    options = parser(__doc__, limit=200).parse_args()
    networks = stand_in()
    model = str(networks / "model")
    with comparison(options) as both:
        small = str(in_eight_bits(both.photos))

        def rclip(name: str, *more: str) -> Spent:
            return run(both.photos, data_folder(both.scratch / name, networks), *more)

        both.indexing(
            "indexing",
            {
                "rclip": beyond(lambda number: rclip(f"index{number}")),
                "visavis, the same network": beyond(both.index("same", model)),
                "visavis, in eight bits": beyond(both.index("bits", small)),
                "visavis, its own model": beyond(both.index("own", "bundled")),
            },
        )
        both.searching(
            {
                "rclip": lambda _: rclip("index0", "--no-indexing"),
                "rclip, looking at its folder": lambda _: rclip("index0"),
                "visavis, the same network": both.search("same", model),
                "visavis, in eight bits": both.search("bits", small),
                "visavis, its own model": both.search("own", "bundled"),
            },
            more_rounds=2,
        )


def data_folder(folder: Path, networks: Path) -> Path:
    """Make a data folder of rclip, unless it is there, with links to its networks."""
    folder.mkdir(exist_ok=True)
    for part in ("ViT-B-32-256-datacomp_s34b_b86k", "tokenizer"):
        if not (folder / part).exists():
            (folder / part).symlink_to(networks / "rclip" / part)
    return folder


def run(photos: Path, data: Path, *options: str) -> Spent:
    """Run rclip in the folder; it indexes what is new and searches."""
    environment = {"RCLIP_DATADIR": str(data), "HF_HUB_OFFLINE": "1"}
    command = [python_of("rclip"), "-m", "rclip", *options, "--top", "10", QUERY]
    return timed(command, photos, environment)


if __name__ == "__main__":
    main()
