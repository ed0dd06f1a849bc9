"""Begin a run of the recipe compact at one of its stages, with the weights of a finished model.

    python tools/bundled_model/begin.py MODEL --at STAGE --data … --out FOLDER --set …
    visavis train compact --data … --out FOLDER --set …

The first command writes the checkpoint that the second one resumes from, with the same options.
Tokens that MODEL does not know begin with the mean of those that it divides them into. Drawn
classes begin anew if their stage is still to come, the hubness correction whatever the stage.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnx
import torch
from accelerate import Accelerator
from numpy.typing import NDArray
from onnx import GraphProto
from tokenizers import Tokenizer

from visavis.encoders.info import ModelInfo
from visavis.encoders.resolve import find_model
from visavis.encoders.tokens import open_tokenizer
from visavis.training import checkpoint
from visavis.training.recipe import load_recipe
from visavis.training.run import RUN, Run, open_run
from visavis.training.stored_values import decode
from visavis.training.towers.classes import UNSEEN, ClassVectors

Values = dict[str, NDArray[np.float32]]
MATRICES = ("MatMul", "Gemm")
DECODING = ("Mul", "Cast", "Transpose")  # between a stored weight and the node that reads it
TOKENS = "text.network.embeddings.word_embeddings.weight"
ANEW = ".hubness."
BIAS = ".bias"
TOWER = "tower."  # before the names of a network that also computes regions
NOT_STORED = (".network.classifier.", ".pooler.")  # which no vector depends on


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="bundled, or a model folder")
    parser.add_argument("--at", required=True, metavar="STAGE", help="the first stage to run")
    parser.add_argument("--data", required=True, action="append", metavar="SPEC")
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--set", dest="changes", action="append", default=[], metavar="KEY=VALUE")
    options = parser.parse_args()
    if (options.out / RUN / checkpoint.FILE).exists():
        raise SystemExit(f"{options.out} already holds a run: name another --out, or remove it")
    recipe = load_recipe("compact", options.changes)
    run = open_run(recipe, options.data, options.out / RUN, Accelerator(), log=print)
    begin(run, find_model(options.model), options.at)


def begin(run: Run, folder: Path, stage: str) -> None:
    """Write the checkpoint of a run that is to begin at a stage with the weights of a model."""
    state = run.state
    stages = [each.name for each in state.stages]
    if stage not in stages:
        raise SystemExit(f"--at {stage}: the stages are {', '.join(stages)}")
    found = weights_of(folder)
    if TOKENS in found:
        found[TOKENS] = tokens_of(folder, found[TOKENS], run.vocabulary.tokenizer)
    for name, value in state.model.state_dict().items():
        if ANEW in name or any(part in name for part in NOT_STORED):
            continue
        if name not in found or found[name].shape != tuple(value.shape):
            raise SystemExit(
                f"{folder}: no {name} of {tuple(value.shape)} in it: another recipe made it"
            )
        value.copy_(torch.from_numpy(found[name]))
    state.number = stages.index(stage)
    to_come = {each.kind for each in state.stages[state.number :]}
    for part in state.model.modules():
        if isinstance(part, ClassVectors) and "drawn-classes" in to_come:
            forget_drawn(part)
    state.save(None)


def weights_of(folder: Path) -> Values:
    """Return the weights of a model folder, by the names that they have in training."""
    info = ModelInfo.read(folder)
    images = graph_weights(onnx.load(folder / info.image.file).graph)
    texts = graph_weights(onnx.load(folder / info.text.file).graph)
    own = {f"image.{name.removeprefix(TOWER)}": value for name, value in images.items()}
    return own | {f"text.{name}": value for name, value in texts.items()}


def graph_weights(graph: GraphProto) -> Values:
    """Return the weights of a network, as float32.

    The exporter transposes matrices and forgets their names, but not those of the biases that are
    added to their products.
    """
    weights = decode(graph)
    made_by = {output: node for node in graph.node for output in node.output}

    def weight(name: str) -> str:
        while name in made_by and made_by[name].op_type in DECODING:
            name = made_by[name].input[0]
        return name

    biases = {
        term: weight(other)
        for node in graph.node
        if node.op_type == "Add"
        for term, other in (node.input, reversed(node.input))
    }
    for node in graph.node:
        if node.op_type in MATRICES and weight(node.input[1]) in weights:
            bias = weight(node.input[2]) if node.input[2:] else biases.get(node.output[0], "")
            transposed = any(each.name == "transB" and each.i for each in node.attribute)
            matrix = weights[weight(node.input[1])]
            if bias.endswith(BIAS):
                weights[bias.removesuffix(BIAS) + ".weight"] = matrix if transposed else matrix.T
    return weights


def tokens_of(
    folder: Path, table: NDArray[np.float32], tokenizer: Tokenizer
) -> NDArray[np.float32]:
    """Return a model's table of tokens in the order of another tokenizer, (tokens, width)."""
    own = open_tokenizer(str(folder / ModelInfo.read(folder).tokenizer_file))
    known = own.get_vocab()
    made = np.empty((tokenizer.get_vocab_size(), table.shape[1]), np.float32)
    for token, row in tokenizer.get_vocab().items():
        parts = own.encode(token.removeprefix("##"), add_special_tokens=False).ids
        made[row] = table[known[token]] if token in known else table[parts].mean(axis=0)
    return made


@torch.no_grad()
def forget_drawn(classes: ClassVectors) -> None:
    """Set the rows of drawn classes to what they are before they are learned."""
    classes.vectors[classes.known :] = 0
    classes.classifier.weight[classes.known :] = 0
    classes.classifier.bias[classes.known :] = UNSEEN


if __name__ == "__main__":
    main()
