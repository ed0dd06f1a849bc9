"""Environments of other programs: made once, from pinned requirements beside this file."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).parent
BENCHMARKS = HERE.parent
FOLDER = HERE.parents[1] / "build" / "peers"
"""Where environments, networks and indexes are kept; git ignores it."""


def python_of(name: str) -> str:
    """Return the Python of the environment with the packages in `requirements/NAME.txt`."""
    folder = FOLDER / name
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        venv.create(folder, with_pip=True, clear=True)
        packages = str(HERE / "requirements" / f"{name}.txt")
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", packages], check=True)
        (folder / "complete").touch()
    return str(python)


def stand_in() -> Path:
    """Return the folder of the networks that benchmarks/peers/stand_in.py writes."""
    folder = FOLDER / "stand-in"
    if not (folder / "model" / "model.json").exists():
        command = [sys.executable, str(HERE / "stand_in.py"), str(folder)]
        subprocess.run(command, check=True)
    return folder


def in_eight_bits(photos: Path) -> Path:
    """Return the folder of that model in eight bits, made by `visavis models quantize`."""
    folder = stand_in() / "int8"
    if not (folder / "model.json").exists():
        texts = stand_in() / "texts.txt"
        texts.write_text("a dog on the beach\ntwo men at a table\n", "utf-8")
        command = [sys.executable, "-m", "visavis", "models", "quantize", str(stand_in() / "model")]
        command += ["--images", str(photos), "--texts", str(texts), "-n", "4", "--least", "0"]
        subprocess.run([*command, "--out", str(folder)], check=True)
    return folder
