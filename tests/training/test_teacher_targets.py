import pytest
import torch
from torch.nn.functional import normalize

from visavis.errors import TrainingError
from visavis.training.teacher import Teacher
from visavis.training.teacher_targets import TeacherOfRun, TeacherTargets


@pytest.fixture
def teacher():
    vectors = normalize(torch.tensor([[1.0, 2.0], [3.0, -1.0]]), dim=1)
    return Teacher(vectors, {"a dog": 0, "un chien": 0, "a cat": 1})


def test_a_caption_that_is_not_known_means_what_its_image_does(teacher):
    texts = ["a dog", "?", "a cat", "??"]
    targets = TeacherTargets(teacher, texts, torch.tensor([0, 0, 0, 1]))
    both = normalize(teacher.vectors.sum(dim=0), dim=0)
    torch.testing.assert_close(targets.images, torch.stack([both, torch.zeros(2)]))
    assert targets.known.tolist() == [True, False, True, False]
    expected = torch.stack([teacher.vectors[0], both, teacher.vectors[1], torch.zeros(2)])
    torch.testing.assert_close(targets.captions, expected)


def test_a_teacher_must_be_there(tmp_path):
    with pytest.raises(TrainingError, match=r"data\.teacher: .*none: no such file or folder"):
        TeacherOfRun(tmp_path / "none")
