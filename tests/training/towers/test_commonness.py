import pytest
import torch
from torch.nn.functional import normalize

from visavis.training.towers.commonness import CONSTANT, Commonness, soft_maximum
from visavis.training.towers.image import ImageTower
from visavis.training.towers.text import TextTower

ROOM = 1 - CONSTANT**2


@pytest.fixture
def vectors():
    torch.manual_seed(0)
    return normalize(torch.randn(5, 8), dim=1)


@pytest.fixture
def sides():
    """Both kinds, with anchors of their own."""
    torch.manual_seed(1)
    found = []
    for kind in ("image", "text"):
        common = Commonness(kind, 8, anchors=3)
        anchors = normalize(torch.randn(3, 8), dim=1) / 2
        common.set_anchors(anchors, torch.randn(3), mean=0.1, share=0.2)
        found.append(common)
    return found


def deviation(common, x):
    anchors = common.anchors * common.scales
    return soft_maximum(x, anchors, common.weights) - common.mean


def test_vectors_stay_of_unit_length_and_grow_by_two(sides, vectors):
    for common in sides:
        assert torch.allclose(common(vectors).norm(dim=1), torch.ones(5))
        assert common(vectors).shape == (5, 10)


def test_a_share_of_what_is_common_is_taken_off(sides, vectors):
    images, texts = (side(vectors) for side in sides)
    kept = [(1 - (side(vectors)[:, 8:] ** 2).sum(dim=1)).sqrt() for side in sides]
    cosines = kept[0][:, None] * kept[1] * (vectors @ vectors.T)
    off = [ROOM * 0.2 * deviation(side, vectors) for side in sides]
    assert torch.allclose(images @ texts.T, cosines - off[0][:, None] - off[1], atol=1e-6)
    assert all(each.abs().max() > 0.01 for each in off)


def test_a_query_ranks_images_by_cosine_less_how_common_they_are(sides, vectors):
    image, text = sides
    x, query = vectors[1:], vectors[:1]
    ranked = (image(x) @ text(query).T)[:, 0].argsort()
    assert ranked.tolist() == ((x @ query.T)[:, 0] - 0.2 * deviation(image, x)).argsort().tolist()


def test_a_soft_maximum_lies_near_the_maximum():
    x, anchors = torch.eye(2), torch.tensor([[1.0, 0.0], [0.0, 0.5]])
    assert torch.allclose(
        soft_maximum(x, anchors, torch.zeros(2)), torch.tensor([1.0, 0.5]), atol=1e-4
    )


def test_anchors_are_kept_in_bytes(sides):
    exact = normalize(torch.randn(3, 8), dim=1)
    sides[0].set_anchors(exact, torch.zeros(3), mean=0.0, share=0.0)
    assert sides[0].anchors.dtype == torch.int8
    assert torch.allclose(sides[0].anchors * sides[0].scales, exact, atol=1 / 250)


def test_without_anchors_nothing_is_common(vectors):
    empty = Commonness("image", 8, anchors=3)(vectors)
    assert torch.allclose(empty[:, :8], vectors * ROOM**0.5)
    assert torch.equal(empty[:, 8], torch.zeros(5))


def test_both_towers_say_how_common_what_they_see_is():
    torch.manual_seed(0)
    image, text = ImageTower(6, width=32, heads=4, anchors=3), TextTower(20, 6, anchors=3)
    pixels = torch.randint(0, 256, (2, 96, 96, 3), dtype=torch.uint8)
    with torch.no_grad():
        images, texts = image.eval()(pixels), text.eval()(torch.tensor([[3, 4]]))
    assert image.dim == images.shape[1] == texts.shape[1] == 8
    assert torch.allclose(images[:, -1], torch.tensor(CONSTANT))
    assert torch.allclose(texts[:, -2], torch.tensor(CONSTANT))
