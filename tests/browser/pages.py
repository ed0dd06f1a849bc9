"""A visitor of the page: what a person does and sees, in the words of the tests."""

from __future__ import annotations

import base64
from pathlib import Path

from playwright.sync_api import expect

SCREENSHOTS = Path(__file__).parent / "screenshots"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}

_DROP = """([name, data]) => {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0))
  const transfer = new DataTransfer()
  transfer.items.add(new File([bytes], name, { type: 'image/png' }))
  for (const type of ['dragover', 'drop']) {
    const event = new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer })
    document.body.dispatchEvent(event)
  }
}"""


class Visitor:
    def __init__(
        self, chromium, site, photos, *, size=DESKTOP, lang="en-GB", scheme="light", worker=False
    ):
        self.site, self.photos = site, photos
        workers = "allow" if worker else "block"  # A service worker would hide requests.
        self.context = chromium.new_context(
            **size, locale=lang, color_scheme=scheme, service_workers=workers
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self._awaited = set()
        self.page.on("request", self._ask)
        for end in ("requestfinished", "requestfailed"):
            self.page.on(end, self._have)
        self.complaints = []
        self.expected = ()
        self._blocked = () if worker else ("registration blocked by Playwright",)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._hear)

    def _ask(self, request):
        self._awaited.add(request)

    def _have(self, request):
        self._awaited.discard(request)

    def _hear(self, message):
        if message.type in {"error", "warning"} and not any(
            word in message.text for word in (*self.expected, *self._blocked)
        ):
            self.complaints.append(message.text)

    def close(self):
        self.context.close()

    def settle(self):
        """Wait until all that the page has asked for is there, but for its events, which go on."""
        quiet = 0
        while quiet < 5:
            waiting = [each for each in self._awaited if not each.url.endswith("/events")]
            quiet = 0 if waiting else quiet + 1
            self.page.wait_for_timeout(100)

    @property
    def field(self):
        return self.page.locator("input[name=text]")

    @property
    def dialog(self):
        return self.page.get_by_role("dialog")

    def button(self, name):
        return self.page.get_by_role("button", name=name, exact=True)

    def search(self, text):
        self.field.fill(text)
        self.field.press("Enter")

    def ask_for_names(self):
        """Show names and scores; on a phone, behind the button of filters."""
        button = self.page.locator("button[aria-pressed].choice")
        if not button.is_visible():
            self.page.locator("button[aria-controls=filters]").click()
        button.click()

    def drop(self, name):
        data = base64.b64encode((self.photos / name).read_bytes()).decode()
        self.page.evaluate(_DROP, [name, data])
        expect(self.page.locator(".chips img")).to_be_visible()

    def found(self):
        """The names of the images found, or the texts, best first."""
        expect(self.page.locator("main [aria-busy]")).to_have_attribute("aria-busy", "false")
        return self.page.locator("main ol :is(.name, .text)").all_inner_texts()

    def open_first(self):
        self.found()
        self.page.locator("main ol button").first.click()
        expect(self.dialog).to_be_visible()
