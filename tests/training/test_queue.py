from __future__ import annotations

from collections import deque

import torch
from hypothesis import given
from hypothesis import strategies as st

from visavis.training.queue import MemoryQueue


def numbered(start, count, dim=2):
    """Vectors that carry their number, and images that do so too."""
    numbers = torch.arange(start, start + count)
    return numbers[:, None].repeat(1, dim).float(), numbers


def held(queue):
    assert (queue.vectors[:, 0] == queue.images).all()
    return sorted(queue.images.tolist())


@given(st.integers(1, 7), st.lists(st.integers(0, 20), max_size=6))
def test_it_holds_the_last_ones_like_a_deque(size, lengths):
    queue, expected, seen = MemoryQueue(size, 2), deque(maxlen=size), 0
    for length in lengths:
        queue.extend(*numbered(seen, length))
        expected.extend(range(seen, seen + length))
        seen += length
        assert len(queue) == len(expected)
        assert held(queue) == list(expected)


def test_it_keeps_no_gradients():
    queue = MemoryQueue(3, 2)
    vectors = torch.randn(2, 2, requires_grad=True)
    queue.extend(vectors * 2, torch.tensor([0, 1]))
    assert not queue.vectors.requires_grad
    assert torch.equal(queue.vectors, vectors.detach() * 2)


def test_scores_of_what_was_remembered_stay_right_when_more_is_added():
    queue = MemoryQueue(2, 2)
    queue.extend(*numbered(1, 2))
    anchor = torch.ones(1, 2, requires_grad=True)
    scores = anchor @ queue.vectors.T
    queue.extend(*numbered(5, 2))
    scores.sum().backward()
    assert anchor.grad.tolist() == [[3.0, 3.0]]


def test_half_precision_is_taken_as_single():
    queue = MemoryQueue(3, 2)
    queue.extend(torch.ones(2, 2, dtype=torch.bfloat16), torch.tensor([0, 1], dtype=torch.int32))
    assert queue.vectors.dtype == torch.float32
    assert queue.images.dtype == torch.int64


def test_a_restored_queue_goes_on_where_it_was():
    queue, restored = MemoryQueue(4, 2), MemoryQueue(4, 2)
    queue.extend(*numbered(0, 6))
    restored.load_state_dict(queue.state_dict())
    for each in (queue, restored):
        each.extend(*numbered(6, 1))
    assert held(queue) == held(restored) == [3, 4, 5, 6]
    assert torch.equal(queue.images, restored.images)


def test_there_is_nothing_to_train_in_it():
    assert list(MemoryQueue(4, 2).parameters()) == []
