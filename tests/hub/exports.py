"""A ready export as the hub holds them, made by hand in a moment: networks of one layer."""

from __future__ import annotations

import json

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIZE, DIM = 16, 64
WORDS = ["a", "dog", "on", "the", "beach", "un", "chien", "sur", "la", "plage", "red", "rouge"]


def make_export(folder, *, images="image_embeds", texts="text_embeds", text_dim=DIM):
    """Write `onnx/vision_model.onnx`, `onnx/text_model.onnx` and their configurations."""
    (folder / "onnx").mkdir(parents=True)
    rng = np.random.default_rng(5)
    _save(folder / "onnx" / "vision_model.onnx", _vision(rng, images))
    _save(folder / "onnx" / "text_model.onnx", _text(rng, texts, text_dim))
    _tokenizer().save(str(folder / "tokenizer.json"))
    configurations = {
        "config.json": {
            "model_type": "clip",
            "text_config": {"max_position_embeddings": 9},
            "projection_dim": DIM,
        },
        "preprocessor_config.json": {
            "size": {"shortest_edge": SIZE},
            "crop_size": {"height": SIZE, "width": SIZE},
            "do_center_crop": True,
            "resample": 2,
            "image_mean": [0.5, 0.4, 0.3],
            "image_std": [0.2, 0.3, 0.4],
        },
        "tokenizer_config.json": {"pad_token": "[PAD]", "model_max_length": 77},
    }
    for name, configuration in configurations.items():
        (folder / name).write_text(json.dumps(configuration))
    (folder / "README.md").write_text("---\nlicense: apache-2.0\n---\nA tiny model.\n")
    return folder


def make_open_clip_export(folder):
    """Write the same networks the way immich lays out open_clip's."""
    make_export(folder)
    for side, name in (("visual", "vision"), ("textual", "text")):
        (folder / side).mkdir()
        (folder / "onnx" / f"{name}_model.onnx").rename(folder / side / "model.onnx")
    (folder / "tokenizer.json").rename(folder / "textual" / "tokenizer.json")
    (folder / "tokenizer_config.json").rename(folder / "textual" / "tokenizer_config.json")
    (folder / "preprocessor_config.json").unlink()
    image = {
        "size": [SIZE, SIZE],
        "interpolation": "bicubic",
        "mean": [0.5, 0.4, 0.3],
        "std": [0.2, 0.3, 0.4],
        "resize_mode": "shortest",
    }
    (folder / "visual" / "preprocess_cfg.json").write_text(json.dumps(image))
    config = {"embed_dim": DIM, "text_cfg": {"context_length": 9}}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def _vision(rng, output):
    nodes = [
        helper.make_node(
            "AveragePool", ["pixel_values"], ["cells"], kernel_shape=[4, 4], strides=[4, 4]
        ),
        helper.make_node("Flatten", ["cells"], ["row"]),
        helper.make_node("MatMul", ["row", "weight"], [output]),
    ]
    weight = rng.normal(size=(3 * (SIZE // 4) ** 2, DIM)).astype(np.float32)
    taken = helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, ["n", 3, SIZE, SIZE])
    return _graph(nodes, [taken], output, {"weight": weight})


def _text(rng, output, dim):
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["words"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["column"]),
        helper.make_node("Mul", ["words", "column"], ["kept"]),
        helper.make_node("ReduceSum", ["kept", "tokens"], [output], keepdims=0),
    ]
    table = rng.normal(size=(len(WORDS) + 3, dim)).astype(np.float32)
    weights = {"table": table, "last": np.array([2]), "tokens": np.array([1])}
    taken = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "t"])
        for name in ("input_ids", "attention_mask")
    ]
    return _graph(nodes, taken, output, weights)


def _graph(nodes, inputs, output, weights):
    given = helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", "dim"])
    initializers = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    return helper.make_graph(nodes, "tiny", inputs, [given], initializers)


def _save(path, graph):
    opset = [helper.make_opsetid("", 18)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), path)


def _tokenizer():
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    vocabulary = {word: n for n, word in enumerate(["[PAD]", "[UNK]", "[END]", *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A [END]", special_tokens=[("[END]", 2)]
    )
    return tokenizer
