"""Weights to train from, downloaded from the hub."""

from __future__ import annotations

from pathlib import Path

from visavis.cache import cache_folder
from visavis.catalogue import unknown_name, weights
from visavis.errors import ModelError
from visavis.hub.repository import fetch, look_up


def pull_weights(name: str, *, progress: bool = False) -> Path:
    """Download weights of the catalogue, such as resnet50, into the cache; return their folder.

    Raises ModelError, saying what to do, if that fails, UnknownNameError for an unknown name.
    """
    if name not in weights():
        raise unknown_name("weights", name, weights())
    entry = weights()[name]
    folder = cache_folder("weights", name)
    if folder.is_dir():
        return folder
    repository = look_up(entry.pull)
    if lacking := [file for file in entry.files if file not in repository.files]:
        raise ModelError(f"{entry.pull}: no {lacking[0]} there; give `train` a file of your own")
    draft = folder.with_name(f".{name}.part")
    fetch(repository, entry.files, draft, progress=progress)
    draft.rename(folder)
    return folder
