"""The contract of encoders, held by the fake, by ONNX model folders and by a plugin."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from fakes import FakeEncoder
from visavis.encoders import ENCODERS, Encoder, load_encoder
from visavis.errors import ImageError, ModelError, UnknownNameError

TEXTS = ["a dog", "un chien qui court sur la plage avec un ballon rouge", "", "!!!", "a dog"]


class Grey(Encoder):
    """The least that a plugin writes."""

    dim, languages, image_size = 3, ("en",), 12

    def __init__(self, location):
        self.id = location

    def _encode_images(self, pixels):
        return 1 + pixels.reshape(len(pixels), -1, 3).mean(axis=1)

    def _encode_texts(self, texts):
        return np.array([[1, len(text), text.count("e")] for text in texts])


@pytest.fixture(scope="module", params=["fake", "onnx", "plugin"])
def encoder(request):
    if request.param == "plugin":
        ENCODERS.register("grey")(Grey)
        return load_encoder("grey://here")
    return load_encoder() if request.param == "onnx" else FakeEncoder()


@pytest.fixture
def images():
    rng = np.random.default_rng(0)
    sizes = [(40, 60), (224, 224), (300, 100)]
    return [Image.fromarray(rng.integers(0, 256, (h, w, 3), dtype=np.uint8)) for w, h in sizes]


def of_unit_length(vectors):
    return np.allclose(np.linalg.norm(vectors, axis=-1), 1, atol=1e-6)


def test_it_describes_itself(encoder):
    assert isinstance(encoder, Encoder)
    assert encoder.id
    assert encoder.dim > 0 < encoder.image_size
    assert all(len(language) == 2 for language in encoder.languages)


def test_vectors_are_float32_of_unit_length(encoder, images):
    for vectors in (encoder.encode_images(images), encoder.encode_texts(TEXTS)):
        assert vectors.dtype == np.float32
        assert vectors.shape[1] == encoder.dim
        assert of_unit_length(vectors)


def test_nothing_in_nothing_out(encoder):
    assert encoder.encode_images([]).shape == (0, encoder.dim)
    assert encoder.encode_texts([]).shape == (0, encoder.dim)
    regions = encoder.encode_with_regions([])
    assert regions.shape == (0, 1 + len(encoder.regions), encoder.dim)
    assert regions.dtype == np.float32


def test_grouping_changes_nothing(encoder, images):
    many = images * 12
    assert np.allclose(
        encoder.encode_images(many), np.tile(encoder.encode_images(images), (12, 1)), atol=1e-5
    )
    one_by_one = np.concatenate([encoder.encode_texts([text]) for text in TEXTS])
    assert np.allclose(encoder.encode_texts(TEXTS), one_by_one, atol=1e-5)
    one_by_one = np.concatenate([encoder.encode_with_regions([image]) for image in images])
    assert np.allclose(encoder.encode_with_regions(images), one_by_one, atol=1e-5)


def test_order_is_kept_over_many_batches(encoder, images):
    texts = [f"{'very ' * (n % 7)}long sentence number {n}" for n in range(150)]
    alone = np.concatenate([encoder.encode_texts([text]) for text in texts])
    assert np.allclose(encoder.encode_texts(texts), alone, atol=1e-5)
    many = [images[n % 3] for n in range(40)]
    alone = encoder.encode_images(images)
    assert np.allclose(encoder.encode_images(many), alone[np.arange(40) % 3], atol=1e-5)


def test_threads_get_the_same_vectors(encoder, images):
    expected = encoder.encode_images(images), encoder.encode_texts(TEXTS)
    with ThreadPoolExecutor(4) as threads:
        found = list(
            threads.map(
                lambda _: (encoder.encode_images(images), encoder.encode_texts(TEXTS)), "12345678"
            )
        )
    for vectors, texts in found:
        assert np.allclose(vectors, expected[0], atol=1e-6)
        assert np.allclose(texts, expected[1], atol=1e-6)


def test_every_kind_of_image_is_taken(encoder, images, tmp_path):
    path = tmp_path / "été.png"
    images[0].save(path)
    with path.open("rb") as file:
        kinds = [path, str(path), path.read_bytes(), file, images[0], np.asarray(images[0])]
        vectors = encoder.encode_images([*kinds, encoder.prepare(path)])
    assert np.allclose(vectors, vectors[0], atol=1e-6)


def test_images_are_seen_upright_and_in_colour(encoder, images):
    turned = Image.Exif()
    turned[0x0112] = 6
    buffer = io.BytesIO()
    images[2].transpose(Image.Transpose.ROTATE_90).save(buffer, "PNG", exif=turned)
    with Image.open(io.BytesIO(buffer.getvalue())) as stored:
        kinds = [buffer.getvalue(), stored, images[2].convert("RGBA"), images[2]]
        assert np.allclose(*encoder.encode_images([*kinds[:1], images[2]]), atol=1e-6)
        vectors = encoder.encode_images(kinds)
    assert np.allclose(vectors, vectors[0], atol=1e-6)
    grey = images[0].convert("L")
    assert np.allclose(*encoder.encode_images([grey, grey.convert("RGB")]), atol=1e-6)


def test_prepared_images_are_the_same_as_images(encoder, images):
    prepared = [encoder.prepare(image) for image in images]
    assert {pixels.shape for pixels in prepared} == {(encoder.image_size, encoder.image_size, 3)}
    assert np.array_equal(encoder.encode_images(prepared), encoder.encode_images(images))
    assert encoder.prepare(prepared[0]) is prepared[0]


def test_regions_come_beside_the_full_image(encoder, images):
    vectors = encoder.encode_with_regions(images)
    assert vectors.shape == (3, 1 + len(encoder.regions), encoder.dim)
    assert of_unit_length(vectors)
    assert np.allclose(vectors[:, 0], encoder.encode_images(images), atol=1e-5)
    boxes = encoder.region_boxes((640, 480))
    assert len(boxes) == len(encoder.regions)
    assert all(0 <= box.x < box.x + box.width <= 640 for box in boxes)
    assert all(0 <= box.y < box.y + box.height <= 480 for box in boxes)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (b"not an image", "image: not an image of a known kind"),
        (b"", "image: empty file"),
        ("nowhere.png", "nowhere.png: no such file or directory"),
        (np.zeros((8, 8), np.uint8), r"must be uint8 \(height, width, 3\), not uint8 \(8, 8\)"),
        (np.zeros((8, 8, 3), np.float32), r"must be uint8 .*, not float32 \(8, 8, 3\)"),
        (np.zeros((0, 8, 3), np.uint8), r"must be uint8 .*, not uint8 \(0, 8, 3\)"),
        (None, "image: a path, bytes, a PIL image or an array is needed, not NoneType"),
        (7, "image: a path, bytes, a PIL image or an array is needed, not int"),
    ],
)
def test_a_wrong_image_is_one_line(encoder, images, wrong, message):
    for encode in (encoder.encode_images, encoder.encode_with_regions):
        with pytest.raises(ImageError, match=message) as caught:
            encode([images[0], wrong])
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("wrong", [None, b"bytes", 7])
def test_a_wrong_text_is_one_line(encoder, wrong):
    with pytest.raises(TypeError, match=f"a text is a str, not {type(wrong).__name__}: {wrong}"):
        encoder.encode_texts(["a dog", wrong])


def test_one_input_in_place_of_a_list_is_refused(encoder, tmp_path):
    with pytest.raises(TypeError, match="a list of texts is needed, not a single str"):
        encoder.encode_texts("a dog")
    for single in (tmp_path / "dog.jpg", "dog.jpg", b"", Image.new("RGB", (8, 8))):
        with pytest.raises(TypeError, match="a list of images is needed, not a single "):
            encoder.encode_images(single)


def test_the_opened_image_is_left_alone(encoder, images):
    images[0].info["mine"] = 1
    before = images[0].copy()
    encoder.encode_images(images)
    assert images[0].info == {"mine": 1}
    assert np.array_equal(images[0], before)


# What the base class holds for every subclass.


class Broken(Grey):
    def _encode_texts(self, texts):
        return np.zeros((len(texts), 3)) if texts[0] else np.ones((len(texts), 4))


def test_vectors_without_direction_or_of_another_length_are_refused():
    with pytest.raises(ModelError, match="here: a vector is zero or not finite"):
        Broken("here").encode_texts(["a"])
    with pytest.raises(ModelError, match="here: vectors of 4 dimensions instead of 3"):
        Broken("here").encode_texts([""])


def test_regions_are_crops_by_default(images):
    encoder = Grey("here")
    pixels = encoder.prepare(images[1])
    expected = encoder.encode_images([pixels, pixels[:6, :6], pixels[:6, 3:9]])
    assert np.allclose(encoder.encode_with_regions(images)[1, :3], expected)


def test_batches_are_as_large_as_the_encoder_says(images, monkeypatch):
    encoder, sizes = Grey("here"), []
    encoder.image_batch, encoder.text_batch = 2, 3
    run = Grey._encode_images
    monkeypatch.setattr(Grey, "_encode_images", lambda s, p: sizes.append(len(p)) or run(s, p))
    encoder.encode_images(images)
    assert sizes == [2, 1]
    sizes.clear()
    encoder.encode_with_regions(images[:1])
    assert sizes == [2] * 5, "crops are images too"


# The door.


def test_a_folder_names_its_encoder(tmp_path, monkeypatch):
    monkeypatch.setattr(ENCODERS, "_objects", {"grey": Grey})
    (tmp_path / "model.json").write_text('{"format": 1, "encoder": "grey"}')
    assert load_encoder(tmp_path).id == str(tmp_path)
    (tmp_path / "model.json").write_text('{"format": 1, "encoder": "gray"}')
    with pytest.raises(UnknownNameError, match="unknown encoder 'gray'; did you mean 'grey'"):
        load_encoder(tmp_path)
    (tmp_path / "model.json").write_text('{"format": 1, "encoder": 5}')
    with pytest.raises(UnknownNameError, match="unknown encoder '5'"):
        load_encoder(tmp_path)


def test_an_unknown_scheme_is_named():
    with pytest.raises(UnknownNameError, match="unknown encoder 'ftp'"):
        load_encoder("ftp://models/clip")
