from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from torch.nn.functional import normalize
from transformers import (
    BertConfig,
    BertModel,
    CLIPConfig,
    CLIPModel,
    DistilBertConfig,
    DistilBertModel,
    GPT2Config,
    GPT2Model,
    ModernBertConfig,
    ModernBertModel,
    PreTrainedTokenizerFast,
    T5Config,
    T5Model,
    ViTConfig,
    ViTModel,
    XLMRobertaConfig,
    XLMRobertaModel,
)

from visavis.errors import TrainingError
from visavis.training.export.model import export_network
from visavis.training.towers.language import open_language

WORDS = [
    "<s>",
    "<pad>",
    "</s>",
    "<unk>",
    "a",
    "dog",
    "cat",
    "runs",
    "on",
    "the",
    "beach",
    "un",
    "chien",
]
PAD = 1
SIZES = {
    "vocab_size": len(WORDS),
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 48,
    "max_position_embeddings": 64,
    "pad_token_id": PAD,
    "bos_token_id": 0,
    "eos_token_id": 2,
}
VISION = {**SIZES, "image_size": 32, "patch_size": 8}
T5 = {"d_model": 32, "d_kv": 16, "d_ff": 48, "num_layers": 2, "num_heads": 2}
DISTIL = {"dim": 32, "hidden_dim": 48, "n_layers": 2, "n_heads": 2}
TEXTS = ["a dog runs on the beach", "un chien", "", "a cat on the beach on the beach on the beach"]


def modern_bert():
    special = {"cls_token_id": 0, "sep_token_id": 2}
    return ModernBertModel(ModernBertConfig(**SIZES, **special, local_attention=4))


NETWORKS = {
    "bert": lambda: BertModel(BertConfig(**SIZES)),
    "xlm-roberta": lambda: XLMRobertaModel(XLMRobertaConfig(**SIZES)),
    "distilbert": lambda: DistilBertModel(DistilBertConfig(**DISTIL, vocab_size=len(WORDS))),
    "modernbert": modern_bert,
    "t5": lambda: T5Model(T5Config(**T5, vocab_size=len(WORDS), pad_token_id=PAD)),
    "clip": lambda: CLIPModel(CLIPConfig(text_config=SIZES, vision_config=VISION)),
}


def save(network, folder, *, special=True, pad="<pad>", room=64):
    torch.manual_seed(0)
    with torch.no_grad():
        for weight in network.parameters():
            if weight.ndim > 1:
                weight.normal_(0, 0.2)
    network.save_pretrained(folder)
    words = Tokenizer(models.WordLevel({w: n for n, w in enumerate(WORDS)}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    if special:
        words.post_processor = processors.TemplateProcessing(
            single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
        )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token=pad, unk_token="<unk>", model_max_length=room
    )
    tokenizer.save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="module", params=NETWORKS)
def opened(request, tmp_path_factory):
    folder = save(NETWORKS[request.param](), tmp_path_factory.mktemp("model"))
    tokenizer, tower = open_language(folder, 16, max_tokens=12)
    return tokenizer, tower.eval()


def ids(tokenizer, texts):
    return torch.tensor([each.ids for each in tokenizer.encode_batch(texts)])


@torch.no_grad()
def test_vectors_have_unit_length_whatever_the_padding(opened):
    tokenizer, tower = opened
    together = tower(ids(tokenizer, TEXTS))
    assert torch.allclose(together.norm(dim=1), torch.ones(4), atol=1e-5)
    for text, vector in zip(TEXTS, together, strict=True):
        assert torch.allclose(tower(ids(tokenizer, [text]))[0], vector, atol=1e-5)
    assert (together @ together.T).fill_diagonal_(0).max() < 0.999


@torch.no_grad()
def test_vectors_are_projected_means_of_states(tmp_path):
    network = NETWORKS["xlm-roberta"]()
    tokenizer, tower = open_language(save(network, tmp_path), 16)
    tower.eval()
    tokens = ids(tokenizer, ["a dog runs"])
    states = network.eval()(tokens).last_hidden_state[0]
    expected = normalize(tower.project(states.mean(dim=0)), dim=-1)
    assert torch.allclose(tower(tokens)[0], expected, atol=1e-5)


def test_texts_are_truncated_and_padded_by_its_own_tokenizer(opened):
    tokenizer, tower = opened
    long, _, empty, _ = tokens = ids(tokenizer, ["a dog " * 30, "a", "", "un chien"])
    assert tokens.shape == (4, 12)
    assert (long[0], long[-1]) == (0, 2)
    assert empty.tolist() == [0, 2] + 10 * [PAD]
    assert tower.pad == PAD


def test_texts_are_truncated_to_the_limit_of_the_model(tmp_path):
    folder = save(NETWORKS["bert"](), tmp_path, room=8)
    tokenizer, _ = open_language(folder, 16, max_tokens=64)
    assert len(tokenizer.encode("a dog " * 30).ids) == 8


def test_the_network_learns(tmp_path):
    tokenizer, tower = open_language(save(NETWORKS["bert"](), tmp_path), 16)
    tower.train()(ids(tokenizer, TEXTS))[:, 0].sum().backward()
    assert tower.network.get_input_embeddings().weight.grad.any()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::FutureWarning")  # the exporter's own
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_exported_network_returns_the_same_vectors(opened, tmp_path):
    _, tower = opened
    path = tmp_path / "text.onnx"
    example = torch.tensor([[0, 5, 6, 2], [0, 2, 1, 1]])
    export_network(tower, example, {0: "texts", 1: "tokens"}, ["vectors"], path)
    session = onnxruntime.InferenceSession(path)
    rng = np.random.default_rng(0)
    for texts in (1, 17):
        for longest in (1, 2, 5, 40):
            tokens = rng.integers(2, len(WORDS), (texts, longest))
            lengths = rng.integers(1, longest + 1, (texts, 1))
            tokens[np.arange(longest) >= lengths] = PAD
            (vectors,) = session.run(None, {"input": tokens})
            expected = tower(torch.from_numpy(tokens)).detach().numpy()
            assert (vectors * expected).sum(axis=1).min() > 0.9999


def gpt2(folder):
    return save(GPT2Model(GPT2Config(n_embd=8, n_layer=1, n_head=1)), folder, special=False)


def without_weights(folder):
    save(NETWORKS["bert"](), folder)
    (folder / "model.safetensors").unlink()
    return str(folder)


def without_tokenizer(folder):
    save(NETWORKS["bert"](), folder)
    for file in folder.glob("tokenizer*"):
        file.unlink()
    return str(folder)


def of_images(folder):
    return save(ViTModel(ViTConfig(**VISION)), folder)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: f"{folder}/gone", "no such folder"),
        (gpt2, "needs a token for padding and one for no text"),
        (lambda folder: save(NETWORKS["bert"](), folder, pad=None), "needs a token for padding"),
        (without_weights, "cannot be loaded"),
        (without_tokenizer, "no tokenizer in it"),
        (of_images, "not a network of texts"),
    ],
)
def test_an_unusable_model_is_refused_in_one_line(make, message, tmp_path):
    name = make(tmp_path)
    with pytest.raises(TrainingError, match=message) as raised:
        open_language(name, 16)
    assert str(raised.value).startswith(name)
    assert "\n" not in str(raised.value)
