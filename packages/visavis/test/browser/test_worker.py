"""A worker's models and collections, and the scan with and without SIMD, under a strict policy."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import sync_playwright

from visavis.encoders import load_encoder, weights
from visavis.encoders.resolve import BUNDLED

PACKAGE = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium")
POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'"


@pytest.fixture(scope="module")
def page(tmp_path_factory, serve):
    """Open a page with its worker; the runtime's WebAssembly lies elsewhere."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "index.html").write_text(
        '<!doctype html><script type="module" src="page.js"></script>'
    )
    build = [PACKAGE / "node_modules/.bin/esbuild", "test/browser/page.ts", "src/worker.ts"]
    build += ["--bundle", "--format=esm", "--entry-names=[name]", f"--outdir={folder}"]
    build += ["--external:onnxruntime-node", "--external:node:*", "--log-level=warning"]
    subprocess.run(build, cwd=PACKAGE, check=True)
    runtime = PACKAGE / "node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm"
    (folder / "runtime").mkdir()
    (folder / "runtime/ort.wasm").symlink_to(runtime)
    shutil.copytree(BUNDLED, folder / "model")
    with pytest.MonkeyPatch.context() as patch:  # one network with its weights beside it
        patch.setattr(weights, "LARGE", 0)
        weights.separate_weights(folder / "model" / "text.onnx")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        opened = browser.new_page()
        opened.goto(serve(folder, POLICY))
        yield opened
        browser.close()


def test_a_worker_encodes_keeps_and_searches_as_this_thread_does(page):
    found = page.evaluate("checks.worker()")
    texts_there, texts_here, images_there, images_here = np.array(found["vectors"])
    assert np.array_equal(texts_there, texts_here)
    assert np.array_equal(images_there, images_here)
    assert texts_here @ load_encoder().encode_texts(["a dog"])[0] > 0.99999
    assert [hit["id"] for hit in found["hits"]] == ["a", "b"]
    assert found["hits"][0]["score"] == pytest.approx(1, abs=1e-3)
    assert found["thumbnail"] == [1, 2, 3]
    assert found["second"].startswith("true worker is open in another tab")
    assert found["missing"].startswith("true ")
    assert "nowhere/model.json: 404" in found["missing"]


def test_simd_and_plain_javascript_find_the_same(page):
    found = page.evaluate("checks.simd()")
    assert found["simd"]
    assert found["same"]
    assert found["best"] > 0
