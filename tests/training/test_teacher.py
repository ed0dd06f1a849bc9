import numpy as np
import pytest
import torch
from torch.nn.functional import normalize

from visavis.errors import TrainingError
from visavis.training.teacher import Teacher, fit_linear


@pytest.fixture
def teacher():
    vectors = normalize(torch.tensor([[1.0, 2.0], [3.0, -1.0]]), dim=1)
    return Teacher(vectors, {"a dog": 0, "un chien": 0, "a cat": 1})


def test_texts_of_one_meaning_share_a_row_and_others_have_none(teacher):
    assert teacher.rows(["un chien", "a cat", "a dog", "a bird"]).tolist() == [0, 1, 0, -1]


def test_a_mean_is_of_what_is_known(teacher):
    rows, groups = torch.tensor([0, 1, -1, -1]), torch.tensor([2, 2, 2, 0])
    means = teacher.means(rows, groups, 3)
    assert means[:2].abs().sum() == 0
    torch.testing.assert_close(means[2], normalize(teacher.vectors.sum(dim=0), dim=0))


def test_vectors_are_read_back(teacher, tmp_path):
    teacher.save(tmp_path / "teacher.npz")
    found = Teacher.read(tmp_path / "teacher.npz")
    assert found.row_of == teacher.row_of
    torch.testing.assert_close(found.vectors, teacher.vectors, atol=1e-3, rtol=0)
    torch.testing.assert_close(found.vectors.norm(dim=1), torch.ones(2))


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_another_file_is_refused(tmp_path, content):
    path = tmp_path / "teacher.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(TrainingError, match=r"teacher\.npz: no teacher's vectors"):
        Teacher.read(path)


def test_arrays_of_something_else_are_refused(tmp_path):
    np.savez(tmp_path / "other.npz", weights=np.ones(3))
    with pytest.raises(TrainingError, match="no teacher's vectors"):
        Teacher.read(tmp_path / "other.npz")


def test_a_folder_that_is_no_model_is_refused(tmp_path):
    with pytest.raises(TrainingError, match="not a sentence-transformers model"):
        Teacher.encode(str(tmp_path / "none"), ["a dog"], {})


def test_ridge_finds_the_least_squares():
    generator = torch.Generator().manual_seed(0)
    x, y = (torch.randn(30, width, generator=generator) for width in (4, 3))
    weight, bias = fit_linear(x, y, penalty=0.5)
    # The same as ordinary least squares with rows of √penalty for each coefficient.
    ones = np.hstack([x.numpy(), np.ones((30, 1))])
    rows = np.vstack([ones, np.sqrt(0.5) * np.eye(5)])
    expected, *_ = np.linalg.lstsq(rows, np.vstack([y.numpy(), np.zeros((5, 3))]), rcond=None)
    np.testing.assert_allclose(weight.numpy(), expected[:-1].T, atol=1e-5)
    np.testing.assert_allclose(bias.numpy(), expected[-1], atol=1e-5)
