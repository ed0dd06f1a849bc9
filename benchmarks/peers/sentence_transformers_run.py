"""sentence-transformers as its documentation shows it; runs in its own environment.

write FOLDER          a CLIP ViT-B/32 at 256 pixels with random weights
index MODEL PHOTOS INDEX
search MODEL INDEX QUERY
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from sentence_transformers import SentenceTransformer, util
from sentence_transformers.sentence_transformer.modules.clip_model import CLIPModel

SIDE, BATCH = 256, 32
ENDS = ["<|startoftext|>", "<|endoftext|>"]


def write(folder: str) -> None:
    import transformers

    letters = [chr(code) for code in range(33, 127)]
    words = [*letters, *(f"{letter}</w>" for letter in letters), *ENDS]
    Path(folder).mkdir(parents=True)
    vocabulary, merges = Path(folder, "vocab.json"), Path(folder, "merges.txt")
    vocabulary.write_text(json.dumps({word: number for number, word in enumerate(words)}), "utf-8")
    merges.write_text("#version: 0.2\n", "utf-8")
    tokenizer = transformers.CLIPTokenizer(str(vocabulary), str(merges))
    size = {"height": SIDE, "width": SIDE}
    images = transformers.CLIPImageProcessor(size={"shortest_edge": SIDE}, crop_size=size)
    transformers.CLIPProcessor(images, tokenizer).save_pretrained(folder)
    config = transformers.CLIPConfig(vision_config={"image_size": SIDE, "patch_size": 32})
    config.text_config.eos_token_id = len(words) - 1
    transformers.CLIPModel(config).save_pretrained(folder)


def load(folder: str) -> SentenceTransformer:
    return SentenceTransformer(modules=[CLIPModel(folder)], device="cpu")


def index(model: str, photos: str, index: str) -> None:
    from PIL import Image

    encoder = load(model)
    files = sorted(Path(photos).iterdir())
    vectors = []
    for start in range(0, len(files), BATCH):
        images = [Image.open(file) for file in files[start : start + BATCH]]
        vectors.append(encoder.encode(images, batch_size=BATCH, show_progress_bar=False))
    np.save(f"{index}.npy", np.concatenate(vectors))
    Path(f"{index}.json").write_text(json.dumps([str(file) for file in files]), "utf-8")


def search(model: str, index: str, query: str) -> None:
    encoder = load(model)
    vectors, names = np.load(f"{index}.npy"), json.loads(Path(f"{index}.json").read_text("utf-8"))
    (hits,) = util.semantic_search(encoder.encode([query]), vectors, top_k=10)
    for hit in hits:
        print(f"{hit['score']:.3f} {names[hit['corpus_id']]}")


if __name__ == "__main__":
    {"write": write, "index": index, "search": search}[sys.argv[1]](*sys.argv[2:])
