"""A small model learns from a dual encoder: its vectors, its scores, images without captions."""

from __future__ import annotations

from itertools import count
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from PIL import Image, ImageOps
from torch.nn.functional import normalize

from tiny_models import CAPTIONS, make_clip, photographs
from visavis.encoders import load_encoder
from visavis.errors import TrainingError
from visavis.training.dev import DevResult
from visavis.training.features.table import FeatureTable
from visavis.training.losses.distillation import agreement
from visavis.training.model import encode
from visavis.training.recipe import load_recipe
from visavis.training.run import fit
from visavis.training.stages import TrainStage
from visavis.training.teacher_model import JoinedTeachers, TeacherModel
from visavis.training.teacher_model_targets import TeacherModelOfRun, find_images

pytestmark = pytest.mark.usefixtures("one_thread")


def quiet(_):
    pass


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return make_clip(tmp_path_factory.mktemp("clip") / "tiny")


@pytest.fixture(scope="module")
def unlabelled(tmp_path_factory):
    """Eleven images without captions, and a damaged one."""
    folder = tmp_path_factory.mktemp("unlabelled")
    for number, image in enumerate(photographs(11)):
        image.save(folder / f"{number:02}.png")
    (folder / "05-damaged.png").write_bytes(b"no image")
    return folder


@pytest.fixture
def student(tiny_changes, clip):
    """A recipe with changes, taught by the tiny CLIP."""

    def make(*changes):
        plain = ("training.captions=2", "training.average=0", "image.features=pooled")
        short = ("image.head=linear", "stages.heads.epochs=1", "stages.finetune.epochs=1")
        given = [*tiny_changes, *plain, *short, f"data.teacher_model={clip}", *changes]
        return load_recipe("distill", given)

    return make


def fitted(recipe, dataset, folder, log=quiet):
    return fit(recipe, dataset, folder, Accelerator(cpu=True), log=log)


def likeness(own, wanted):
    """Linear CKA of two sets of vectors, (n, dim) and (n, width). Kornblith et al., 2019."""
    own, wanted = (each.float() - each.float().mean(dim=0) for each in (own, wanted))
    return float((own.T @ wanted).norm() ** 2 / (own.T @ own).norm() / (wanted.T @ wanted).norm())


def test_vectors_of_a_transformers_model_are_those_of_its_documentation(clip, unlabelled):
    import transformers

    teacher = TeacherModel.open(str(clip))
    paths, images = teacher.images(sorted(unlabelled.glob("*.png")), quiet)
    assert len(paths) == len(images) == 11
    model = transformers.CLIPModel.from_pretrained(clip).eval()
    processor = transformers.AutoProcessor.from_pretrained(clip)
    with torch.no_grad():
        opened = [Image.open(path).convert("RGB") for path in paths]
        both = [*opened, *map(ImageOps.mirror, opened)]
        found = model(**processor(text=CAPTIONS, images=both, return_tensors="pt", padding=True))
        projected = model.get_image_features(**processor(images=both, return_tensors="pt"))
    own, mirrored = getattr(projected, "pooler_output", projected).chunk(2)
    wanted = normalize(own + mirrored, dim=1)
    torch.testing.assert_close(images.float(), wanted, atol=5e-3, rtol=0)
    torch.testing.assert_close(
        teacher.texts(CAPTIONS).float(), found.text_embeds, atol=2e-3, rtol=0
    )
    assert teacher.scale == pytest.approx(model.logit_scale.exp().item(), rel=1e-5)


def test_a_model_folder_teaches_what_it_encodes(unlabelled):
    encoder, teacher = load_encoder(), TeacherModel.open("bundled")
    paths, images = teacher.images(sorted(unlabelled.glob("*.png")), quiet)
    mirrored = [ImageOps.mirror(Image.open(path).convert("RGB")) for path in paths]
    views = encoder.encode_images(paths) + encoder.encode_images(mirrored)
    views /= np.linalg.norm(views, axis=1, keepdims=True)
    assert (images.float().numpy() * views).sum(axis=1).min() > 0.999
    texts = ["un chien", "a dog on the beach", "un chien"]
    cosines = (teacher.texts(texts).float().numpy() * encoder.encode_texts(texts)).sum(axis=1)
    assert cosines.min() > 0.999
    assert teacher.languages == encoder.languages


def test_scores_of_several_teachers_are_the_mean_of_theirs(clip, unlabelled):
    photographs, texts = sorted(unlabelled.glob("*.png")), ["a dog", "a cat on a chair"]
    each = [TeacherModel.open(name) for name in (str(clip), "bundled")]
    joined = JoinedTeachers.open(f"{clip}, bundled")
    scores = [
        (teacher.images(photographs, quiet)[1].float() @ teacher.texts(texts).float().T)
        for teacher in (*each, joined)
    ]
    torch.testing.assert_close(scores[2], (scores[0] + scores[1]) / 2, atol=2e-3, rtol=0)
    assert joined.languages == each[1].languages  # the tiny CLIP does not say which it knows
    assert joined.scale == pytest.approx((each[0].scale + each[1].scale) / 2)


def test_each_text_is_encoded_once(monkeypatch):
    encoded = []

    def encoding(texts):
        encoded.extend(texts)
        return normalize(torch.randn(len(texts), 4), dim=1)

    tower = SimpleNamespace(dim=4)
    tower.eval = lambda: tower
    teacher = TeacherModel("once@0", tower, encoding, networks=torch.nn.Identity())
    first = teacher.texts(["a", "b", "a"])
    assert torch.equal(first[0], first[2])
    assert torch.equal(teacher.texts(["b", "c"])[0], first[1])
    assert sorted(encoded) == ["a", "b", "c"]
    monkeypatch.setattr(FeatureTable, "append", lambda *_: pytest.fail("all are there"))
    teacher.texts(["c", "a"])


def test_a_student_moves_towards_its_teacher(student, shapes_dataset, tmp_path, monkeypatch):
    epochs, near, learn = count(), [], TrainStage.run
    monkeypatch.setattr(DevResult, "recall_sum", property(lambda _: next(epochs)))  # keep the last

    def run(stage):
        near.append(likeness_to_teacher(stage))
        learn(stage)
        near.append(likeness_to_teacher(stage))
        raise KeyboardInterrupt

    monkeypatch.setattr(TrainStage, "run", run)
    only = ("training.loss=teacher-vectors", "stages.heads.epochs=25", "training.rate=1e-2")
    lines = []
    with pytest.raises(KeyboardInterrupt):
        fitted(student(*only), shapes_dataset, tmp_path / "run", lines.append)
    (images, texts), (images_after, texts_after) = near
    assert images_after > images + 0.05
    assert texts_after > texts + 0.1
    assert any("the teacher tiny@" in line and "encodes 48 images" in line for line in lines)


def likeness_to_teacher(stage):
    """Of the vectors of all training images, and of all training captions."""
    state, targets = stage.state, stage.objective.batch_losses["teacher-vectors"].targets
    own = encode(state.model, state.train.features, state.train.tokens)
    wanted = targets.images.vectors, targets.captions.vectors
    return [likeness(one, other) for one, other in zip(own, wanted, strict=True)]


def test_a_resumed_run_equals_an_uninterrupted_one(
    student, unlabelled, shapes_dataset, tmp_path, stop_after
):
    recipe = student(
        "stages.heads.epochs=2",
        "stages.finetune.crop=24",
        f"data.images={unlabelled}",
        "text.dropout=0.3",
    )
    lines = []
    whole = fitted(recipe, shapes_dataset, tmp_path / "whole", lines.append)
    assert any("05-damaged.png" in line for line in lines)
    for steps in (3, 7):
        stop_after(steps)
        with pytest.raises(KeyboardInterrupt):
            fitted(recipe, shapes_dataset, tmp_path / "cut")
    stop_after(100)
    resumed = fitted(recipe, shapes_dataset, tmp_path / "cut")
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, resumed.model.state_dict()[name]), name


def given_to_losses(model, batch, images, tokens):
    return SimpleNamespace(
        batch=batch,
        model=model,
        images=model.image(images),
        texts=model.encode_texts(tokens),
        rng=np.random.default_rng(5),
    )


def test_images_without_captions_are_drawn_to_the_teacher(
    student, unlabelled, shapes_dataset, tmp_path, monkeypatch
):
    """A step of the loss with them, by the definition."""
    seen, forward = [], TrainStage._step

    def look(stage, batch, images, tokens, batches):
        loss = stage.objective.batch_losses["teacher-vectors"]
        monkeypatch.setattr(TrainStage, "_step", forward)
        model, targets = stage.state.model.eval(), loss.targets
        given = given_to_losses(model, batch, images, tokens)
        rows = np.sort(np.random.default_rng(5).permutation(11)[: len(batch.images)])
        more = model.image(loss.further.take(rows))
        own = torch.cat([given.images, more])
        wanted = torch.cat(
            [
                normalize(vectors.float() - targets.images.mean, dim=1)
                for vectors in (
                    targets.images.vectors[batch.images],
                    targets.further.vectors[rows],
                )
            ]
        )
        texts = targets.captions.vectors[batch.captions].float()
        texts = normalize(texts - targets.captions.vectors.float().mean(dim=0), dim=1)
        expected = sum(
            agreement(normalize(loss.to_teacher(one), dim=1), other)
            for one, other in ((own, wanted), (given.texts, texts))
        )
        found = loss(given)
        torch.testing.assert_close(found, expected)
        seen.append(torch.autograd.grad(found, more_of(model))[0].abs().sum())
        raise KeyboardInterrupt

    def more_of(model):
        return [value for value in model.image.head.parameters() if value.requires_grad]

    monkeypatch.setattr(TrainStage, "_step", look)
    with pytest.raises(KeyboardInterrupt):
        fitted(student(f"data.images={unlabelled}"), shapes_dataset, tmp_path / "run")
    assert seen[0] > 0


def test_texts_of_one_meaning_are_drawn_to_the_first_of_them(
    student, shapes_dataset, tmp_path, monkeypatch
):
    """A step of the loss with them, by the definition."""
    table = tmp_path / "pairs.tsv"
    table.write_text("a dog\tun chien\na cat on a chair\tun chat sur une chaise\n")
    step = {}

    def look(stage, batch, images, tokens, batches):
        loss = stage.objective.batch_losses["teacher-vectors"]
        model, targets = stage.state.model.eval(), loss.targets
        given = given_to_losses(model, batch, images, tokens)
        step["found"] = loss(given)
        drawn, wanted = loss._further_texts(replace_rng(given))
        step["more"] = len(drawn), {tuple(row.tolist()) for row in wanted}
        texts = targets.captions.of(torch.from_numpy(batch.captions))
        pairs = (
            (given.images, targets.images.of(batch.images)),
            (torch.cat([given.texts, drawn]), torch.cat([texts, wanted])),
        )
        step["expected"] = sum(
            agreement(normalize(loss.to_teacher(own), dim=1), other) for own, other in pairs
        )
        step["lines"] = {tuple(row.tolist()) for row in targets.line_vectors.of([0, 1])}
        raise KeyboardInterrupt

    def replace_rng(given):
        return SimpleNamespace(**{**vars(given), "rng": np.random.default_rng(5)})

    monkeypatch.setattr(TrainStage, "_step", look)
    with pytest.raises(KeyboardInterrupt):
        fitted(student(f"data.pairs={table}"), shapes_dataset, tmp_path / "run")
    torch.testing.assert_close(step["found"], step["expected"])
    count, vectors = step["more"]
    assert count == 48
    assert vectors == step["lines"]


def test_a_caption_is_taught_as_its_equal_and_left_out_if_the_teacher_cannot_read_it(clip):
    state = SimpleNamespace(
        train=SimpleNamespace(
            pairs=SimpleNamespace(
                texts=["a dog", "un chien", "un chat"], langs=["en", "fr", "fr"], paths=[]
            )
        ),
        materials={"pairs": SimpleNamespace(first={"un chien": "a dog"})},
    )
    found = TeacherModelOfRun(clip)
    found.teacher.languages = ("en",)
    texts, known = found._texts(state)
    assert texts == ["a dog", "a dog", None]
    assert known.tolist() == [True, True, False]
    found.teacher.languages = ("en", "fr")
    assert found._texts(state)[0] == ["a dog", "a dog", "un chat"]


def test_what_is_no_teacher_is_refused_in_a_line(tmp_path, student, shapes_dataset):
    for name in ("siglpi2-b32-256", str(tmp_path), "nowhere/at-all/here"):
        with pytest.raises(TrainingError) as error:
            TeacherModelOfRun(name)
        assert str(error.value).startswith(f"data.teacher_model = {name!r}: ")
        assert "\n" not in str(error.value)
    with pytest.raises(TrainingError, match=r"data\.images: .*: no images in it"):
        find_images(tmp_path)
    with pytest.raises(TrainingError, match=r"needs further data: give data\.teacher_model"):
        fitted(load_recipe("distill"), shapes_dataset, tmp_path / "run")
