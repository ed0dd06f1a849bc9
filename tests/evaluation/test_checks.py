from __future__ import annotations

import numpy as np
import pytest

from visavis.errors import DatasetError, VisavisError
from visavis.evaluation import evaluate
from visavis.evaluation.checks import check_overlap, check_scores, check_vectors


def test_an_image_with_the_content_of_a_training_image_is_refused(overlapping, encoder):
    with pytest.raises(DatasetError, match=r"1 images of .* red.png = copy.png; --allow-overlap"):
        evaluate(encoder, overlapping, "test")
    assert len(evaluate(encoder, overlapping, "test", allow_overlap=True)) == 2


def test_splits_without_shared_images_are_accepted(overlapping):
    overlapping.images["copy.png"].write_bytes(b"another image")
    check_overlap(overlapping, "test")
    overlapping.splits["copy.png"] = "dev"
    check_overlap(overlapping, "test")
    check_overlap(overlapping, "dev")


@pytest.mark.parametrize("broken", [np.full((3, 5), np.nan), np.ones((3, 5))])
def test_invalid_scores_are_refused(broken):
    with pytest.raises(VisavisError, match="the model gives"):
        check_scores(broken)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [(np.full((3, 5), np.nan), "not numbers"), (np.ones((3, 5)), r"every image .*collapsed")],
)
def test_invalid_vectors_are_refused(broken, reason):
    with pytest.raises(VisavisError, match=reason):
        check_vectors(broken, "image")


def test_a_single_vector_is_not_a_collapse():
    check_vectors(np.ones((1, 4)), "image")
    check_vectors(np.eye(4), "text")
