"""The wheel and the sdist: built, checked, installed in an empty environment from files alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import venv
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).parent.parent
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (ROOT / "pyproject.toml").exists(), reason="not a clone"),
]


def run(*command, **options):
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The wheel, made from the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)
    return folder


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory):
    """The scripts of an empty environment with the wheel and what it needs, from files alone."""
    folder = tmp_path_factory.mktemp("installed")
    (wheel,) = built.glob("*.whl")
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    download = subprocess.run(
        [*pip, "download", "--only-binary", ":all:", "--dest", str(folder / "wheels"), str(wheel)],
        capture_output=True,
        text=True,
        check=False,
    )
    if "Could not find a version" in download.stderr:
        pytest.skip("no package index: " + download.stderr.splitlines()[-1])
    assert download.returncode == 0, download.stderr
    venv.create(folder / "venv", with_pip=True)
    scripts = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    wheels = ("--no-index", "--find-links", folder / "wheels")
    run(scripts / "python", *pip[1:], "install", *wheels, "visavis")
    return scripts


def clean(folder):
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    return {**kept, "HOME": str(folder), "VISAVIS_LANG": "en"}


def test_twine_finds_nothing_wrong(built):
    told = run(sys.executable, "-m", "twine", "--no-color", "check", "--strict", *built.iterdir())
    assert told.count("PASSED") == 2


def test_the_links_of_the_description_work_outside_of_the_repository(built):
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as files:
        (name,) = (name for name in files.namelist() if name.endswith("/METADATA"))
        description = message_from_bytes(files.read(name)).get_payload()
    links = re.findall(r"\]\((.*?)\)", description)
    assert len(links) > 20
    assert [link for link in links if not link.startswith("https://")] == []


def test_the_sdist_has_the_tests_and_no_build_products(built):
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as files:
        names = {name.partition("/")[2] for name in files.getnames()}
    assert {"src/visavis/bundled/image.onnx", "tests/test_package.py", "LICENSE"} <= names
    assert not [name for name in names if "node_modules" in name or "__pycache__" in name]


def test_it_indexes_and_searches_in_an_empty_environment(installed, tmp_path):
    Image.new("RGB", (320, 240), "navy").save(tmp_path / "sea.png")
    options = {"cwd": tmp_path, "env": clean(tmp_path)}
    assert run(installed / "visavis", "index", ".", **options).startswith("1 added")
    assert "sea.png" in run(installed / "visavis", "search", "the sea", **options)
    assert "{" in run(installed / "visavis", "models", "show", "bundled", **options)
