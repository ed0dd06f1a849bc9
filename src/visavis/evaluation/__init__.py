"""Measuring a model on a dataset."""

from visavis.evaluation.protocol import Report, evaluate

__all__ = ["Report", "evaluate"]
