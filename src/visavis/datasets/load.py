"""From what a user types to a dataset."""

from __future__ import annotations

from visavis.datasets.base import READERS, Dataset


def load_dataset(spec: str) -> Dataset:
    """Read the dataset that `spec`, `reader:path`, names."""
    name, _, path = spec.partition(":")
    return READERS.get(name)(path)
