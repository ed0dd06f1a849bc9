"""Download an ONNX export from the hub as a model folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from visavis.cache import cache_folder
from visavis.catalogue import models, unknown_name
from visavis.encoders.folder import write_description
from visavis.encoders.info import MODEL_FILE
from visavis.encoders.sessions import image_inputs, open_session
from visavis.encoders.text_mean import note_text_mean
from visavis.encoders.tokens import open_tokenizer, text_inputs
from visavis.encoders.weights import separate_weights
from visavis.errors import ModelError
from visavis.hub.layouts import Inputs, Layout, find_layout
from visavis.hub.repository import fetch, look_up
from visavis.hub.token_rules import apply_rules

if TYPE_CHECKING:
    import onnxruntime


def pull_model(name: str, *, variant: str = "", progress: bool = False) -> Path:
    """Download a model of the catalogue, or of any repository `owner/name`, into the cache.

    Returns its folder; a model that is there already is not downloaded again. `variant`
    chooses among the repository's networks: fp16, int8, quantized … Raises ModelError, saying
    what to do, if that fails.
    """
    entry = models().get(name)
    if entry is None and "/" not in name:
        raise unknown_name("model", name, models())
    if entry and not entry.pull:
        raise ModelError(f"{name} has no ready export: visavis models import {name} --out FOLDER")
    own = (name if entry else name.rpartition("/")[2].lower()) + (f"-{variant}" if variant else "")
    folder = cache_folder("models", own)
    if (folder / MODEL_FILE).is_file():
        return folder
    repository = look_up(entry.pull if entry else name)
    layout = find_layout(repository, variant)
    draft = cache_folder("models", f".{own}.part")
    fetch(repository, layout.files, draft, progress=progress)
    _keep_only(layout.files, draft)
    description = {
        **_description(layout, draft),
        "languages": list(entry.languages if entry else repository.languages),
        "licence": entry.licence if entry else repository.licence,
        "source": f"{repository.id}@{repository.revision}",
    }
    write_description(draft, own, description)
    # Only now: the id must not depend on how a version of ONNX Runtime writes networks.
    for network in (layout.image, layout.text):
        separate_weights(draft / network)
    note_text_mean(draft)
    draft.rename(folder)
    return folder


def _keep_only(names: Sequence[str], folder: Path) -> None:
    """Delete what an earlier attempt left beside the files of these names: ids cover all files."""
    kept = {folder / name for name in names}
    for path in list(folder.rglob("*")):
        if path.is_file() and path not in kept:
            path.unlink()


def _description(layout: Layout, folder: Path) -> dict[str, Any]:
    """Build the rules into the tokenizer, run both networks once, and describe their use."""
    inputs = layout.read(folder)
    path = str(folder / layout.tokenizer)
    apply_rules(open_tokenizer(path), inputs.rules).save(path, pretty=False)
    image, text = _outputs(layout, inputs, folder)
    batch = {"batch": layout.batch} if layout.batch else {}
    return {
        "dim": image[1],
        "image": {
            "file": layout.image,
            "output": image[0],
            **inputs.preprocessing.describe(),
            **batch,
        },
        "text": {
            "file": layout.text,
            "output": text[0],
            "tokenizer": layout.tokenizer,
            "max_tokens": inputs.rules.max_tokens,
            "padding": inputs.rules.padding,
            "pooling": inputs.pooling,
            **batch,
        },
    }


def _outputs(
    layout: Layout, inputs: Inputs, folder: Path
) -> tuple[tuple[str, int], tuple[str, int]]:
    """Return the output with the vectors, and their length, for images and for texts."""
    tokenizer = open_tokenizer(str(folder / layout.tokenizer))
    size = inputs.preprocessing.size
    black = np.zeros((1, size, size, 3), np.uint8)
    image = _probe(
        folder / layout.image,
        layout.image_outputs,
        lambda session: image_inputs(session, inputs.preprocessing, black),
    )
    text = _probe(
        folder / layout.text,
        layout.text_outputs,
        lambda session: text_inputs(session, tokenizer, ["a dog"]),
    )
    if image[1] != text[1]:
        raise ModelError(f"images have {image[1]} dimensions and texts {text[1]}: not one space")
    return image, text


def _probe(
    network: Path,
    names: tuple[str, ...],
    inputs: Callable[[onnxruntime.InferenceSession], dict[str, NDArray[Any]]],
) -> tuple[str, int]:
    """Run a network once; return the output with the vectors, and their length."""
    session = open_session(str(network))
    known = [output.name for output in session.get_outputs()]
    output = next((name for name in names or known if name in known), None)
    if output is None:
        raise ModelError(f"{network.name}: no output called {' or '.join(names)}, only {known}")
    (vectors,) = session.run([output], inputs(session))
    return output, int(vectors.shape[-1])
