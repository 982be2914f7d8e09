"""Settings that the input pipelines of all tasks share."""

from dataclasses import dataclass

LAST_BATCHES = ("pad", "drop", "partial")


@dataclass(frozen=True)
class PipelineConfig:
    """Settings that the input pipelines of all tasks share. Each task adds its own settings.

    Args:
        image_size: Integer, height and width of training images. Defaults to `256`.
        batch_size: Integer, number of images in a training step on one replica. Defaults to `32`.
        shuffle: Boolean, whether each epoch has a new random order. Defaults to `True`.
        last_batch: String, what to do with a last batch that is not full. `"pad"` fills it with the first samples of
            the epoch, so a few samples occur twice. `"drop"` leaves it out. `"partial"` keeps the smaller batch, so
            each sample occurs once; it is for one replica only. Defaults to `"pad"`.
        eval_batch_size: Integer, number of images in an evaluation step on one replica. Defaults to `50`.
        max_steps: Integer, largest number of steps of an epoch and of an evaluation, for trials, or `None`. Defaults to
            `None`.
        max_corrupt_share: Float, largest share of images that cannot be read. Above, the run stops. Defaults to `0.01`.
        validation_split: Float in (0, 1), fraction of the samples for validation, for data sets without splits.
            Defaults to `0.2`.

    Raises:
        ValueError: If an argument is not as stated.
    """

    image_size: int = 256
    batch_size: int = 32
    shuffle: bool = True
    last_batch: str = "pad"
    eval_batch_size: int = 50
    max_steps: int | None = None
    max_corrupt_share: float = 0.01
    validation_split: float = 0.2

    # A setting of classification only. In the other tasks, all steps have the same size.
    sampler = "fixed"

    def __post_init__(self):
        check_choices(self, last_batch=LAST_BATCHES)
        check_sizes(self, "image_size", "batch_size", "eval_batch_size")
        check_shares(self, "max_corrupt_share")
        if not 0 < self.validation_split < 1:
            raise ValueError(
                f"`validation_split` must be in (0, 1). Received: validation_split={self.validation_split}"
            )
        if self.max_steps is not None and self.max_steps < 1:
            raise ValueError(f"`max_steps` must be a positive integer or None. Received: max_steps={self.max_steps}")


def check_choices(config, **choices):
    """Raises `ValueError` if a setting is not one of its choices."""
    for name, allowed in choices.items():
        value = getattr(config, name)
        if value not in allowed:
            raise ValueError(f"`{name}` must be one of {list(allowed)}. Received: {name}={value!r}")


def check_sizes(config, *names):
    """Raises `ValueError` if a setting is not a positive integer."""
    for name in names:
        value = getattr(config, name)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"`{name}` must be a positive integer. Received: {name}={value!r}")


def check_shares(config, *names):
    """Raises `ValueError` if a probability or a share is not in [0, 1]."""
    for name in names:
        value = getattr(config, name)
        if not 0 <= value <= 1:
            raise ValueError(f"`{name}` must be in [0, 1]. Received: {name}={value!r}")


def check_pairs(config, *names):
    """Raises `ValueError` if a setting is not a pair of numbers above 0, the smaller number first."""
    for name in names:
        low, high = getattr(config, name)
        if not 0 < low <= high:
            raise ValueError(f"`{name}` must be a pair (least, greatest) above 0. Received: {name}={(low, high)}")
