"""What a training run is made of, how it is overridden and how it is shrunk for a trial."""

import ast
from dataclasses import dataclass, fields, is_dataclass, replace

from training.data.config import DataConfig

PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")
OPTIMIZERS = ("adamw", "sgd")


@dataclass(frozen=True)
class OptimizerConfig:
    """An optimizer of `training.optimizers`; its arguments have the same names there.

    Args:
        name: String, `"adamw"` or `"sgd"`. Defaults to `"adamw"`.
        weight_decay: Float. Defaults to `0.01`.
        decay_1d: Boolean, whether variables with one axis are decayed too. Defaults to `True`.
        max_gradient_norm: Float, or `None` for no clipping. Defaults to `None`.
        learning_rate_multipliers: Tuple of pairs, pattern of variable paths and factor. Defaults to `()`.
    """

    name: str = "adamw"
    weight_decay: float = 0.01
    decay_1d: bool = True
    max_gradient_norm: float | None = None
    learning_rate_multipliers: tuple = ()

    def __post_init__(self):
        _check_choice("name", self.name, OPTIMIZERS)


@dataclass(frozen=True)
class ScheduleConfig:
    """The learning rates of `training.optimizers.WarmupCosine`.

    Args:
        max_learning_rate: Float. Defaults to `0.002`.
        min_learning_rate: Float; equal to `max_learning_rate` for a constant rate. Defaults to `0.0002`.
        warmup_learning_rate: Float. Defaults to `0.0`.
        warmup_steps: Integer. Defaults to `0`.
    """

    max_learning_rate: float = 0.002
    min_learning_rate: float = 0.0002
    warmup_learning_rate: float = 0.0
    warmup_steps: int = 0


@dataclass(frozen=True)
class Recipe:
    """A training run of a classifier.

    Args:
        name: String, that of its file.
        variants: Tuple of the ids the recipe is for; the first one is the default.
        epochs: Integer.
        data: `DataConfig`.
        optimizer: `OptimizerConfig`.
        schedule: `ScheduleConfig`.
        label_smoothing: Float in [0, 1). Defaults to `0.1`.
        average_momentum: Float in (0, 1], of the moving averages. Defaults to `0.0005`.
        synchronize_batch_norm: Boolean, whether batch statistics are those of all replicas. With JAX they always are.
            Defaults to `False`.
        weights: What to start from: `None` (random), `"imagenet"`, or the path of a checkpoint. Defaults to `None`.
        precision: String, a dtype policy: `"float32"`, `"mixed_float16"` or `"mixed_bfloat16"`. Defaults to
            `"mixed_float16"`.
        checkpoint_steps: Integer, steps from one checkpoint to the next; there is one after each epoch too. Defaults to
            `1000`.
        seed: Integer, of the initial weights, the data and dropout. Defaults to `0`.
        default_data: String, the data set to take when none is named, or `None`. Defaults to `None`.

    Raises:
        ValueError: If an argument is not as stated.
    """

    name: str
    variants: tuple[str, ...]
    epochs: int
    data: DataConfig
    optimizer: OptimizerConfig
    schedule: ScheduleConfig
    label_smoothing: float = 0.1
    average_momentum: float = 0.0005
    synchronize_batch_norm: bool = False
    weights: str | None = None
    precision: str = "mixed_float16"
    checkpoint_steps: int = 1000
    seed: int = 0
    default_data: str | None = None

    def __post_init__(self):
        _check_choice("precision", self.precision, PRECISIONS)
        for name in ("epochs", "checkpoint_steps"):
            value = getattr(self, name)
            if value < 1:
                raise ValueError(f"`{name}` must be at least 1. Received: {name}={value}")
        if not 0 <= self.label_smoothing < 1:
            raise ValueError(f"`label_smoothing` must be in [0, 1). Received: label_smoothing={self.label_smoothing}")


def override(config, assignments):
    """Returns a recipe with some settings changed.

    Args:
        config: `Recipe`, or another dataclass.
        assignments: Sequence of strings such as `"epochs=10"`, `"data.batch_size=64"`, `"data.crop_scale=(0.2, 1.0)"`
            or `"optimizer.max_gradient_norm=None"`: the value as Python writes it; strings need no quotes.

    Raises:
        ValueError: If a name is not a setting, or a value not of the kind that is there.
    """
    for assignment in assignments:
        path, equals, text = assignment.partition("=")
        if not equals:
            raise ValueError(f"A setting must be `name=value`, as `data.batch_size=64`. Received: {assignment!r}")
        config = _override_one(config, path.strip().split("."), text.strip(), assignment)
    return config


def _override_one(config, names, text, assignment):
    settings = {setting.name: setting for setting in fields(config)}
    name, *rest = names
    nested = is_dataclass(getattr(config, name, None))
    if name not in settings or nested != bool(rest):
        known = [f"{key}.*" if is_dataclass(getattr(config, key)) else key for key in settings]
        raise ValueError(f"`{name}` must be one of {', '.join(known)}. Received: {assignment!r}")
    if rest:
        value = _override_one(getattr(config, name), rest, text, assignment)
    else:
        value = _parse(text, settings[name].type, assignment)
    return replace(config, **{name: value})


def _parse(text, kind, assignment):
    """The value of a text, of the type that a setting is annotated with."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        value = text
    optional = "None" in str(kind)
    kinds = [each for each in (bool, int, float, str, tuple) if each is kind or str(kind).startswith(each.__name__)]
    if value is None and optional:
        return None
    if str not in kinds and isinstance(value, str):
        kinds_named = str(getattr(kind, "__name__", kind))
        raise ValueError(f"The value must be of type {kinds_named}. Received: {assignment!r}")
    if str in kinds:
        return text.strip("'\"")
    if float in kinds and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if tuple in kinds and isinstance(value, list):
        value = tuple(value)
    if not any(type(value) is each for each in kinds):
        raise ValueError(f"The value must be of type {getattr(kind, '__name__', kind)}. Received: {assignment!r}")
    return value


def smoke(recipe):
    """Returns a recipe that does everything the given one does, in a minute on a CPU: small, few and short."""
    data = recipe.data
    small = {
        "image_size": 64,
        "image_sizes": (64, 96) if data.sampler == "multi_scale" else data.image_sizes,
        "batch_size": 4,
        "eval_batch_size": 4,
        "eval_resize_size": 72,
        "eval_image_size": 64,
        "max_steps": 4,
    }
    return replace(
        recipe,
        epochs=2,
        data=replace(data, **small),
        schedule=replace(recipe.schedule, warmup_steps=min(recipe.schedule.warmup_steps, 2)),
        precision="float32",
        checkpoint_steps=2,
    )


def _check_choice(name, value, allowed):
    if value not in allowed:
        raise ValueError(f"`{name}` must be one of {list(allowed)}. Received: {name}={value!r}")
