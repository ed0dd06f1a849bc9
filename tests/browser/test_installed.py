"""The page as an app: installed, without a server, and as a target of sharing."""

import base64
import json
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import expect

from browser.pages import DESKTOP, PHONE
from visavis.server.static_files import FOLDER

READY = """async () => {
  await navigator.serviceWorker.ready
  return (await caches.open('visavis.shell')).keys().then((keys) => keys.map((key) => new URL(key.url).pathname))
}"""
SHARE = """([address, data]) => {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0))
  const transfer = new DataTransfer()
  transfer.items.add(new File([bytes], 'shared.png', { type: 'image/png' }))
  const form = Object.assign(document.createElement('form'), { action: address, method: 'POST', enctype: 'multipart/form-data' })
  const input = Object.assign(document.createElement('input'), { type: 'file', name: 'image' })
  input.files = transfer.files
  form.append(input)
  document.body.append(form)
  form.submit()
}"""


def installed(visit, **how):
    visitor = visit(worker=True, **how)
    visitor.files = visitor.page.evaluate(READY)
    return visitor


def test_chromium_would_install_it(visit):
    visitor = installed(visit)
    session = visitor.context.new_cdp_session(visitor.page)
    assert session.send("Page.getAppManifest")["errors"] == []
    errors = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # A browser of tests is always private, and that alone may stand in the way.
    assert {error["errorId"] for error in errors} <= {"in-incognito"}


def test_its_icons_are_as_large_as_the_manifest_says(visit):
    visitor = visit()
    get = visitor.page.request.get
    answer = get(f"{visitor.site}/manifest.webmanifest")
    assert answer.headers["content-type"].startswith("application/manifest+json")
    manifest = json.loads(answer.text())
    drawn = [icon for icon in manifest["icons"] if icon["type"] == "image/png"]
    assert {icon["sizes"] for icon in drawn} == {"192x192", "512x512"}
    assert [icon["sizes"] for icon in drawn if icon.get("purpose") == "maskable"] == ["512x512"]
    for icon in drawn:
        with Image.open(BytesIO(get(f"{visitor.site}/{icon['src']}").body())) as image:
            assert "{}x{}".format(*image.size) == icon["sizes"]


def test_the_service_worker_keeps_every_file_the_page_needs(visit):
    kept = set(installed(visit).files)
    built = {f"/{file.name}" for file in FOLDER.iterdir() if file.suffix in {".js", ".css"}}
    assert kept >= built - {"/sw.js"} | {"/", "/icon.svg", "/manifest.webmanifest"}


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_without_a_server_it_opens_and_says_what_is_missing(visit, size):
    visitor = installed(visit, size=size)
    visitor.expected = ("ERR_INTERNET_DISCONNECTED", "ERR_FAILED")
    visitor.context.set_offline(True)
    visitor.page.goto(f"{visitor.site}/?q=a+red+cup+of+coffee")
    expect(visitor.page.get_by_role("heading", name="The server is not responding")).to_be_visible()
    expect(visitor.field).to_have_value("a red cup of coffee")
    visitor.context.set_offline(False)
    assert visitor.found()[0] == "coffee.png"


def test_answers_of_the_api_are_not_kept(visit):
    visitor = installed(visit)
    visitor.search("a red cup of coffee")
    visitor.found()
    names = visitor.page.evaluate("caches.keys()")
    kept = visitor.page.evaluate(
        "(names) => Promise.all(names.map((name) => caches.open(name).then((it) => it.keys())))"
        ".then((all) => all.flat().map((request) => request.url))",
        names,
    )
    assert kept
    assert not [address for address in kept if "/api/" in address]


def test_requests_of_the_api_pass_by_the_service_worker(visit):
    visitor = installed(visit)
    visitor.page.reload()
    visitor.settle()
    asked = visitor.page.evaluate(
        "performance.getEntriesByType('resource').map((it) => [it.name, it.workerFinalSourceType])"
    )
    assert {source for name, source in asked if "/api/" in name} == {"network"}
    assert [source for name, source in asked if name.endswith("/app.js")] == [""]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_shared_photo_finds_similar_ones(visit, size):
    visitor = installed(visit, size=size)
    data = base64.b64encode((visitor.photos / "motorcycle.png").read_bytes()).decode()
    visitor.page.goto("about:blank")  # Another app.
    visitor.page.evaluate(SHARE, [f"{visitor.site}/share", data])
    expect(visitor.page.locator(".chips img")).to_be_visible()
    assert visitor.found()[:2] == ["motorcycle.png", "motorcycle-again.png"]
    visitor.page.reload()
    expect(visitor.page.locator(".chips img")).to_have_count(1)
