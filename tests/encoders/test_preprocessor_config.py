import pytest

from visavis.encoders.preprocessing import Preprocessing, Scaling
from visavis.encoders.preprocessor_config import PreprocessorConfig
from visavis.errors import ModelError

CLIP = {
    "size": 224,
    "crop_size": 224,
    "do_center_crop": True,
    "resample": 3,
    "image_mean": [0.48, 0.45, 0.4],
    "image_std": [0.27, 0.26, 0.28],
}
"""As CLIP's first configurations were, where a number is the short edge."""


def test_the_first_configurations_of_clip():
    scaling = Scaling(1 / 255, (0.48, 0.45, 0.4), (0.27, 0.26, 0.28))
    assert PreprocessorConfig(CLIP).preprocessing == Preprocessing(
        224, "shortest", 224, "bicubic", scaling=scaling
    )


def test_no_normalisation():
    found = PreprocessorConfig(
        {"size": {"shortest_edge": 256}, "crop_size": 256, "do_normalize": False, "resample": 2}
    ).preprocessing
    assert found.scaling == Scaling(1 / 255, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"do_pad": True}, "do_pad is not supported"),
        ({"do_resize": False}, "do_resize is needed"),
        ({"size": {"longest_edge": 224}}, "size .* is not supported"),
        ({"size": {"height": 10, "width": 20}}, "size .* is not supported"),
        ({"crop_size": {"height": 10, "width": 20}}, "not square"),
        ({"do_center_crop": False}, "would not be square"),
        ({"resample": 9}, "resample 9"),
    ],
)
def test_steps_that_are_not_known(change, message):
    with pytest.raises(ModelError, match=message):
        _ = PreprocessorConfig(CLIP | change).preprocessing
