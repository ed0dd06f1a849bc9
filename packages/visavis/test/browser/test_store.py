"""Collections that outlive a tab killed in the middle of adding, in Chromium."""

from __future__ import annotations

import shutil
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Error, sync_playwright

PACKAGE = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium")
PAGE = """<!doctype html><title>store</title><script>
function ask(command, more = {}) {
  const worker = new Worker('worker.js', { type: 'module' })
  window.worker = worker
  return new Promise((resolve) => {
    worker.onmessage = ({ data }) => ('added' in data ? (window.added = data.added) : resolve(data))
    worker.postMessage({ command, ...more })
  })
}
</script>"""


@pytest.fixture(scope="module")
def site(tmp_path_factory, serve):
    """Serve a page with the worker, built from its sources."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "index.html").write_text(PAGE)
    build = [PACKAGE / "node_modules/.bin/esbuild", "test/browser/worker.ts", "--bundle"]
    build += ["--format=esm", f"--outfile={folder}/worker.js", "--log-level=warning"]
    subprocess.run(build, cwd=PACKAGE, check=True)
    return serve(folder)


@pytest.fixture
def browser(tmp_path):
    """Open Chromium with a profile on disk, as often as asked."""
    with sync_playwright() as playwright:
        yield partial(
            playwright.chromium.launch_persistent_context,
            tmp_path / "profile",
            executable_path=CHROMIUM,
            args=["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )


def ask(page: Any, command: str, **more: Any) -> Any:
    return page.evaluate("([command, more]) => ask(command, more)", [command, more])


def look(page: Any, place: str) -> Any:
    """Return what is kept, once the browser has ended the tab that was killed before."""
    for _ in range(100):
        answer = ask(page, "look", place=place)
        if "open in another tab" not in answer.get("error", ""):
            break
        page.wait_for_timeout(100)
    return answer["result"]


def kill_while(context: Any, site: str, command: str, place: str) -> int:
    """Crash a tab that adds or compacts without end; return how many items it knew to be kept."""
    page = context.new_page()
    page.goto(site)
    look(page, place)
    page.evaluate("([command, place]) => void ask(command, { place })", [command, place])
    page.wait_for_function("window.added >= 30", timeout=30_000)
    added: int = page.evaluate("window.added")
    with pytest.raises(Error, match="crash"):
        page.goto("chrome://crash", timeout=10_000)
    return added


@pytest.mark.parametrize("place", ["opfs", "indexeddb"])
def test_a_tab_killed_while_adding_loses_and_doubles_nothing(browser, site, place):
    with browser() as context:
        known = 0
        for _ in range(2):
            known = max(known, kill_while(context, site, "add", place))
        page = context.new_page()
        page.goto(site)
        kept = look(page, place)
        assert len(kept["ids"]) >= known
        assert sorted(kept["ids"]) == sorted(
            f"{n}.{part}" for n in range(len(kept["ids"]) // 3) for part in range(3)
        )
        assert len(kept["ids"]) == kept["thumbnails"] == kept["found"]
    with browser() as context:
        page = context.new_page()
        page.goto(site)
        assert look(page, place) == kept
        refused = ask(page, "look", place=place, model="model@2")["error"]
        assert refused.startswith("CollectionError: the collection holds vectors of model model@1")
        other = context.new_page()
        other.goto(site)
        page.evaluate("(place) => void ask('add', { place })", place)
        page.wait_for_function("window.added > 0")
        refused = ask(other, "look", place=place)["error"]
        assert "open in another tab" in refused
        page.close()
        while "open in another tab" in ask(other, "delete", place=place).get("error", ""):
            other.wait_for_timeout(100)  # until the browser has ended the other tab
        assert look(other, place)["ids"] == []


@pytest.mark.parametrize("place", ["opfs", "indexeddb"])
def test_a_tab_killed_while_compacting_loses_and_doubles_nothing(browser, site, place):
    stay = {f"{n}.{part}" for n in range(10) for part in range(3)}
    with browser() as context:
        for _ in range(3):
            kill_while(context, site, "compact", place)
            page = context.new_page()
            page.goto(site)
            kept = look(page, place)
            assert len(kept["ids"]) == kept["thumbnails"] == kept["found"]
            assert len(set(kept["ids"])) == len(kept["ids"]) in (30, 33)
            assert stay <= set(kept["ids"])
            page.close()
