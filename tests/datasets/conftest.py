from __future__ import annotations

import pytest
from PIL import Image


@pytest.fixture
def place(tmp_path):
    """Return a function that writes a file below `tmp_path`; an image if it gets no content."""

    def write(name, content=None):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            Image.new("RGB", (4, 4), "red").save(path)
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write
