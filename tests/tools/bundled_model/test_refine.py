import pytest
import torch
from refine import LIKENESS, Refinement, Side, soft_contrast, soft_targets
from torch.nn.functional import normalize

from visavis.training.queue import MemoryQueue


class Scale:
    @staticmethod
    def scale():
        return torch.tensor(7.0)


@pytest.fixture
def refinement():
    torch.manual_seed(0)
    made = Refinement.__new__(Refinement)
    made.summaries = normalize(torch.randn(6, 5), dim=1)
    return made


def test_targets_sum_to_one_and_lean_on_pairs():
    positives = torch.eye(3, dtype=torch.bool)
    targets = soft_targets(positives, torch.eye(3), share=0.2)
    torch.testing.assert_close(targets.sum(dim=1), torch.ones(3))
    assert (targets.diagonal() > 0.8).all()


def test_what_is_left_out_counts_for_nothing():
    similarity = torch.tensor([[1.0, 2.0, float("-inf")]])
    targets = torch.tensor([[0.25, 0.75, 0.0]])
    expected = soft_contrast(similarity[:, :2], targets[:, :2])
    torch.testing.assert_close(soft_contrast(similarity, targets), expected)


def test_candidates_are_those_of_the_batch_and_of_other_images_remembered(refinement):
    memory = MemoryQueue(3, 4)
    past = normalize(torch.randn(3, 4), dim=1)
    memory.extend(past, torch.tensor([1, 4, 5]))
    asking, candidates = (normalize(torch.randn(2, 4), dim=1) for _ in range(2))
    images = torch.tensor([0, 1])
    meanings = refinement.summaries[images]
    loss = refinement._contrast(Scale, Side(asking, images, meanings), candidates, images, memory)

    losses = []
    for row, own in enumerate(images.tolist()):
        known = [(candidates[0], 0), (candidates[1], 1)]
        known += [(past[n], image) for n, image in enumerate((1, 4, 5)) if image != own]
        logits = torch.stack([7.0 * asking[row] @ vector for vector, _ in known])
        near = torch.stack([meanings[row] @ refinement.summaries[n] for _, n in known]) / LIKENESS
        target = 0.2 * near.softmax(dim=0)
        target[row] += 0.8
        losses.append(-(target * logits.log_softmax(dim=0)).sum())
    torch.testing.assert_close(loss, torch.stack(losses).mean())


def test_what_was_seen_is_remembered(refinement):
    memory = MemoryQueue(3, 4)
    candidates, images = normalize(torch.randn(2, 4), dim=1), torch.tensor([2, 3])
    side = Side(candidates, images, refinement.summaries[images])
    refinement._contrast(Scale, side, candidates, images, memory)
    assert memory.owners.tolist() == [2, 3]
    torch.testing.assert_close(memory.vectors, candidates)
