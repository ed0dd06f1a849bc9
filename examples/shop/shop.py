"""Search a shop's catalogue: by text, by image, and by an image that should look different.

python examples/shop/shop.py FOLDER
"""

import csv
import sys
from pathlib import Path

from draw import draw_catalogue
from visavis import Collection, Hit, image, text


def main(folder: Path) -> None:
    """Draw a catalogue, index it and ask it three questions."""
    draw_catalogue(folder)  # a real shop has its own table and photographs
    with Collection.open_or_create(folder / "collection") as shop:
        add_products(shop, folder / "catalogue.csv")
        show("in red", shop.search("in red", k=3))
        show("in red, below 50", shop.search("in red", k=3, where="price<50"))
        seen = image(folder / "images" / "t-shirt-blue.png")
        show("this blue T-shirt, but in red", shop.search(seen + text("red"), k=3))


def add_products(shop: Collection, table: Path) -> None:
    """Add each product's image, with its name and price as metadata."""
    with table.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            metadata = {"product": row["name"], "price": float(row["price"])}
            shop.add_image(table.parent / row["image"], metadata=metadata)


def show(question: str, hits: list[Hit]) -> None:
    """Print what was found."""
    print(question)
    for hit in hits:
        product, price = hit.metadata["product"], hit.metadata["price"]
        print(f"  {hit.score:.2f}  {product}, {price:.0f} €")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
