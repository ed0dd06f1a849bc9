"""The encoder in Kotlin has Python's tokens and pixels; make phone-check gets the compiler."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from visavis.encoders.resolve import BUNDLED

ROOT = Path(__file__).parents[2]
ANDROID = ROOT / "examples/android"
LIBRARIES = ANDROID / "node_modules/kotlin-compiler/lib"
JSON = Path("/usr/share/java/com.android.json.jar")
SOURCES = ("visavis/Tokenizer.kt", "visavis/Pixels.kt", "test/Parity.kt")


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("java"), reason="needs Java")
@pytest.mark.skipif(not LIBRARIES.exists(), reason="needs the compiler: make phone-check")
@pytest.mark.skipif(not JSON.exists(), reason="needs apt install libandroid-json-java")
def test_tokens_and_pixels_are_those_of_python(tmp_path):
    fixtures, classes = tmp_path / "fixtures.json", tmp_path / "classes"
    write = ROOT / "packages/visavis/test/fixtures.py"
    subprocess.run([sys.executable, write, fixtures], check=True)
    needed = f"{LIBRARIES}/kotlin-stdlib.jar:{JSON}"
    compiler = [
        "java",
        "-XX:TieredStopAtLevel=1",
        "-cp",
        f"{LIBRARIES}/*",
        "org.jetbrains.kotlin.cli.jvm.K2JVMCompiler",
    ]
    options = ["-no-stdlib", "-no-reflect", "-cp", needed, "-d", classes]
    subprocess.run([*compiler, *options, *SOURCES], cwd=ANDROID, check=True)
    compare = ["java", "-cp", f"{classes}:{needed}", "ParityKt", fixtures]
    done = subprocess.run(
        [*compare, BUNDLED / "tokenizer.json"], check=False, capture_output=True, encoding="utf-8"
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.strip().endswith(" 0 differ")
