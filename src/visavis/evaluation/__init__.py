"""Evaluation: measure a model on a dataset, compare models, write reports."""

from visavis.evaluation.classification import ClassificationReport, evaluate_classification
from visavis.evaluation.protocol import evaluate
from visavis.evaluation.report import Report

__all__ = ["ClassificationReport", "Report", "evaluate", "evaluate_classification"]
