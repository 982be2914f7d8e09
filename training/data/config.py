"""Settings of an input pipeline."""

from dataclasses import dataclass

CHOICES = {
    "sampler": ("fixed", "multi_scale"),
    "last_batch": ("pad", "drop", "partial"),
    "interpolation": ("bilinear", "bicubic"),
    "labels": ("int", "one_hot"),
}
SIZES = ("batch_size", "image_size", "eval_batch_size", "eval_resize_size", "eval_image_size")
PROBABILITIES = ("horizontal_flip", "random_erasing", "mix_probability", "max_corrupt_share")


@dataclass(frozen=True)
class DataConfig:
    """Settings of an input pipeline; the defaults are those of the multi-head family at a fixed size.

    Args:
        image_size: Integer, height and width of training images, and the size at which `batch_size` holds. Defaults to
            `256`.
        batch_size: Integer, images in a training step on one replica. Defaults to `32`.
        sampler: String, `"fixed"` or `"multi_scale"`: one size for all steps, or one of `image_sizes` for each step.
            Defaults to `"fixed"`.
        image_sizes: Tuple of integers, the sizes of `"multi_scale"`. Defaults to `(160, 192, 256, 288, 320)`.
        shuffle: Boolean, whether each epoch has an order of its own. Defaults to `True`.
        last_batch: String, what becomes of a last batch that is not full: `"pad"` fills it with the first samples of
            the epoch, so that a few count twice; `"drop"` leaves it out; `"partial"` keeps it smaller, so that each
            sample is seen once, on one replica only. Defaults to `"pad"`.
        interpolation: String, `"bilinear"` or `"bicubic"`. Defaults to `"bilinear"`.
        antialias: Boolean, whether a shrinking resize averages. Defaults to `False`.
        random_crop: Boolean; without it images are squashed to the size. Defaults to `True`.
        crop_scale: Pair of floats, share of the area. Defaults to `(0.08, 1.0)`.
        crop_ratio: Pair of floats, width / height. Defaults to `(3/4, 4/3)`.
        horizontal_flip: Float, probability. Defaults to `0.5`.
        rand_augment_operations: Integer, `0` for none. Defaults to `0`.
        rand_augment_magnitude: Integer, of 31. Defaults to `9`.
        random_erasing: Float, probability. Defaults to `0.0`.
        mixup_alpha: Float, `0` for no MixUp. Defaults to `0.0`.
        cutmix_alpha: Float, `0` for no CutMix. Defaults to `0.0`.
        mix_probability: Float, that MixUp or CutMix, whichever is drawn, fires. Defaults to `0.5`.
        labels: String, `"int"` or `"one_hot"`; MixUp and CutMix need the latter. Defaults to `"int"`.
        eval_batch_size: Integer. Defaults to `50`.
        eval_resize_size: Integer, shorter side of evaluation images before the crop. Defaults to `288`.
        eval_image_size: Integer, height and width of their centre crop. Defaults to `256`.
        max_steps: Integer, steps of an epoch and of an evaluation at most, for trials, or `None`. Defaults to `None`.
        max_corrupt_share: Float, share of the images that may be unreadable before a run stops. Defaults to `0.01`.
    """

    image_size: int = 256
    batch_size: int = 32
    sampler: str = "fixed"
    image_sizes: tuple[int, ...] = (160, 192, 256, 288, 320)
    shuffle: bool = True
    last_batch: str = "pad"
    interpolation: str = "bilinear"
    antialias: bool = False
    random_crop: bool = True
    crop_scale: tuple[float, float] = (0.08, 1.0)
    crop_ratio: tuple[float, float] = (3 / 4, 4 / 3)
    horizontal_flip: float = 0.5
    rand_augment_operations: int = 0
    rand_augment_magnitude: int = 9
    random_erasing: float = 0.0
    mixup_alpha: float = 0.0
    cutmix_alpha: float = 0.0
    mix_probability: float = 0.5
    labels: str = "int"
    eval_batch_size: int = 50
    eval_resize_size: int = 288
    eval_image_size: int = 256
    max_steps: int | None = None
    max_corrupt_share: float = 0.01

    def __post_init__(self):
        for name, allowed in CHOICES.items():
            value = getattr(self, name)
            if value not in allowed:
                raise ValueError(f"`{name}` must be one of {list(allowed)}. Received: {name}={value!r}")
        for name in SIZES:
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(f"`{name}` must be a positive integer. Received: {name}={value!r}")
        if self.max_steps is not None and self.max_steps < 1:
            raise ValueError(f"`max_steps` must be a positive integer or None. Received: max_steps={self.max_steps}")
        for name in PROBABILITIES:
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise ValueError(f"`{name}` must be in [0, 1]. Received: {name}={value!r}")
        for name in ("crop_scale", "crop_ratio"):
            low, high = getattr(self, name)
            if not 0 < low <= high:
                raise ValueError(f"`{name}` must be a pair (least, greatest) above 0. Received: {name}={(low, high)}")
        if self.eval_image_size > self.eval_resize_size:
            raise ValueError(
                "`eval_image_size` must be at most `eval_resize_size`. "
                f"Received: eval_image_size={self.eval_image_size}, eval_resize_size={self.eval_resize_size}"
            )
        if (self.mixup_alpha or self.cutmix_alpha) and self.labels != "one_hot":
            raise ValueError(f"MixUp and CutMix need `labels='one_hot'`. Received: labels={self.labels!r}")
