import torch
from averaging import mean_of


def test_the_mean_is_of_each_weight():
    states = [{"w": torch.tensor([0.0, 4.0])}, {"w": torch.tensor([8.0, 4.0])}]
    assert mean_of(states)["w"].tolist() == [4.0, 4.0]
