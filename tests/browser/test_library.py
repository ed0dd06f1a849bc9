"""What is done with images of the collection: marked, downloaded, added; searches that are kept."""

from io import BytesIO
from zipfile import ZipFile

from PIL import ExifTags, Image
from playwright.sync_api import expect


def tile(visitor, index):
    return visitor.page.locator(f".timeline button[data-index='{index}']")


def select(visitor, *indices):
    for index in indices:
        expect(tile(visitor, index).get_by_role("img")).to_be_attached()
        tile(visitor, index).click(modifiers=["Control"])
    return visitor.page.get_by_role("toolbar", name="Selection")


def test_favourites_and_albums_are_filters(changing, visit):
    visitor = visit(site=changing)
    bar = select(visitor, 0, 3)
    bar.get_by_role("button", name="Favourite").click()
    expect(bar.get_by_role("button", name="Favourite")).to_have_attribute("aria-pressed", "true")
    bar.get_by_role("button", name="Add to album").click()
    visitor.dialog.get_by_label("Name of the album").fill("Summer")
    visitor.dialog.get_by_role("button", name="Add", exact=True).click()
    expect(bar).to_contain_text("Added to “Summer”")
    visitor.button("Clear selection").click()
    visitor.button("Filters").click()
    for name, value in {"Favourites": "yes (2)", "Album": "Summer (2)"}.items():
        visitor.page.get_by_label(name).select_option(value)
        expect(visitor.page.locator(".timeline li")).to_have_count(2)


def test_originals_are_downloaded(changing, visit):
    visitor = visit(site=changing)
    bar = select(visitor, 0, 1)
    with visitor.page.expect_download() as download:
        bar.get_by_role("button", name="Download").click()
    with ZipFile(download.value.path()) as archive:
        assert sorted(archive.namelist()) == ["2025-12-00.jpg", "2025-12-01.jpg"]
    visitor.button("Clear selection").click()
    tile(visitor, 0).click()
    with visitor.page.expect_download() as download:
        visitor.button("Download the original").click()
    assert download.value.suggested_filename == "2025-12-00.jpg"
    with Image.open(download.value.path()) as image:
        assert image.size == (48, 36)


def test_the_original_opens_in_a_tab_of_its_own(changing, visit):
    visitor = visit(site=changing)
    tile(visitor, 0).click()
    with visitor.context.expect_page() as opened:
        visitor.button("Open the original").click()
    opened.value.wait_for_url("blob:**", wait_until="commit")
    image = opened.value.get_by_role("img")
    expect(image).to_have_js_property("naturalWidth", 48)
    assert image.evaluate("(it) => it.ownerDocument.contentType") == "image/jpeg"


def test_images_are_added_in_one_batch_and_refusals_named(changing, visit):
    visitor = visit(site=changing)
    visitor.button("Add images").click()
    sent = []
    visitor.page.on("request", lambda request: request.method == "POST" and sent.append(request))
    add(visitor, "red", "green", broken=b"no image")
    expect(visitor.dialog).to_contain_text("2 images added")
    expect(visitor.dialog).to_contain_text("2 files were not added")
    expect(visitor.dialog).to_contain_text("list.txt is not an image")
    expect(visitor.dialog).to_contain_text("broken.png")
    assert [request.url.rpartition("/api/v1/")[2] for request in sent] == ["items/batch"]
    add(visitor, "red")
    expect(visitor.dialog).to_contain_text("1 was in the collection already")
    assert newest(visitor)["metadata"].get("country") is None
    visitor.dialog.get_by_label("Keep where they were taken").check()
    add(visitor, "blue")
    expect(visitor.dialog).to_contain_text("1 image added")
    assert newest(visitor)["metadata"]["country"] == "France"


def newest(visitor):
    address = "api/v1/items?modality=image&order=-added&limit=1"
    return visitor.page.evaluate(f"fetch('{address}').then((it) => it.json())")["items"][0]


def test_what_others_add_shows_up(changing, visit):
    visitor = visit(site=changing)
    visitor.settle()
    form = {"file": {"name": "new.png", "mimeType": "image/png", "buffer": png("blue")}}
    assert visitor.page.request.post(f"{changing}/api/v1/items", multipart=form).status == 201
    expect(tile(visitor, 0).get_by_role("img")).to_have_attribute("alt", "new.png")


def add(visitor, *colours, **others):
    contents = {f"{colour}.png": png(colour) for colour in colours}
    contents |= {f"{name}.png": content for name, content in others.items()}
    files = [
        {"name": name, "mimeType": "image/png", "buffer": content}
        for name, content in contents.items()
    ]
    files.append({"name": "list.txt", "mimeType": "text/plain", "buffer": b"no image"})
    visitor.dialog.locator("input[accept]").set_input_files(files)


def png(colour):
    """Return an image that says that it was taken in Paris in 2026."""
    exif = Image.Exif()
    exif[ExifTags.Base.Model] = "A camera"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2026:05:01 12:00:00"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(
        {1: "N", 2: (48.0, 51.0, 24.0), 3: "E", 4: (2.0, 21.0, 8.0)}
    )
    buffer = BytesIO()
    Image.new("RGB", (40, 30), colour).save(buffer, "PNG", exif=exif)
    return buffer.getvalue()


def test_an_image_is_zoomed(visit):
    visitor = visit("/?q=a+red+cup+of+coffee")
    visitor.open_first()
    zoom = visitor.dialog.get_by_role("button", name="Zoom")
    zoom.click()
    expect(zoom).to_have_attribute("aria-pressed", "true")
    frame = visitor.dialog.locator(".zoom").bounding_box()
    assert visitor.dialog.locator(".zoom img").bounding_box()["width"] > 2 * frame["width"]
    visitor.page.keyboard.press("0")
    expect(zoom).to_have_attribute("aria-pressed", "false")
    visitor.dialog.locator(".zoom").dblclick()
    expect(zoom).to_have_attribute("aria-pressed", "true")


def test_searches_are_kept_on_the_device(visit):
    visitor = visit()
    visitor.search("a red motorcycle - snow")
    visitor.found()
    visitor.button("Save this search").click()
    visitor.page.goto(visitor.site)
    saved = visitor.page.get_by_role("region", name="Saved searches")
    saved.get_by_role("button", name="a red motorcycle \u2212 snow", exact=True).click()
    expect(visitor.field).to_have_value("a red motorcycle")
    expect(visitor.page.locator(".chips li")).to_have_count(1)
    visitor.button("Saved").click()
    visitor.page.goto(visitor.site)
    expect(tile(visitor, 0)).to_be_visible()
    expect(saved).to_have_count(0)
