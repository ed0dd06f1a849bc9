"""Blocks of a network: the longest list of layers of one kind, such as those of a transformer."""

from __future__ import annotations

from torch import nn

from visavis.errors import TrainingError


def blocks_of(network: nn.Module) -> tuple[nn.Module, ...]:
    """Return the blocks of a network in order; none if it has no list of layers."""
    lists = [each for each in network.modules() if isinstance(each, nn.ModuleList)]
    if not lists:
        return ()
    largest = max(lists, key=_weights)
    return tuple(largest)


def freeze_before_last(network: nn.Module, count: int) -> None:
    """Freeze all parameters before the last `count` blocks; those after them are left as they are.

    Raises TrainingError if the network has fewer blocks.
    """
    blocks = blocks_of(network)
    if count > len(blocks):
        found = len(blocks) or "no"
        raise TrainingError(f"the last {count} blocks are to learn, but there are {found} blocks")
    first = {id(value) for value in blocks[-count].parameters()}
    for value in network.parameters():  # in the order of the forward pass
        if id(value) in first:
            return
        value.requires_grad = False


def _weights(layers: nn.Module) -> int:
    return sum(value.numel() for value in layers.parameters())
