from string import Template

from card import TEMPLATE, _stages

from visavis.training.recipe import flatten, load_recipe


def test_stages_are_listed_in_order():
    recipe = {"name": "compact", **flatten(load_recipe("compact"))}
    lines = _stages(recipe).splitlines()
    assert [line.split("`")[1] for line in lines] == [
        stage.name for stage in load_recipe("compact").stages
    ]
    assert lines[0] == "- `text`, of kind `text`"
    assert lines[1].startswith("- `heads`, of kind `train`: 1 run(s) of 4 epoch(s), `info-nce+")


def test_the_template_asks_for_what_is_known():
    known = {"id", "size", "figures", "semantic", "beyond", "seed", "stages"}
    known |= {"side", "vocabulary"}
    assert set(Template(TEMPLATE.read_text("utf-8")).get_identifiers()) == known
