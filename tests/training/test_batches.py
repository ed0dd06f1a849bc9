from __future__ import annotations

import numpy as np

from visavis.training.batches import ImageBatches, TripletBatches


def test_an_epoch_shows_each_image_once_with_its_own_captions():
    image_of_caption = np.array([0, 0, 0, 1, 2, 2, 3])
    batches = ImageBatches(image_of_caption, size=2, captions=2)
    seen = []
    for batch in batches.epoch(np.random.default_rng(0)):
        seen += batch.images.tolist()
        assert (image_of_caption[batch.captions] == batch.images[batch.image_of_caption]).all()
        assert np.bincount(batch.image_of_caption).max() <= 2
    assert sorted(seen) == [0, 1, 2, 3]
    assert len(batches) == 2


def test_an_epoch_differs_from_the_next_and_is_the_same_for_one_seed():
    batches = ImageBatches(np.arange(32), size=8, captions=1)

    def images(seed):
        return [b.images.tolist() for b in batches.epoch(np.random.default_rng(seed))]

    assert images(1) == images(1) != images(2)


def test_pairs_of_a_round_come_with_the_negative_drawn_for_them():
    image_of_caption = np.array([0, 0, 1, 1, 2, 2])
    negatives = np.array([2, 3, 4, 5, -1, 0])
    batches = TripletBatches(image_of_caption, size=5, negatives=negatives)
    (batch,) = batches.epoch(np.random.default_rng(0))
    positives = batch.captions[: len(batch.image_of_caption)]
    assert sorted(positives.tolist()) == [0, 1, 2, 3, 5]
    assert (image_of_caption[positives] == batch.images[batch.image_of_caption]).all()
    assert (batch.captions[batch.mined] == negatives[positives]).all()
    # The objective reads `mined` in the order in which a mask of the pairs is walked.
    assert batch.image_of_caption.tolist() == sorted(batch.image_of_caption)


def test_pairs_of_an_image_may_come_together():
    image_of_caption = np.repeat(np.arange(12), 5)
    batches = TripletBatches(
        image_of_caption, size=10, negatives=(np.arange(60) + 5) % 60, together=True
    )
    seen = []
    for batch in batches.epoch(np.random.default_rng(0)):
        assert len(batch.images) == 2
        seen += batch.captions[: len(batch.image_of_caption)].tolist()
    assert sorted(seen) == list(range(60))
