from __future__ import annotations

import pytest
import torch
from accelerate import Accelerator
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from torch import nn
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from visavis.training import checkpoint, run
from visavis.training.optimizer import fit, groups_of, schedule, text_groups_of
from visavis.training.recipe import START, Stage, load_recipe
from visavis.training.towers.subwords import SubwordTower
from visavis.training.towers.words import WordTower

HEADS = {
    "words": ("text.pool.", "text.project."),
    "subwords": ("text.pool.", "text.project."),
    "language": ("text.project.",),
}
WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "a",
    "red",
    "green",
    "blue",
    "small",
    "large",
    "circle",
    "square",
    "un",
    "petit",
    "grand",
    "cercle",
]


def test_the_rate_warms_up_and_falls_by_half_a_cosine():
    shares = [schedule(step, 100, warmup=10) for step in range(100)]
    assert shares[0] == pytest.approx(0.1)
    assert max(shares) == shares[9]
    assert schedule(50, 100) == pytest.approx(0.5)
    assert shares[99] < 0.001


def test_a_constant_rate_only_warms_up():
    shares = [schedule(step, 30, warmup=100, cosine=False) for step in range(30)]
    assert shares[:2] == pytest.approx([0.1, 0.2])  # a third of the steps at most
    assert set(shares[9:]) == {1.0}


def test_a_few_parameters_are_fitted_each_at_its_rate():
    slow, fast = (torch.zeros(1, requires_grad=True) for _ in range(2))
    groups = [{"params": [slow], "peak": 1e-3}, {"params": [fast], "peak": 0.1}]

    def error():
        return ((slow - 5) ** 2 + (fast - 5) ** 2).sum()

    left = fit(groups, error, steps=200)
    assert fast.item() == pytest.approx(5, abs=0.1)
    assert 0 < slow.item() < 0.3
    assert left == pytest.approx((slow.item() - 5) ** 2, rel=0.05)


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory):
    """A folder of transformers with a text network of a few thousand random weights."""
    folder = tmp_path_factory.mktemp("bert")
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    torch.manual_seed(0)
    network = BertModel(BertConfig(**sizes, vocab_size=len(WORDS), intermediate_size=24))
    network.save_pretrained(folder)
    tokenizer = Tokenizer(models.WordLevel({w: n for n, w in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A", None, [("[CLS]", 2)])
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", model_max_length=32
    ).save_pretrained(folder)
    return str(folder)


@pytest.fixture
def trained(shapes_dataset, tiny_changes, tiny_bert, tmp_path):
    """Return a function that trains for an epoch: the weights before, and the model."""

    def train(tower, *changes):
        model = [f"text.model={tiny_bert}"] if tower == "language" else []
        more = ["stages.heads.epochs=1", "stages.heads.start=start", f"text.tower={tower}"]
        recipe = load_recipe("contrastive", [*tiny_changes, *more, *model, *changes])
        folder = tmp_path / "run"
        fitted = run.fit(recipe, shapes_dataset, folder, Accelerator(cpu=True))
        return checkpoint.load(folder / f"{START}.pt"), fitted.model

    return train


def changed(before, model):
    return {n for n, value in model.named_parameters() if (before[n] != value).any()}


@pytest.mark.parametrize("tower", HEADS)
def test_a_frozen_text_tower_learns_its_head_alone(trained, tower):
    before, model = trained(tower, "text.frozen=true")
    learning = ("image.head.", *HEADS[tower])
    assert changed(before, model) == {
        name for name, _ in model.named_parameters() if name.startswith(learning)
    }


@pytest.mark.parametrize("tower", HEADS)
def test_a_text_tower_that_is_not_frozen_learns_all_that_its_vectors_depend_on(trained, tower):
    before, model = trained(tower)
    learning = ("image.head.", "text.")
    assert changed(before, model) == {
        name
        for name, _ in model.named_parameters()
        if name.startswith(learning) and ".pooler." not in name
    }


@pytest.mark.parametrize("tower", HEADS)
def test_the_rate_of_the_text_tower_is_not_that_of_its_head(trained, tower):
    before, model = trained(tower, "training.text_rate=1e-9", "training.decay=0")
    moved = {n: (before[n] - p.data).abs().max().item() for n, p in model.named_parameters()}
    below = {n for n in moved if n.startswith("text.") and not n.startswith(HEADS[tower])}
    heads = {n for n in moved if n.startswith(("image.head.", *HEADS[tower]))}
    assert max(moved[name] for name in below) < 1e-6
    assert min(moved[name] for name in heads) > 1e-5


class Towers(nn.Module):
    """A text tower beside an image tower of one layer, whose backbone has no parameters."""

    def __init__(self, text):
        super().__init__()
        self.image, self.text = nn.Linear(4, 4), text
        self.image.backbone = nn.Module()
        self.image.backbone.freeze = lambda: None
        self.image.lock_head = lambda *, locked: self.image.requires_grad_(not locked)


@pytest.fixture(params=["words", "subwords"])
def model(request):
    if request.param == "words":
        return Towers(WordTower(torch.ones(9, 8), 8))
    return Towers(SubwordTower(9, 8))


def peaks(model, groups):
    """Return the highest rate of each parameter, by name."""
    names = {id(value): name for name, value in model.named_parameters()}
    rates = [(names.get(id(p)), group["peak"]) for group in groups for p in group["params"]]
    found = dict(rates)
    assert len(found) == len([name for name, _ in rates if name]) + (None in found)
    found.pop(None, None)
    return found


def test_without_a_rate_of_its_own_the_text_tower_learns_as_the_heads(model):
    groups = groups_of(model, Stage(name="s", rate=0.5), nn.Linear(1, 1))
    assert len(groups) == 2
    assert peaks(model, groups) == dict.fromkeys(dict(model.named_parameters()), 0.5)


def test_every_parameter_has_one_rate(model):
    stage, objective = Stage(name="s", rate=0.5, text_rate=0.1), nn.Linear(1, 1)
    head = ("image.", *HEADS["subwords"])
    expected = {n: 0.5 if n.startswith(head) else 0.1 for n, _ in model.named_parameters()}
    assert peaks(model, groups_of(model, stage, objective)) == expected
    of_text = {name: rate for name, rate in expected.items() if name.startswith("text.")}
    assert peaks(model, text_groups_of(model, stage, objective)) == of_text


def test_what_is_frozen_is_in_no_group(model):
    model.text.freeze()
    stage, objective = Stage(name="s", rate=0.5, text_rate=0.1), nn.Linear(1, 1)
    kept = {n for n, _ in model.named_parameters() if n.startswith(HEADS["subwords"])}
    assert peaks(model, text_groups_of(model, stage, objective)) == dict.fromkeys(kept, 0.5)
    assert "text.embedding.weight" not in peaks(model, groups_of(model, stage, objective))
