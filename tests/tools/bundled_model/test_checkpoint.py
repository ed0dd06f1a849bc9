import pytest
import torch
from checkpoint import load

from visavis.training.model import DualEncoder
from visavis.training.towers.image import ImageTower
from visavis.training.towers.text import TextTower


@pytest.fixture
def files(tmp_path):
    for name, value in (("one", 1.0), ("three", 3.0)):
        model = DualEncoder(ImageTower(16, classes=5), TextTower(50, 16))
        model.image.classes.vectors.data.fill_(value)
        torch.save((model.state_dict(), "what the teacher is reached by"), tmp_path / f"{name}.pt")
    return [tmp_path / "one.pt", tmp_path / "three.pt"]


@pytest.mark.parametrize(("count", "mean"), [(1, 1.0), (2, 2.0)])
def test_a_checkpoint_alone_and_a_mean(files, count, mean):
    model = load(files[:count])
    assert torch.equal(model.image.classes.vectors, torch.full((5, 16), mean))
    assert (model.text.embedding.num_embeddings, model.image.dim) == (50, 16)
