"""The text tower of a pretrained language model: any text network of transformers."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import AutoModel, AutoTokenizer, PreTrainedModel

from visavis.errors import TrainingError, first_line
from visavis.training.towers.text import TextTower
from visavis.training.weights import model_folder

# Files of tokenizers; without any, transformers would make an empty one.
_VOCABULARIES = ("tokenizer.json", "vocab.*", "*.model")


class LanguageTower(TextTower):
    """Token ids, int64 (n, tokens) padded with `pad` at the end, to unit vectors (n, dim).

    The network's last states, of length `width`, are averaged over all tokens but padding, and
    projected. With `bfloat16` the network computes in that precision while it learns: twice as fast
    where processors can.
    """

    def __init__(
        self,
        network: PreTrainedModel,
        width: int,
        dim: int,
        *,
        pad: int = 0,
        dropout: float = 0.1,
        bfloat16: bool = False,
        anchors: int = 0,
    ) -> None:
        super().__init__(dim, pad=pad, anchors=anchors)
        self.learns_in_bfloat16 = bfloat16
        self.network = network
        self.dropout = nn.Dropout(dropout)
        self.project = nn.Linear(width, self.inner)

    def _head(self) -> tuple[nn.Module, ...]:
        return (self.project,)

    def _encode(self, tokens: Tensor) -> Tensor:
        mask = tokens != self.pad
        halved = self.training and self.learns_in_bfloat16
        with torch.autocast(tokens.device.type, torch.bfloat16, enabled=halved):
            found = self.network(input_ids=tokens, attention_mask=mask.long())
        states = found.last_hidden_state.float()
        share = mask / mask.sum(dim=1, keepdim=True)
        pooled = (share.unsqueeze(1) @ states).squeeze(1)
        return F.normalize(self.project(self.dropout(pooled)), dim=-1)


def open_language(
    name: str,
    dim: int,
    *,
    max_tokens: int = 64,
    dropout: float = 0.1,
    bfloat16: bool = False,
    anchors: int = 0,
) -> tuple[Tokenizer, LanguageTower]:
    """Open a text model of transformers, by folder or name on the hub, with its tokenizer.

    Of a dual encoder the text tower is taken, of a translator the encoder. Texts are truncated to
    `max_tokens`, or to the limit of the model if that is lower. Raises TrainingError.
    """
    folder = model_folder(name)
    tokenizer, pad = open_tokenizer(name, folder, max_tokens)
    network = open_network(name, folder)
    width = _width(name, network, tokenizer)
    tower = LanguageTower(
        network, width, dim, pad=pad, dropout=dropout, bfloat16=bfloat16, anchors=anchors
    )
    return tokenizer, tower


def open_network(name: str, folder: Path) -> PreTrainedModel:
    """Open a text model of transformers; `name` is said in messages. Raises TrainingError."""
    try:
        # Eager attention is written out in plain operations, which can all be exported.
        network, found = AutoModel.from_pretrained(
            folder, attn_implementation="eager", output_loading_info=True
        )
    except Exception as error:
        raise TrainingError(f"{name}: cannot be loaded ({first_line(error)})") from error
    if found["missing_keys"]:
        raise TrainingError(f"{name}: its weights lack {min(found['missing_keys'])!r}")
    if network.config.is_encoder_decoder:
        network = network.get_encoder()
    return cast("PreTrainedModel", getattr(network, "text_model", network))


@torch.no_grad()
def _width(name: str, network: PreTrainedModel, tokenizer: Tokenizer) -> int:
    """Return the length of the network's states, measured on an empty text."""
    tokens = torch.tensor([tokenizer.encode("").ids])
    try:
        return int(network(input_ids=tokens).last_hidden_state.shape[-1])
    except Exception as error:
        raise TrainingError(f"{name}: not a network of texts ({first_line(error)})") from error


def open_tokenizer(name: str, folder: Path, max_tokens: int) -> tuple[Tokenizer, int]:
    """Return the tokenizer and the id of its padding token. Raises TrainingError."""
    if not any(file for pattern in _VOCABULARIES for file in folder.glob(pattern)):
        raise TrainingError(f"{name}: no tokenizer in it (tokenizer.json)")
    try:
        wrapper = AutoTokenizer.from_pretrained(folder)
        tokenizer: Tokenizer = wrapper.backend_tokenizer
    except Exception as error:
        raise TrainingError(
            f"{name}: its tokenizer cannot be loaded ({first_line(error)})"
        ) from error
    pad = wrapper.pad_token_id
    if pad is None or not set(tokenizer.encode("").ids) - {pad}:
        raise TrainingError(f"{name}: its tokenizer needs a token for padding and one for no text")
    tokenizer.enable_truncation(min(max_tokens, wrapper.model_max_length))
    tokenizer.enable_padding(pad_id=pad, pad_token=wrapper.pad_token)
    return tokenizer, pad
