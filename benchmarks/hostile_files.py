"""Peak memory of indexing files that were made to take much of it.

python benchmarks/hostile_files.py [--threads 2 16]

Each number of threads indexes a fresh set in a process of its own, with the bundled model.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path
from struct import pack

import numpy as np
from PIL import Image

INDEX = """
import json, sys
from pathlib import Path
from visavis.indexing import index
report = index(sys.argv[1], sys.argv[2], threads=int(sys.argv[3]))
status = Path("/proc/self/status").read_text()  # getrusage would count the parent's memory, too
peak = int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e9
print(json.dumps([peak, report.added, len(report.skipped), report.seconds]))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, nargs="+", default=[2, 16])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = make(Path(folder, "files"))
        print(f"{files} files", flush=True)
        for threads in options.threads:
            command = [sys.executable, "-c", INDEX, f"{folder}/files", f"{folder}/{threads}"]
            done = subprocess.run([*command, str(threads)], check=True, capture_output=True)
            peak, added, skipped, seconds = json.loads(done.stdout)
            print(
                f"  {threads:2} threads: {peak:.2f} GB at most, {added} added, {skipped} skipped, "
                f"{seconds:.0f} s"
            )


def make(folder: Path) -> int:
    """Make the files; return how many."""
    folder.mkdir()
    for number in range(2):
        (folder / f"deep{number}.png").write_bytes(deep_png(14_100, number))
        Image.new("RGB", (13_000, 13_000), (number, 90, 9)).save(
            folder / f"progressive{number}.jpg", progressive=True
        )
        Image.new("CMYK", (9_900, 9_900), (number, 9, 9, 9)).save(
            folder / f"inks{number}.jpg", progressive=True, subsampling=0
        )
        Image.new("RGBA", (9_400, 9_400), (number, 9, 9, 9)).save(
            folder / f"lossless{number}.webp", lossless=True, quality=0, method=0
        )
        Image.new("RGB", (8_000, 8_000), (number, 9, 9)).save(
            folder / f"lossy{number}.webp", quality=0, method=0
        )
        Image.new("P", (14_000, 14_000), number).save(folder / f"palette{number}.gif")
        floats = Image.fromarray(np.full((7_000, 7_000), number, np.float32))
        floats.save(folder / f"float{number}.tif", compression="tiff_lzw")
        deep = Image.fromarray(np.full((11_000, 11_000), number, np.uint16))
        deep.save(folder / f"strip{number}.tif", compression="tiff_lzw", strip_size=1 << 30)
        Image.new("RGB", (8_600, 8_600), (9, number, 9)).save(folder / f"wavelets{number}.jp2")
    for number in range(16):
        Image.new("RGB", (9, 9), (number, 9, 200)).save(folder / f"small{number}.png")
        (folder / f"small{number}.png.xmp").write_bytes(b"<r>" + b"<a/>" * 990_000 + b"</r>")
    Image.new("RGB", (10_000, 10_000)).save(folder / "uncompressed.bmp")
    (folder / "small0.txt").write_bytes(b"a dog " * 50_000_000)
    return len(list(folder.iterdir()))


def deep_png(side: int, value: int) -> bytes:
    """Return a PNG of side × side pixels of 16 bits, with transparency."""
    packer, row = zlib.compressobj(1), b"\0" + bytes([value]) * 8 * side
    data = b"".join([*(packer.compress(row) for _ in range(side)), packer.flush()])
    header = pack(">IIBBBBB", side, side, 16, 6, 0, 0, 0)
    chunks = (chunk(b"IHDR", header), chunk(b"IDAT", data), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG."""
    return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))


if __name__ == "__main__":
    main()
