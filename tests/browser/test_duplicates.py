"""Images that are there in several versions: one is kept, the others are removed."""

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from browser.conftest import served
from browser.pages import DESKTOP, PHONE
from visavis.collection import Collection
from visavis.indexing import index

VERSIONS = {"boat": [320, 160, 80], "tree": [240, 120], "cat": [200]}


@pytest.fixture
def doubled(tmp_path):
    """The address of a server of three pictures, two of them in several sizes."""
    (tmp_path / "photos").mkdir()
    for seed, (name, sides) in enumerate(VERSIONS.items()):
        pixels = np.random.default_rng(seed).integers(0, 256, (5, 5, 3), dtype=np.uint8)
        for side in sides:
            picture = Image.fromarray(pixels).resize((side, side), Image.Resampling.NEAREST)
            picture.save(tmp_path / "photos" / f"{name}-{side}.png")
    with Collection.create(tmp_path / "collection") as collection:
        index([str(tmp_path / "photos")], collection)
    with served(tmp_path / "collection", "--write") as address:
        yield address


@pytest.mark.slow
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_one_version_is_kept_and_the_others_are_removed(doubled, visit, size):
    visitor = visit(site=doubled, size=size)
    button = visitor.button("Duplicates")
    expect(visitor.page.locator(".timeline li img").first).to_be_visible()
    if not button.is_visible():
        visitor.page.locator("button[aria-controls=filters]").click()
    button.click()
    groups = visitor.page.locator(".duplicates ol")
    expect(groups).to_have_count(2)
    boats = groups.filter(has=visitor.page.get_by_alt_text("boat-320.png"))
    names = boats.get_by_role("img").evaluate_all("(all) => all.map(({ alt }) => alt)")
    assert names == ["boat-320.png", "boat-160.png", "boat-80.png"]
    expect(boats).to_contain_text("320 × 320")
    bar = visitor.page.get_by_role("toolbar", name="Selection")
    second = boats.get_by_role("button", name="Keep this one").nth(1)
    second.click()
    expect(second).to_have_attribute("aria-pressed", "true")
    expect(bar).to_contain_text("2 selected")
    visitor.button("Keep the first of each group").click()
    expect(second).to_have_attribute("aria-pressed", "false")
    expect(bar).to_contain_text("3 selected")
    bar.get_by_role("button", name="Remove").click()
    visitor.dialog.get_by_role("button", name="Remove").click()
    expect(visitor.page.get_by_role("heading", name="No duplicates")).to_be_visible()
    left = visitor.page.request.get(f"{doubled}/api/v1/items?modality=image").json()["items"]
    assert {item["source"] for item in left} == {"boat-320.png", "tree-240.png", "cat-200.png"}
    visitor.search("a cat")
    visitor.found()
    assert "view=" not in visitor.page.url


def test_nearly_the_same_images_are_asked_for(doubled, visit):
    visitor = visit("/?view=duplicates", site=doubled, lang="fr-FR")
    expect(visitor.page.locator(".duplicates ol")).to_have_count(2)
    with visitor.page.expect_response("**/duplicates?alike=near"):
        visitor.page.get_by_label("Inclure les images presque identiques").check()
    expect(visitor.page.locator(".duplicates")).to_have_attribute("aria-busy", "false")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Doublons")
