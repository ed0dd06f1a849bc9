from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from visavis.cli.options import columns_option, read_langs
from visavis.extras import import_extra

if TYPE_CHECKING:
    from visavis.training.recipe import Recipe

LONGEST = 60


def _list_recipes(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if not wanted:
        return
    from visavis.cli.language import translate
    from visavis.cli.output import print_table
    from visavis.training.recipe import load_recipe, recipe_names

    recipes = [load_recipe(name) for name in recipe_names()]
    rows = [(recipe.name, translate(recipe.description)) for recipe in recipes]
    print_table(("recipe", "what it does"), rows, translate("recipes"))
    context.exit()


@click.command("train")
@click.argument("recipe")
@click.option(
    "--data",
    multiple=True,
    metavar="SPEC",
    help="A dataset, such as flickr8k:PATH. Repeatable.",
)
@columns_option
@click.option(
    "--model",
    metavar="NAME|FOLDER",
    help="The model that the recipe finetune begins with.",
)
@click.option(
    "--out",
    metavar="MODEL",
    type=click.Path(path_type=Path),
    help="The model folder to write; the run's state is in MODEL/run.",
)
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a value of the recipe, such as stages.heads.epochs=3. Repeatable.",
)
@click.option(
    "--lang",
    "langs",
    default="",
    show_default=False,
    metavar="en,fr",
    help="Languages of the captions. [default: all there are]",
)
@click.option("--seed", type=int, help="Random seed, instead of the recipe's.")
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    help="Where to train; auto takes a GPU if there is one.",
)
@click.option(
    "--list",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_list_recipes,
    help="List the recipes of the package.",
)
@click.option(
    "--projector/--no-projector",
    default=True,
    help="At the end, write the whole dataset for TensorBoard's projector.",
)
@click.option(
    "--tracker",
    "trackers",
    multiple=True,
    metavar="wandb|mlflow",
    help="Send the curves to this tracker as well. Repeatable.",
)
@click.option("--show", is_flag=True, help="Print the recipe with all its values, and stop.")
def command(
    recipe: str,
    *,
    data: tuple[str, ...],
    columns: str,
    model: str | None,
    out: Path | None,
    changes: tuple[str, ...],
    langs: str,
    seed: int | None,
    device: Any,
    projector: bool,
    trackers: tuple[str, ...],
    show: bool,
) -> None:
    """Train a model on images with captions.

    RECIPE is a name of --list or a TOML file. The same command resumes after an interruption;
    curves are shown by TensorBoard: tensorboard --logdir MODEL/run.
    """
    from visavis.cli.output import say
    from visavis.training.recipe import load_recipe

    given = {"model": model and json.dumps(model), "seed": seed}
    options = [f"{key}={value}" for key, value in given.items() if value is not None]
    chosen = load_recipe(recipe, (*changes, *options))
    if show:
        print_recipe(chosen)
        return
    if not data or out is None:
        _miss("out" if data else "data")
    run = import_extra("visavis.training.run", "training", "train")
    result = run.train(
        chosen,
        data,
        out,
        columns=columns,
        langs=read_langs(langs),
        device=device,
        projector=projector,
        trackers=trackers,
        log=_log,
    )
    if result:
        say(f"{out}: dev {result}")


def _miss(name: str) -> NoReturn:
    """Refuse a run that lacks what only --show does without."""
    context = click.get_current_context()
    (missing,) = (each for each in context.command.params if each.name == name)
    raise click.MissingParameter(ctx=context, param=missing)


def _log(line: str) -> None:
    from visavis.cli.output import tell

    tell(line)


def print_recipe(recipe: Recipe) -> None:
    """Print all values of a recipe, one a line, as --set takes them."""
    from visavis.training.recipe import flatten

    for key, value in flatten(recipe).items():
        print(f"{key}={value}")
