from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.nn.functional import normalize

from visavis.training.losses import LOSSES, info_nce
from visavis.training.losses.distillation import SHARPNESS, agreement
from visavis.training.teacher import Teacher
from visavis.training.teacher_targets import TeacherOfRun
from visavis.training.text_tables import ClassNames, EqualTexts

LINES = [("a dog", "un chien"), ("hello",), ("a cat", "un chat")]
STAGE = SimpleNamespace(name="text")


def unit(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return normalize(torch.randn(*shape, generator=generator), dim=-1)


class Model:
    """A text tower that looks up a vector for each text; a text is its own token."""

    training = True
    known = tuple(text for line in LINES for text in line)

    def __init__(self):
        self.table = unit(len(self.known), 4).requires_grad_()
        self.said = []

    def tokenize(self, texts):
        self.said += texts
        return torch.tensor([[self.known.index(text)] for text in texts])

    def encode_texts(self, tokens):
        return self.table[tokens[:, 0]]

    def eval(self):
        return self

    def train(self, mode):
        return self


@pytest.fixture
def state():
    model = Model()
    return SimpleNamespace(
        model=model,
        materials={"pairs": EqualTexts(LINES)},
        tokenize=model.tokenize,
        train=SimpleNamespace(
            tokens=torch.tensor([[0], [3]]),
            pairs=SimpleNamespace(texts=["a dog", "a cat"], image_of_caption=np.array([0, 1])),
        ),
        accelerator=SimpleNamespace(device=torch.device("cpu")),
    )


def test_two_texts_of_a_line_belong_together(state):
    loss = LOSSES.get("pairs")(state, STAGE)
    found = loss.draw(state.model, np.random.default_rng(0), 3)
    first, second = state.model.said[:3], state.model.said[3:]
    partners = {one: other for line in LINES for one in line for other in line if one != other}
    assert [partners[text] for text in first] == second
    one, other = (state.model.encode_texts(state.tokenize(texts)) for texts in (first, second))
    scores, same = SHARPNESS * one @ other.T, torch.eye(3, dtype=torch.bool)
    torch.testing.assert_close(found, info_nce(scores, same) + info_nce(scores.T, same))


def test_a_teacher_is_agreed_with_on_what_it_knows(state, tmp_path):
    rows = {"a dog": 0, "un chien": 0, "hello": 1, "a cat": 2}
    teacher = Teacher(unit(3, 6, seed=2), rows)
    teacher.save(tmp_path / "teacher.npz")
    state.materials["teacher"] = TeacherOfRun(tmp_path / "teacher.npz")
    loss = LOSSES.get("pairs")(state, STAGE)
    found = loss.draw(state.model, np.random.default_rng(0), 30)
    said = [text for text in state.model.said if text in rows]
    assert "hello" in said
    assert len(said) < 30, "the teacher does not know un chat"
    own = normalize(loss.to_teacher(state.model.encode_texts(state.tokenize(said))), dim=1)
    expected = agreement(own, teacher.vectors[teacher.rows(said)])
    torch.testing.assert_close(found, expected, rtol=0, atol=0.01)
    found.backward()
    assert state.model.table.grad.abs().sum() > 0


def test_the_same_chance_draws_the_same_texts(state):
    loss = LOSSES.get("pairs")(state, STAGE)
    one, two = (loss.draw(state.model, np.random.default_rng(3), 5) for _ in range(2))
    assert torch.equal(one, two)


def test_dropout_follows_from_the_draw_alone(state):
    """So several processes have the same gradients, whatever their own random numbers."""
    loss, dropout = LOSSES.get("pairs")(state, STAGE), torch.nn.Dropout(0.5)
    table = state.model.table
    state.model.encode_texts = lambda tokens: dropout(table[tokens[:, 0]])
    torch.manual_seed(1)
    one = loss.draw(state.model, np.random.default_rng(3), 5)
    after = torch.rand(1)
    torch.manual_seed(2)
    other = loss.draw(state.model, np.random.default_rng(3), 5)
    assert torch.equal(one, other)
    torch.manual_seed(1)
    assert torch.equal(torch.rand(1), after), "nor do they move the random numbers of others"


def test_names_of_classes_are_texts_too(state):
    names = ClassNames(["a moon", "une lune"], np.array([0, 0]), [("a moon", "une lune")])
    state.materials |= {"classes": names, "drawn": SimpleNamespace(names=names)}
    assert LOSSES.get("pairs")(state, STAGE).lines.count(("a moon", "une lune")) == 2
