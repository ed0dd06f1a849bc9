"""Cold start: `visavis search` against importing numpy and onnxruntime alone.

python benchmarks/cold_start.py COLLECTION
"""

import argparse
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

QUERY = "a dog on the beach"
FLOOR = [sys.executable, "-c", "import numpy, onnxruntime"]
VISAVIS = shutil.which("visavis", path=str(Path(sys.executable).parent)) or "visavis"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("collection", help="folder of a collection")
    parser.add_argument("-n", type=int, default=7, help="runs of each (default: 7)")
    options = parser.parse_args()
    search = [VISAVIS, "search", QUERY, "--json", "--collection", options.collection]
    # The first run of each fills the file cache; then they alternate, so that other load on the
    # machine affects both alike.
    seconds(FLOOR)
    seconds(search)
    pairs = [(seconds(FLOOR), seconds(search)) for _ in range(options.n)]
    floor, cold = (median(times) for times in zip(*pairs, strict=True))
    print(f"medians of {options.n} interleaved runs, Python {sys.version.split()[0]}")
    for name, value in (("import numpy, onnxruntime", floor), (f"visavis search {QUERY!r}", cold)):
        print(f"  {name:<36} {value:.3f} s")
    print(f"  {'ratio':<36} {cold / floor:.2f}")


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    if subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode:
        sys.exit(f"failed: {shlex.join(command)}")
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
