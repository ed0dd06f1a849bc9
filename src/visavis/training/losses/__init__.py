"""Losses over a batch of images and captions.

Rows of scores are anchors, columns are candidates. A loss looks one way; the other way is the same
loss of the transposed matrices. Without any pair to learn from, a loss is 0. See `base` for what a
loss is given.
"""

from visavis.training.losses.base import LOSSES, BatchLoss, LossContext, Scores, materials_of
from visavis.training.losses.classes import ClassesLoss, KeepClassesLoss
from visavis.training.losses.contrastive import info_nce, sigmoid
from visavis.training.losses.distances import DISTANCES
from visavis.training.losses.distillation import SoftInfoNce, SummaryLoss, TeacherLoss
from visavis.training.losses.pairs import PairsLoss
from visavis.training.losses.teacher_model import TeacherScoresLoss, TeacherVectorsLoss
from visavis.training.losses.triplet import max_hinge, max_violation, sum_violations, triplet

__all__ = [
    "DISTANCES",
    "LOSSES",
    "BatchLoss",
    "ClassesLoss",
    "KeepClassesLoss",
    "LossContext",
    "PairsLoss",
    "Scores",
    "SoftInfoNce",
    "SummaryLoss",
    "TeacherLoss",
    "TeacherScoresLoss",
    "TeacherVectorsLoss",
    "info_nce",
    "materials_of",
    "max_hinge",
    "max_violation",
    "sigmoid",
    "sum_violations",
    "triplet",
]
