"""The tasks of training, one file each."""

from training.settings import Recipe
from training.tasks.classification import CLASSIFICATION
from training.tasks.detection import DETECTION
from training.tasks.segmentation import SEGMENTATION
from training.tasks.task import Task

TASKS = {task.name: task for task in (CLASSIFICATION, SEGMENTATION, DETECTION)}


def find_task(recipe: Recipe) -> Task:
    """Returns the task of a recipe."""
    return next(task for task in TASKS.values() if isinstance(recipe, task.recipe_class))
