import pytest
import torch
from torch.nn.functional import normalize

from visavis.training.towers.hubness import CONSTANT, HubnessCorrection, soft_maximum
from visavis.training.towers.subwords import SubwordTower
from visavis.training.towers.words import WordTower

REST = 1 - CONSTANT**2


@pytest.fixture
def vectors():
    torch.manual_seed(0)
    return normalize(torch.randn(5, 8), dim=1)


@pytest.fixture
def corrections():
    """The corrections of images and of texts, each with its own anchors."""
    torch.manual_seed(1)
    found = []
    for modality in ("image", "text"):
        correction = HubnessCorrection(modality, 8, anchors=3)
        anchors = normalize(torch.randn(3, 8), dim=1) / 2
        correction.set_anchors(anchors, torch.randn(3), mean=0.1, share=0.2)
        found.append(correction)
    return found


def deviation(correction, x):
    anchors = correction.anchors * correction.scales
    return soft_maximum(x, anchors, correction.weights) - correction.mean


def test_vectors_have_unit_length_and_two_further_numbers(corrections, vectors):
    for correction in corrections:
        assert torch.allclose(correction(vectors).norm(dim=1), torch.ones(5))
        assert correction(vectors).shape == (5, 10)


def test_a_share_of_hubness_is_subtracted(corrections, vectors):
    images, texts = (correction(vectors) for correction in corrections)
    kept = [(1 - (correction(vectors)[:, 8:] ** 2).sum(dim=1)).sqrt() for correction in corrections]
    cosines = kept[0][:, None] * kept[1] * (vectors @ vectors.T)
    off = [REST * 0.2 * deviation(correction, vectors) for correction in corrections]
    assert torch.allclose(images @ texts.T, cosines - off[0][:, None] - off[1], atol=1e-6)
    assert all(each.abs().max() > 0.01 for each in off)


def test_a_query_ranks_images_by_cosine_minus_their_hubness(corrections, vectors):
    image, text = corrections
    x, query = vectors[1:], vectors[:1]
    ranked = (image(x) @ text(query).T)[:, 0].argsort()
    assert ranked.tolist() == ((x @ query.T)[:, 0] - 0.2 * deviation(image, x)).argsort().tolist()


def test_the_soft_maximum_is_close_to_the_maximum():
    x, anchors = torch.eye(2), torch.tensor([[1.0, 0.0], [0.0, 0.5]])
    assert torch.allclose(
        soft_maximum(x, anchors, torch.zeros(2)), torch.tensor([1.0, 0.5]), atol=1e-4
    )


def test_anchors_are_stored_in_bytes(corrections):
    exact = normalize(torch.randn(3, 8), dim=1)
    corrections[0].set_anchors(exact, torch.zeros(3), mean=0.0, share=0.0)
    assert corrections[0].anchors.dtype == torch.int8
    assert torch.allclose(corrections[0].anchors * corrections[0].scales, exact, atol=1 / 250)


def test_the_bias_is_zero_until_anchors_are_set(vectors):
    empty = HubnessCorrection("image", 8, anchors=3)(vectors)
    assert torch.allclose(empty[:, :8], vectors * REST**0.5)
    assert torch.equal(empty[:, 8], torch.zeros(5))


@pytest.mark.parametrize(
    "build",
    [
        lambda: SubwordTower(20, 8, width=16, anchors=3),
        lambda: WordTower(torch.randn(20, 6), 8, anchors=3),
    ],
)
def test_text_towers_reserve_two_numbers(build):
    torch.manual_seed(0)
    tower = build().eval()
    with torch.no_grad():
        vectors = tower(torch.tensor([[3, 4, 0]]))
    assert vectors.shape == (1, 8)
    assert torch.allclose(vectors[:, -2], torch.tensor(CONSTANT))
    assert torch.allclose(vectors.norm(dim=1), torch.ones(1))
