"""Settings of a training run, as dataclasses."""

from dataclasses import dataclass

from training.batches.config import DataConfig
from training.batches.detection_config import DetectionDataConfig
from training.batches.segmentation_config import SegmentationDataConfig

PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")
OPTIMIZERS = ("adamw", "sgd")
SEGMENTATION_HEADS = ("deeplabv3", "pspnet")


@dataclass(frozen=True)
class OptimizerConfig:
    """Settings of an optimizer of `training.optimizers`, which has arguments of the same names.

    Args:
        name: String, `"adamw"` or `"sgd"`. Defaults to `"adamw"`.
        weight_decay: Float. Defaults to `0.01`.
        decay_1d: Boolean, whether variables with one axis are decayed too. Defaults to `True`.
        max_gradient_norm: Float, or `None` for no clipping. Defaults to `None`.
        learning_rate_multipliers: Tuple of pairs, each of a pattern of variable paths and a factor. Defaults to `()`.
        frozen_epochs: Integer, number of first epochs in which variables with a factor below 1 keep their values.
            Defaults to `0`.
    """

    name: str = "adamw"
    weight_decay: float = 0.01
    decay_1d: bool = True
    max_gradient_norm: float | None = None
    learning_rate_multipliers: tuple = ()
    frozen_epochs: int = 0

    def __post_init__(self):
        _check_choice("name", self.name, OPTIMIZERS)
        if self.frozen_epochs < 0:
            raise ValueError(f"`frozen_epochs` must be at least 0. Received: frozen_epochs={self.frozen_epochs}")


@dataclass(frozen=True)
class ScheduleConfig:
    """Settings of `training.optimizers.WarmupCosine`.

    Args:
        max_learning_rate: Float. Defaults to `0.002`.
        min_learning_rate: Float. With the value of `max_learning_rate`, the rate is constant. Defaults to `0.0002`.
        warmup_learning_rate: Float. Defaults to `0.0`.
        warmup_steps: Integer. Defaults to `0`.
    """

    max_learning_rate: float = 0.002
    min_learning_rate: float = 0.0002
    warmup_learning_rate: float = 0.0
    warmup_steps: int = 0


@dataclass(frozen=True)
class Recipe:
    """Settings that all tasks share. Each task adds its own settings.

    Args:
        name: String, the name of the recipe's file.
        variants: Tuple of strings, ids of the networks of the recipe. The first one is the default.
        epochs: Integer.
        data: `PipelineConfig` of the task.
        optimizer: `OptimizerConfig`.
        schedule: `ScheduleConfig`.
        average_momentum: Float in (0, 1], momentum of the moving averages. Defaults to `0.0005`.
        synchronize_batch_norm: Boolean, whether batch statistics are computed over all replicas. With JAX they always
            are. Defaults to `False`.
        weights: Initial weights: `None` (random), `"imagenet"`, or the path of a checkpoint. For segmentation and
            detection, the checkpoint may be of a classifier, whose backbone is loaded. Defaults to `None`.
        precision: String, a dtype policy: `"float32"`, `"mixed_float16"` or `"mixed_bfloat16"`. Defaults to
            `"mixed_float16"`.
        checkpoint_steps: Integer, number of steps from one checkpoint to the next. Another checkpoint is written after
            each epoch. Defaults to `1000`.
        seed: Integer, seed of the initial weights, the data and dropout. Defaults to `0`.
        default_data: String, the data set to use if the command names none, or `None`. Defaults to `None`.
        patience: Integer, number of epochs without a better result after which the run stops, counted once the averages
            have settled, or `None` to train all epochs. Defaults to `None`.

    Raises:
        ValueError: If an argument is not as stated.
    """

    name: str
    variants: tuple[str, ...]
    epochs: int
    data: object
    optimizer: OptimizerConfig
    schedule: ScheduleConfig
    average_momentum: float = 0.0005
    synchronize_batch_norm: bool = False
    weights: str | None = None
    precision: str = "mixed_float16"
    checkpoint_steps: int = 1000
    seed: int = 0
    default_data: str | None = None
    patience: int | None = None

    def __post_init__(self):
        _check_choice("precision", self.precision, PRECISIONS)
        for name in ("epochs", "checkpoint_steps"):
            value = getattr(self, name)
            if value < 1:
                raise ValueError(f"`{name}` must be at least 1. Received: {name}={value}")
        if self.patience is not None and self.patience < 1:
            raise ValueError(f"`patience` must be at least 1 or None. Received: patience={self.patience}")


@dataclass(frozen=True)
class ClassificationRecipe(Recipe):
    """Settings of a training run of a classifier.

    Args:
        data: `DataConfig`.
        label_smoothing: Float in [0, 1). Defaults to `0.1`.
        name, variants, ...: See `Recipe`.

    Raises:
        ValueError: If an argument is not as stated.
    """

    data: DataConfig
    label_smoothing: float = 0.1

    def __post_init__(self):
        super().__post_init__()
        if not 0 <= self.label_smoothing < 1:
            raise ValueError(f"`label_smoothing` must be in [0, 1). Received: label_smoothing={self.label_smoothing}")


@dataclass(frozen=True)
class SegmentationRecipe(Recipe):
    """Settings of a training run of a segmenter.

    Args:
        data: `SegmentationDataConfig`.
        head: String, `"deeplabv3"` or `"pspnet"`. Defaults to `"deeplabv3"`.
        output_stride: Integer, 8, 16 or 32. Defaults to `16`.
        name, variants, ...: See `Recipe`.

    Raises:
        ValueError: If an argument is not as stated.
    """

    data: SegmentationDataConfig
    head: str = "deeplabv3"
    output_stride: int = 16

    def __post_init__(self):
        super().__post_init__()
        _check_choice("head", self.head, SEGMENTATION_HEADS)
        _check_choice("output_stride", self.output_stride, (8, 16, 32))


@dataclass(frozen=True)
class DetectionRecipe(Recipe):
    """Settings of a training run of a detector.

    Args:
        data: `DetectionDataConfig`.
        monitor: String, the metric that selects the best averages: `"val_loss"`, the lowest loss, or `"val_map"`, the
            highest mean average precision of COCO. `"val_map"` takes an inference on all evaluation images after each
            epoch. Defaults to `"val_loss"`.
        name, variants, ...: See `Recipe`.

    Raises:
        ValueError: If an argument is not as stated.
    """

    data: DetectionDataConfig
    monitor: str = "val_loss"

    def __post_init__(self):
        super().__post_init__()
        _check_choice("monitor", self.monitor, ("val_loss", "val_map"))


def _check_choice(name, value, allowed):
    if value not in allowed:
        raise ValueError(f"`{name}` must be one of {list(allowed)}. Received: {name}={value!r}")


# Optimizer for fine-tuning: first layers change little, and all pretrained layers rest in the first epoch.
FINE_TUNING = OptimizerConfig(
    learning_rate_multipliers=(
        *(("stem/*", 0.2), ("stage1_*", 0.2), ("stage2_*", 0.25), ("stage3_*", 0.35), ("stage4_*", 0.5)),
        ("stage5_*", 0.7),
    ),
    frozen_epochs=1,
)
