"""Draw a small catalogue: garments in several colours, and a table of names and prices."""

import csv
from pathlib import Path

from PIL import Image, ImageDraw

SIZE = 256
COLOURS = {
    "red": "#c81e1e",
    "blue": "#1e46b4",
    "green": "#1e8c3c",
    "yellow": "#ebc31e",
    "black": "#1e1e1e",
}
OUTLINES = {  # corners, in hundredths of the side
    "dress": [(38, 12), (62, 12), (66, 45), (82, 90), (18, 90), (34, 45)],
    "T-shirt": [(30, 20), (70, 20), (90, 40), (78, 50), (70, 42), (70, 85), (30, 85), (30, 42),
                (22, 50), (10, 40)],
    "trousers": [(30, 10), (70, 10), (76, 92), (56, 92), (50, 35), (44, 92), (24, 92)],
}  # fmt: skip
PRICES = {"dress": 59, "T-shirt": 15, "trousers": 45}


def draw_catalogue(folder: Path) -> None:
    """Write the images, and `catalogue.csv` beside them."""
    images = folder / "images"
    images.mkdir(parents=True, exist_ok=True)
    with (folder / "catalogue.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["image", "name", "price"])
        for garment, outline in OUTLINES.items():
            for colour, value in COLOURS.items():
                name = f"{garment.lower()}-{colour}.png"
                draw(outline, value).save(images / name)
                table.writerow([f"images/{name}", f"{colour} {garment}", PRICES[garment]])


def draw(outline: list[tuple[int, int]], colour: str) -> Image.Image:
    """Draw a garment of one colour on white."""
    image = Image.new("RGB", (SIZE, SIZE), "white")
    corners = [(x * SIZE // 100, y * SIZE // 100) for x, y in outline]
    ImageDraw.Draw(image).polygon(corners, fill=colour, outline="#505050")
    return image
