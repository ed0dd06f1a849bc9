import numpy as np
import pytest
from google.protobuf import text_format
from PIL import Image
from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig
from tensorboard.plugins.projector.projector_plugin import _read_tensor_tsv_file

from visavis.datasets import Caption, Dataset
from visavis.errors import TrainingError
from visavis.training import projector
from visavis.training.projector import TEXT_COLOUR, tile_side, write_projector


def unit(count, dim=5):
    vectors = np.random.default_rng(count).normal(size=(count, dim)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def dataset(tmp_path):
    """Three images, of which one cannot be opened, and four captions."""
    paths = {name: tmp_path / name for name in ("red.png", "blue.png", "torn.png")}
    Image.new("RGB", (90, 40), "red").save(paths["red.png"])
    Image.new("RGB", (30, 70), "blue").save(paths["blue.png"])
    paths["torn.png"].write_bytes(b"\x89PNG\r\n\x1a\n")
    captions = (
        Caption("a", "red.png", "a red\tthing\nin two lines", "en"),
        Caption("b", "red.png", "une chose rouge, dégradée", "fr"),
        Caption("c", "blue.png", "a blue thing", "en"),
        Caption("d", "torn.png", "nothing", "en"),
    )
    splits = {"red.png": "train", "blue.png": "dev", "torn.png": "none"}
    return Dataset("colours", paths, captions, splits)


@pytest.fixture
def written(dataset, tmp_path):
    assert write_projector(tmp_path / "run", dataset, unit(3), unit(4)) == 7
    return tmp_path / "run"


def config_of(folder):
    text = (folder / "projector_config.pbtxt").read_text("utf-8")
    (embedding,) = text_format.Parse(text, ProjectorConfig()).embeddings
    return embedding


def tiles_of(folder):
    """Cut the sprite as the projector does: tile n in row n // columns, column n % columns."""
    side, same = config_of(folder).sprite.single_image_dim
    sprite = np.asarray(Image.open(folder / "sprite.png"))
    assert side == same
    assert sprite.shape[0] == sprite.shape[1]  # else its shader would look in the wrong row
    columns = sprite.shape[1] // side
    return [
        sprite[n // columns * side :, n % columns * side :][:side, :side]
        for n in range(columns * columns)
    ]


def test_the_config_names_files_and_shape(written):
    config = config_of(written)
    assert list(config.tensor_shape) == [7, 5]
    assert all(
        (written / name).is_file()
        for name in (config.tensor_path, config.metadata_path, config.sprite.image_path)
    )


def test_vectors_are_those_of_images_then_of_texts(written):
    path = written / config_of(written).tensor_path
    vectors = np.fromfile(path, np.float32).reshape(7, 5)
    assert np.array_equal(vectors, np.concatenate([unit(3), unit(4)]))
    with pytest.raises(UnicodeDecodeError):  # on which TensorBoard reads the file as binary
        _read_tensor_tsv_file(str(path))


def test_each_point_has_one_line_of_metadata(written):
    lines = (written / "metadata.tsv").read_text("utf-8").removesuffix("\n").split("\n")
    assert [line.split("\t") for line in lines] == [
        ["text", "kind", "lang", "split"],
        ["red.png", "image", "", "train"],
        ["blue.png", "image", "", "dev"],
        ["torn.png", "image", "", "none"],
        ["a red thing in two lines", "text", "en", "train"],
        ["une chose rouge, dégradée", "text", "fr", "train"],
        ["a blue thing", "text", "en", "dev"],
        ["nothing", "text", "en", "none"],
    ]


def test_each_point_has_a_tile(written):
    tiles = tiles_of(written)
    middle = len(tiles[0]) // 2
    for tile, colour in zip(tiles, ((255, 0, 0), (0, 0, 255), (211, 211, 211)), strict=False):
        assert np.all(tile == (*colour, 255))  # to the edge, whatever the image's shape
    for tile in tiles[3:7]:
        assert tuple(tile[middle, middle]) == (*TEXT_COLOUR, 255)
        assert tile[0, 0, 3] == 0  # nothing around the disc
    assert not np.any(tiles[7:])


@pytest.mark.parametrize(
    ("points", "side"), [(0, 64), (1, 64), (128**2, 64), (128**2 + 1, 63), (48_536, 37)]
)
def test_tiles_are_as_large_as_the_browser_allows(points, side):
    assert tile_side(points) == side


def test_no_number_of_points_makes_the_sprite_too_large():
    for points in range(1, projector.MOST_POINTS + 1, 7):
        columns = next(n for n in range(int(points**0.5), 400) if n * n >= points)
        assert 25 <= tile_side(points) <= 8192 / columns


def test_more_points_than_the_projector_takes_are_thinned_evenly(dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(projector, "MOST_POINTS", 4)
    assert write_projector(tmp_path / "run", dataset, unit(3), unit(4)) == 4
    path = tmp_path / "run" / "vectors.bytes"
    every = np.concatenate([unit(3), unit(4)])
    assert np.array_equal(np.fromfile(path, np.float32).reshape(4, 5), every[[0, 1, 3, 5]])
    lines = (tmp_path / "run" / "metadata.tsv").read_text("utf-8").splitlines()[1:]
    assert [line.split("\t")[0] for line in lines][:2] == ["red.png", "blue.png"]
    assert np.all(tiles_of(tmp_path / "run")[1] == (0, 0, 255, 255))


def test_images_alone_are_shown(dataset, tmp_path):
    alone = Dataset("alone", dataset.images, (), dataset.splits)
    assert write_projector(tmp_path / "run", alone, unit(3), unit(0)) == 3
    assert list(config_of(tmp_path / "run").tensor_shape) == [3, 5]


def test_vectors_of_something_else_are_refused(dataset, tmp_path):
    with pytest.raises(TrainingError, match="colours: 3 and 3 vectors for 3 images and 4 captions"):
        write_projector(tmp_path / "run", dataset, unit(3), unit(3))
    assert not (tmp_path / "run").exists()
