"""Which image a caption belongs to: datasets say it by the path of the file."""

from __future__ import annotations

from collections.abc import Sequence

from visavis.collection import Collection
from visavis.types import Hit, Item


def images_of(collection: Collection, texts: Sequence[Item | Hit]) -> dict[str, str]:
    """Return the id of its image for each caption of which it is known."""
    paths = {item.id: item.metadata.get("image") for item in texts if item.modality == "text"}
    wanted = sorted({path for path in paths.values() if isinstance(path, str)})
    if not wanted:
        return {}
    states = collection.store.states(wanted)
    return {name: states[path].id for name, path in paths.items() if path in states}
