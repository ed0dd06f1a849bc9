"""clip-retrieval and visavis on the same photographs: indexing, and searches by their servers.

python benchmarks/peers/compare_clip_retrieval.py FOLDER [--limit 64] [--rounds 3] [--queries 50]

Both use CLIP ViT-B/32 at 256 pixels with random weights, in single precision. clip-retrieval
indexes by two commands, `inference` and `index`, and ratios are those to the first of them. Queries
are texts, which both encode; the servers run at once, and take turns. All programs do what they do
by default, but for the model, workers as many as processors, no downloads, and batches of 16: by
default clip-retrieval encodes 256 blank images before it begins.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

from environment import BENCHMARKS, FOLDER, python_of, stand_in
from turns import VISAVIS, Spent, comparison, parser, timed

sys.path.append(str(BENCHMARKS))
from serving import ask, phrases

WEIGHTS = """import sys, torch, open_clip
torch.manual_seed(0)
torch.save(open_clip.create_model("ViT-B-32-256").state_dict(), sys.argv[1])"""
MODEL = "open_clip:ViT-B-32-256/"
BATCH = 16
PATIENCE = 300
"""Seconds to wait for a server."""


def main() -> None:
    arguments = parser(__doc__, limit=64)
    arguments.add_argument("--queries", type=int, default=50)
    options = arguments.parse_args()
    python, ours = python_of("clip-retrieval"), str(stand_in() / "model")
    weights = FOLDER / "clip-retrieval-weights.pt"
    if not weights.exists():
        timed([python, "-c", WEIGHTS, str(weights)])
    program, model = str(Path(python).with_name("clip-retrieval")), f"{MODEL}{weights}"
    with comparison(options) as both:
        scratch = str(both.scratch)
        both.indexing(
            "indexing, with the start of the program",
            {
                "clip-retrieval, inference": lambda n: inference(
                    program, model, both.photos, f"{scratch}/theirs{n}"
                ),
                "clip-retrieval, index": lambda n: build(program, f"{scratch}/theirs{n}"),
                "visavis, the same network": both.index("same", ours),
                "visavis, its own model": both.index("own", "bundled"),
            },
        )
        with (
            backend(program, model, f"{scratch}/theirs0") as theirs,
            serve(f"{scratch}/same0", ours) as same,
            serve(f"{scratch}/own0", "bundled") as own,
        ):
            answer(
                {
                    "clip-retrieval": theirs,
                    "visavis, the same network": same,
                    "visavis, its own model": own,
                },
                options.queries,
            )


def inference(program: str, model: str, photos: Path, folder: str) -> Spent:
    """Encode photographs."""
    workers = str(os.cpu_count())
    command = ["inference", "--input_dataset", str(photos), "--output_folder", f"{folder}/vectors"]
    command += ["--clip_model", model, "--enable_text", "False", "--batch_size", str(BATCH)]
    return timed([program, *command, "--num_prepro_workers", workers])


def build(program: str, folder: str) -> Spent:
    """Build an index of the vectors."""
    folders = ["--embeddings_folder", f"{folder}/vectors", "--index_folder", f"{folder}/index"]
    memory = ["--max_index_memory_usage", "500M", "--current_memory_available", "4G"]
    return timed([program, "index", *folders, *memory])


@contextmanager
def backend(program: str, model: str, folder: str) -> Iterator[Callable[[str], object]]:
    """Run clip-retrieval's server; give a search."""
    port = free_port()
    paths = Path(folder, "paths.json")
    paths.write_text(json.dumps({"photos": f"{folder}/index"}), "utf-8")
    command = [program, "back", "--indices_paths", str(paths), "--port", str(port)]
    command += ["--clip_model", model, "--use_jit", "False", "--enable_mclip_option", "False"]
    command += ["--provide_aesthetic_embeddings", "False"]
    with running(command) as process:
        tell("clip-retrieval", process, port, "/indices-list")
        connection = HTTPConnection("127.0.0.1", port)

        def search(text: str) -> object:
            query = {"text": text, "modality": "image", "num_images": 10, "num_result_ids": 10}
            query |= {"indice_name": "photos", "use_mclip": False, "deduplicate": False}
            query |= {"use_safety_model": False, "use_violence_detector": False}
            headers = {"Content-Type": "application/json"}
            connection.request("POST", "/knn-service", json.dumps(query), headers)
            return read(connection)

        yield search


@contextmanager
def serve(collection: str, model: str) -> Iterator[Callable[[str], object]]:
    """Run the server of visavis; give a search."""
    port = free_port()
    command = [*VISAVIS, "serve", "--port", str(port), "--collection", collection]
    with running([*command, "--model", model]) as process:
        tell(f"visavis, {Path(collection).name}", process, port, "/health/ready")
        connection = HTTPConnection("127.0.0.1", port)

        yield lambda text: ask(connection, text)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def running(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, **quiet)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def tell(name: str, process: subprocess.Popen[bytes], port: int, path: str) -> None:
    """Wait until a server answers; print how long that took, and its memory."""
    start = time.perf_counter()
    while time.perf_counter() - start < PATIENCE:
        try:
            connection = HTTPConnection("127.0.0.1", port)
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                break
        except OSError:
            time.sleep(0.02)
    status = Path(f"/proc/{process.pid}/status").read_text("ascii")
    lines = dict(line.split(":", 1) for line in status.splitlines())
    memory = int(lines["VmHWM"].split()[0]) / 1000
    print(
        f"  {name} answers after {time.perf_counter() - start:.2f} s, {memory:.0f} MB", flush=True
    )


def read(connection: HTTPConnection) -> object:
    response = connection.getresponse()
    content = response.read()
    if response.status != 200:
        sys.exit(content.decode())
    return json.loads(content)


def answer(ways: dict[str, Callable[[str], object]], count: int) -> None:
    """Search by each server in turns, for texts that each sees once."""
    texts = phrases()
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(count + 5):
        for name, search in ways.items():
            text, start = next(texts), time.perf_counter()
            search(text)
            if number >= 5:
                times[name].append(1000 * (time.perf_counter() - start))
    base = median(times["clip-retrieval"])
    print(f"a search by a server, medians of {count}")
    for name, spent in times.items():
        print(f"  {name:<30} {median(spent):7.1f} ms {base / median(spent):5.2f} x", flush=True)


if __name__ == "__main__":
    main()
