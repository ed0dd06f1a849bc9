"""Repositories of torch models, downloaded to be imported."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from visavis.cache import cache_folder
from visavis.errors import ModelError
from visavis.hub.repository import Repository, fetch, look_up

_CONFIGURATION = {".json", ".txt", ".model"}


def fetch_source(source: str, *, progress: bool = False) -> Path:
    """Return the folder of a model: `source` itself, or a repository `owner/name`, downloaded.

    Downloads are kept in the cache. Raises ModelError, saying what to do, if that fails.
    """
    if Path(source).expanduser().is_dir():
        return Path(source).expanduser()
    if source.count("/") != 1 or source.startswith((".", "/", "~")):
        raise ModelError(f"{source}: neither a folder nor a repository of the hub (owner/name)")
    folder = cache_folder("sources", source.replace("/", "--"))
    if folder.is_dir():
        return folder
    repository = look_up(source)
    draft = folder.with_name(f".{folder.name}.part")
    fetch(repository, _wanted(repository), draft, progress=progress)
    draft.rename(folder)
    return folder


def _wanted(repository: Repository) -> list[str]:
    """List configurations, vocabularies and weights; safetensors are preferred to pickles."""
    paths = [PurePosixPath(name) for name in repository.files]
    safe = {path.parent for path in paths if path.suffix == ".safetensors"}
    return [
        str(path)
        for path in paths
        if ".." not in path.parts
        and path.parts[0] not in {"onnx", "openvino"}
        and (
            path.suffix in _CONFIGURATION | {".safetensors"}
            or (path.match("pytorch_model*.bin") and path.parent not in safe)
        )
    ]
