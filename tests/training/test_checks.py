from __future__ import annotations

from dataclasses import replace

import pytest

from visavis.errors import TrainingError
from visavis.training.checks import check_recipe, misaligned_crops, without_missing_data
from visavis.training.losses import LOSSES, BatchLoss
from visavis.training.materials import MATERIALS, open_materials
from visavis.training.recipe import Stage, load_recipe, recipe_names
from visavis.training.run import train
from visavis.training.stages import STAGES, StageKind
from visavis.training.towers.backbones import open_backbone


@pytest.fixture
def with_teacher(monkeypatch):
    """A material, a loss and a stage kind that need it, as a plugin would register them."""

    class TeacherLoss(BatchLoss):
        needs = frozenset({"notes"})

    class NotesStage(StageKind):
        needs = frozenset({"notes"})

    monkeypatch.setattr(LOSSES, "_objects", {**LOSSES._objects, "from-notes": TeacherLoss})
    monkeypatch.setattr(STAGES, "_objects", {**STAGES._objects, "read-notes": NotesStage})
    read = {**MATERIALS._objects, "notes": lambda path: path.read_text("utf-8")}
    monkeypatch.setattr(MATERIALS, "_objects", read)


@pytest.mark.parametrize("name", recipe_names())
def test_the_recipes_of_the_package_pass(name):
    needed = {"finetune": ["model=bundled"], "distill": ["data.teacher_model=bundled"]}
    assert check_recipe(load_recipe(name, needed.get(name, []))) == []


@pytest.mark.parametrize(
    ("recipe", "change", "message"),
    [
        ("compact", "image.head=conv", "image.head: unknown head 'conv'; known: attention"),
        ("compact", "image.features=pooled", 'image.head = "attention" needs a feature map'),
        ("vsepp", "image.hubness=8", "image.hubness and text.hubness: give both towers"),
        ("compact", "text.tower=word", "text.tower: unknown text tower 'word'; did you mean"),
        ("contrastive", "text.tower=language", "text.model: name a transformers model"),
        ("classic", "text.pooling=max", "text.pooling: unknown pooling 'max'; "),
        ("classic", "text.vectors=none.txt", "text.vectors = 'none.txt': no such file"),
        ("classic", "training.loss=triplt", "stages.heads.loss: unknown loss 'triplt'; did you"),
        ("classic", "training.miner=harder", "stages.heads.miner: unknown miner 'harder'; did"),
        ("classic", "training.distance=l1", "stages.heads.distance: unknown distance 'l1'; "),
        ("classic", "training.loss=info-nce", "negatives of a round are for the loss triplet"),
        ("contrastive", "training.share=3", "training.share = 3.0; expected a number, from 0 to 1"),
        ("contrastive", "training.temperature=0.001", "expected a number, from 0.01 to 10"),
        ("contrastive", "training.rate=5", "training.rate = 5.0; expected a number, from 0 to 1"),
        ("classic", "training.margin=9", "training.margin = 9.0; expected a number, from 0 to 4"),
        (
            "contrastive",
            "training.crop=7",
            "stages.heads.crop = 7; expected 16 pixels or more, or 0",
        ),
        ("vsepp", "training.epochs=3", "has no effect: set stages.sum.epochs, stages.hardest.epo"),
        ("classic", "data.teachre=x", "data: unknown material 'teachre'; "),
    ],
)
def test_a_wrong_recipe_is_refused_before_data_are_read(recipe, change, message, tmp_path):
    with pytest.raises(TrainingError) as error:
        train(load_recipe(recipe, [change]), "nowhere.csv", tmp_path / "out")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("recipe", "changes", "line"),
    [
        ("compact", ["text.pooling=gru"], "text.pooling has no effect: it is for the text tower"),
        ("contrastive", ["image.width=8"], "image.width has no effect: the linear head has no"),
        ("compact", ["image.centred=true"], "image.centred has no effect: it is for the head lin"),
        ("contrastive", ["training.margin=1"], "margin has no effect: it is for the loss max-vio"),
        ("contrastive", ["training.miner=random"], "miner has no effect: it is for the loss trip"),
        ("classic", ["training.miner=hard", "training.share=0.1"], "share has no effect: it is"),
        (
            "contrastive",
            ["text.tower=subwords", "text.frozen=true"],
            "text.frozen keeps subwords at their random start",
        ),
        (
            "classic",
            ["text.frozen=true", "stages.heads.text_rate=1e-5"],
            "text_rate has no effect: text.frozen",
        ),
        ("contrastive", ["training.backbone_rate=1"], "backbone_rate has no effect: no stage"),
        ("contrastive", ["training.image_share=0.1"], "image_share has no effect: it is for stag"),
        ("contrastive", ["training.class_length=1"], "class_length has no effect: it is for sta"),
        ("vsepp", ['stages.hardest.of=["sum"]'], "stages.hardest.of has no effect: it is for"),
        ("classic", ["stages.heads.captions=9"], "stages.heads.captions has no effect: negat"),
        ("contrastive", ["data.images=."], "data.images has no effect: it is for the loss teacher"),
        ("classic", ["stages.heads.queue=9"], "stages.heads.queue has no effect: negatives are"),
    ],
)
def test_a_setting_without_effect_is_told(recipe, changes, line):
    (told,) = check_recipe(load_recipe(recipe, changes))
    assert told.startswith(line)


def test_the_width_of_word_vectors_is_that_of_their_file(tmp_path):
    (tmp_path / "glove.txt").write_text("dog 1 2\n")
    recipe = load_recipe("classic", [f"text.vectors={tmp_path / 'glove.txt'}"])
    (told,) = check_recipe(recipe)
    assert told.startswith("text.width has no effect: word vectors from a file")


def recipe_of(*stages, data):
    recipe = load_recipe("contrastive")
    return replace(recipe, stages=stages, data=data)


@pytest.mark.usefixtures("with_teacher")
def test_material_is_named_that_a_loss_or_a_stage_needs(tmp_path):
    for stage in (
        Stage(name="a", loss="info-nce+from-notes"),
        Stage(name="a", kind="read-notes"),
    ):
        with pytest.raises(TrainingError, match=r"stages\.a needs .* give data\.notes = PATH"):
            check_recipe(recipe_of(stage, data={}))
        check_recipe(recipe_of(stage, data={"notes": ""}))
        with pytest.raises(TrainingError, match=r"data\.notes = '.*': no such file or folder"):
            check_recipe(recipe_of(stage, data={"notes": str(tmp_path / "none")}))


@pytest.mark.usefixtures("with_teacher")
def test_what_needs_material_that_is_not_given_is_left_out():
    recipe = recipe_of(
        Stage(name="a", loss="2*info-nce+from-notes"),
        Stage(name="b", kind="read-notes"),
        Stage(name="c", loss="from-notes"),
        Stage(name="d", kind="average", of=("a", "b")),
        data={"notes": ""},
    )
    lines = []
    kept = without_missing_data(recipe, lines.append)
    assert [(stage.name, stage.loss, stage.of) for stage in kept.stages] == [
        ("a", "2*info-nce", ()),
        ("d", "info-nce", ("a",)),
    ]
    assert lines == [
        "stage a: loss from-notes left out: its material is not given",
        "stage b left out: no data.notes",
        "stage c left out: no data.notes",
    ]
    given = replace(recipe, data={"notes": "notes.txt"})
    assert without_missing_data(given, lines.append) == given


@pytest.mark.usefixtures("with_teacher")
@pytest.mark.parametrize(
    ("others", "message"),
    [
        ([], "recipe contrastive: each stage needs data that is missing: data.notes"),
        ([Stage(name="b", start="a")], "stages.b.start: no stage 'a' before it"),
        ([Stage(name="b", kind="average", of=("a",))], "stages.b.of: name the stages to average"),
    ],
)
def test_what_builds_on_a_stage_that_is_left_out_is_told_before_training(others, message):
    recipe = recipe_of(Stage(name="a", kind="read-notes"), *others, data={"notes": ""})
    check_recipe(recipe)
    with pytest.raises(TrainingError) as caught:
        without_missing_data(recipe, lambda _: None)
    assert message in str(caught.value)


@pytest.mark.usefixtures("with_teacher")
def test_materials_are_opened_by_their_readers(tmp_path):
    (tmp_path / "notes.txt").write_text("read")
    assert open_materials({"notes": str(tmp_path / "notes.txt")}) == {"notes": "read"}
    assert open_materials({"notes": ""}) == {}


def test_compact_without_its_files_keeps_what_needs_none():
    lines = []
    kept = without_missing_data(load_recipe("compact"), lines.append)
    assert [(stage.name, stage.loss) for stage in kept.stages if stage.kind == "train"] == [
        ("heads", "1*info-nce+1*max-violation"),
        ("finetune", "1*info-nce+1*max-violation"),
        ("refine", "0.8*info-nce+1*max-violation"),
    ]
    others = [stage.kind for stage in kept.stages if stage.kind != "train"]
    assert others == ["round", "hubness"]
    assert not kept.image.classes
    assert "class vectors left out: no data.classes, no data.drawn" in lines


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("image.classes=false", "stages.class-names: class-names needs a part of the image tower"),
        ("image.hubness=0", "give both towers anchors, or none"),
    ],
)
def test_stages_need_the_parts_they_change(change, message, tmp_path):
    with pytest.raises(TrainingError, match=message):
        check_recipe(load_recipe("compact", [change]))


@pytest.mark.parametrize(("size", "crop"), [(260, 192), (240, 224), (256, 200)])
def test_crops_that_are_padded_differently_are_told(size, crop):
    stages = (Stage(name="heads"), Stage(name="tune", backbone=True, crop=crop))
    (line,) = misaligned_crops(stages, open_backbone("efficientnet-lite0", "random", size))
    assert line.startswith(f"stages.tune.crop = {crop}: efficientnet-lite0 pads such crops")
    assert f"images of {size} pixels; choose multiples of 32" in line


def test_crops_that_are_padded_alike_are_not_told():
    stages = (Stage(name="tune", backbone=True, crop=192),)
    assert not misaligned_crops(stages, open_backbone("efficientnet-lite0", "random", 256))
    assert not misaligned_crops(load_recipe("compact").stages, open_backbone("bundled", "random"))
