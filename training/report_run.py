"""Writes the report of a finished training run."""

from pathlib import Path

from keras_mobilevitv3.array_types import FilePath
from training.report.report import write_report
from training.report.results import BEST
from training.report.trained_run import TrainedRun, changed_settings
from training.report.usage import export_command
from training.settings import Recipe
from training.tasks import find_task


def report_run(
    recipe: Recipe, variant: str, data: str, workdir: FilePath, data_dir: FilePath | None = None
) -> tuple[Path, str]:
    """Evaluates the best averages of a finished run and writes the folder `report`.

    Args:
        recipe: `Recipe` of the run.
        variant: String, id of the network.
        data: String, name or folder of the data set.
        workdir: Path of the folder of the run.
        data_dir: Path of the folder of TensorFlow Datasets, or `None`. Defaults to `None`.

    Returns:
        Tuple of the path of the card, and of the command that exports the network. The command runs in the folder of
        the run.
    """
    task = find_task(recipe)
    train_source, _ = task.open_sources(data, data_dir, recipe)
    recipe = task.settings_for(recipe, train_source)
    run = TrainedRun(
        recipe=recipe.name,
        variant=variant,
        data=data,
        class_names=tuple(train_source.class_names),
        settings=changed_settings(recipe),
        start=recipe.weights,
        **task.facts(recipe),
    )
    scores = task.scores(recipe, variant, Path(workdir) / BEST, data, data_dir)
    return write_report(workdir, run, task.monitor(recipe), **scores), export_command(run, BEST)
