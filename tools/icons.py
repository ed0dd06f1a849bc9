"""Draw the icons of the installed page, as `public/icon.svg` does: `python tools/icons.py`."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

PUBLIC = Path(__file__).parents[1] / "web/public"
SIDE = 64
"""Units of the drawing."""
FINER = 4
GROUND, LEFT, RIGHT = "#1f1e1b", "#f2a37e", "#f7f6f3"


def icon(pixels: int, *, corner: float = 16, scale: float = 1) -> Image.Image:
    """Return the icon; `scale` below 1 leaves room around it for a mask."""
    unit = pixels * FINER / SIDE
    image = Image.new("RGBA", (pixels * FINER, pixels * FINER))
    draw = ImageDraw.Draw(image)
    whole = (0, 0, image.width - 1, image.height - 1)
    draw.rounded_rectangle(whole, corner * unit, GROUND)

    def box(x: float, y: float, across: float, down: float) -> list[float]:
        """The corners of a box around (x, y), in pixels."""
        middle, scaled = SIDE / 2, unit * scale
        left, top = (middle * (1 - scale) + value * scale for value in (x, y))
        return [
            left * unit - across / 2 * scaled,
            top * unit - down / 2 * scaled,
            left * unit + across / 2 * scaled,
            top * unit + down / 2 * scaled,
        ]

    draw.pieslice(box(29, 32, 36, 36), 90, 270, fill=LEFT)
    # A half circle of the radius 18, outlined by 4 with round corners.
    draw.pieslice(box(35, 32, 40, 40), -90, 90, fill=RIGHT)
    draw.pieslice(box(35, 32, 32, 32), -90, 90, fill=GROUND)
    draw.rectangle(box(35, 32, 4, 36), RIGHT)
    for y in (14, 50):
        draw.ellipse(box(35, y, 4, 4), RIGHT)
    return image.resize((pixels, pixels), Image.Resampling.LANCZOS)


def main() -> None:
    """Write all icons."""
    for pixels in (192, 512):
        icon(pixels).save(PUBLIC / f"icon-{pixels}.png", optimize=True)
    icon(512, corner=0, scale=0.8).save(PUBLIC / "icon-maskable.png", optimize=True)
    icon(180, corner=0, scale=0.9).convert("RGB").save(PUBLIC / "icon-apple.png", optimize=True)


if __name__ == "__main__":
    main()
