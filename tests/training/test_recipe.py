import pytest

from visavis.errors import TrainingError
from visavis.training.recipe import (
    Stage,
    flatten,
    load_recipe,
    loss_terms,
    recipe_names,
    unroll,
)

MINIMAL = """
[[stages]]
name = "only"
"""


@pytest.fixture
def own(tmp_path):
    def write(text):
        path = tmp_path / "own.toml"
        path.write_text(text)
        return str(path)

    return write


def test_the_package_has_the_recipes_of_its_documentation():
    names = ["classic", "compact", "contrastive", "distill", "finetune", "sigmoid", "vsepp"]
    assert recipe_names() == names


@pytest.mark.parametrize("name", recipe_names())
def test_each_recipe_can_be_read_and_says_what_it_is(name):
    recipe = load_recipe(name)
    assert recipe.name == name
    assert recipe.description.endswith(".")
    assert recipe.stages


def test_the_classic_recipe_is_the_original_system():
    recipe = load_recipe("classic")
    assert (recipe.image.backbone, recipe.image.features) == ("resnet50", "classes")
    assert (recipe.text.tower, recipe.text.width) == ("words", 100)
    heads, finetune = recipe.stages
    assert (heads.rounds, heads.epochs, heads.negatives) == (4, 5, "round")
    assert (heads.loss, heads.distance) == ("triplet", "euclidean")
    assert (heads.miner, heads.share) == ("mixed", 0.5)
    assert finetune.backbone
    assert not heads.backbone


def test_a_stage_takes_what_all_share_and_its_own(own):
    recipe = load_recipe(
        own(
            '[training]\nbatch = 7\nmargin = 0.5\n[[stages]]\nname = "a"\n[[stages]]\nname = "b"\nbatch = 9\n'
        )
    )
    assert [(stage.name, stage.batch, stage.margin) for stage in recipe.stages] == [
        ("a", 7, 0.5),
        ("b", 9, 0.5),
    ]


def test_changes_reach_every_part():
    recipe = load_recipe(
        "classic",
        [
            "seed=3",
            "image.head=mlp",
            "stages.heads.rate=1",
            "training.clip=2.5",
            "text.frozen=true",
        ],
    )
    assert recipe.seed == 3
    assert recipe.image.head == "mlp"
    assert recipe.text.frozen is True
    assert [stage.rate for stage in recipe.stages] == [1.0, 1e-4]
    assert [stage.clip for stage in recipe.stages] == [2.5, 2.5]


def test_a_path_needs_no_quotes_and_a_text_may_look_like_a_number():
    recipe = load_recipe("classic", ["text.vectors=data/glove.6B.100d.txt", 'image.weights="7"'])
    assert (recipe.text.vectors, recipe.image.weights) == ("data/glove.6B.100d.txt", "7")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("image.haed=mlp", "unknown key 'image.haed'; did you mean 'image.head'?"),
        ("colour=1", "unknown key 'colour'; known: data, description, dim, image"),
        ("stages.head.rate=1", "unknown stage 'head'; did you mean 'heads'?"),
        ("stages.rate=1", "name a stage, such as stages.heads.rate"),
        ("training.ephocs=1", "unknown key 'training.ephocs'; did you mean 'training.epochs'?"),
        (
            "image.features=conv",
            "image.features = 'conv'; expected one of classes, pooled, map, pyramid",
        ),
        ("training.share=1.5", "training.share = 1.5; expected a number, from 0 to 1"),
        ("image.dropout=1", "image.dropout = 1.0; expected a number, from 0 to below 1"),
        (
            "training.temperature=0",
            "training.temperature = 0.0; expected a number, from 0.01 to 10",
        ),
        ("stages.heads.of=heads", "stages.heads.of = 'heads'; expected a list of texts"),
        ("data.teacher=3", "data.teacher = 3; expected a text"),
        ("seed=1.5", "seed = 1.5; expected a whole number"),
        ("seed=-1", "seed = -1; expected a number, from 0 to 4294967295"),
        ("seed=4294967296", "seed = 4294967296; expected a number, from 0 to 4294967295"),
        ("training.rate=nan", "training.rate = nan; expected a number"),
        ("stages.heads.epochs=0", "stages.heads.epochs = 0; expected a number, 1 or more"),
        ("stages.heads.rate=fast", "stages.heads.rate = 'fast'; expected a number"),
        ("text.frozen=1", "text.frozen = 1; expected true or false"),
        ("image=3", "image is a table: write image.KEY=VALUE"),
        ("image.width.x=3", "image.width = {'x': 3}; expected a whole number"),
        ("seed.x.y=3", "seed = {'x': {'y': 3}}"),
        ("loss", "--set loss: expected KEY=VALUE"),
    ],
)
def test_a_wrong_change_is_named(change, message):
    with pytest.raises(TrainingError) as error:
        load_recipe("classic", [change])
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("clasic", "unknown recipe 'clasic'; did you mean 'classic'?"),
        ("nowhere.toml", "nowhere.toml: no such file"),
    ],
)
def test_an_unknown_recipe_is_named(source, message):
    with pytest.raises(TrainingError, match=message):
        load_recipe(source)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed = ", "not a recipe in TOML"),
        ("seed = 1", "it has no [[stages]]"),
        ("[[stages]]\nepochs = 1", "each of [[stages]] needs a name"),
        (MINIMAL + "[text]\nlayer = 2", "unknown key 'text.layer'; did you mean 'text.layers'?"),
    ],
)
def test_a_wrong_file_is_named(own, text, message):
    with pytest.raises(TrainingError) as error:
        load_recipe(own(text))
    assert message in str(error.value)


def in_toml(value):
    if isinstance(value, tuple):
        return list(value)
    return str(value).lower() if isinstance(value, bool) else value


def test_a_recipe_laid_flat_makes_the_same_recipe(own):
    recipe = load_recipe("vsepp")
    changes = [f"{key}={in_toml(value)}" for key, value in flatten(recipe).items()]
    again = load_recipe(own('[[stages]]\nname = "sum"\n[[stages]]\nname = "hardest"\n'), changes)
    assert flatten(again) == flatten(recipe)


def test_losses_have_weights():
    stage = Stage(name="a", loss="info-nce + 0.5*max-violation")
    assert loss_terms(stage) == {"info-nce": 1.0, "max-violation": 0.5}


@pytest.mark.parametrize("loss", ["", "a+", "0*a", "-1*a", "x*a", "nan*a", "inf*a", "a+2*a"])
def test_a_wrong_weight_is_named(loss):
    with pytest.raises(TrainingError, match=r"stages\.a\.loss = .*expected different losses"):
        loss_terms(Stage(name="a", loss=loss))


def test_runs_of_a_stage_begin_alike_and_end_in_their_mean():
    stages = unroll([Stage(name="a", runs=2, rate=0.5), Stage(name="b", runs=3), Stage(name="c")])
    assert [(stage.name, stage.start, stage.of) for stage in stages] == [
        ("a-1", "start", ()),
        ("a-2", "start", ()),
        ("a", "", ("a-1", "a-2")),
        ("b-1", "a", ()),
        ("b-2", "a", ()),
        ("b-3", "a", ()),
        ("b", "", ("b-1", "b-2", "b-3")),
        ("c", "", ()),
    ]
    assert [stage.kind for stage in stages].count("average") == 2
    assert stages[1].rate == 0.5
