"""Settings of an input pipeline of classification."""

from dataclasses import dataclass

from training.batches.pipeline_config import PipelineConfig, check_choices, check_pairs, check_shares, check_sizes


@dataclass(frozen=True)
class DataConfig(PipelineConfig):
    """Settings of an input pipeline of classification. The defaults are those of the multi-head family at a fixed size.

    Args:
        image_size: Integer, height and width of training images. With `"multi_scale"`, steps of this size have
            `batch_size` images. Defaults to `256`.
        sampler: String, `"fixed"`, one size for all steps, or `"multi_scale"`, one of `image_sizes` for each step.
            Defaults to `"fixed"`.
        image_sizes: Tuple of integers, the sizes of `"multi_scale"`. Defaults to `(160, 192, 256, 288, 320)`.
        interpolation: String, `"bilinear"` or `"bicubic"`. Defaults to `"bilinear"`.
        antialias: Boolean, whether a shrinking resize averages pixels. Defaults to `False`.
        random_crop: Boolean, whether images are cropped at random. With `False`, images are squashed to the size.
            Defaults to `True`.
        crop_scale: Pair of floats, least and greatest share of the area. Defaults to `(0.08, 1.0)`.
        crop_ratio: Pair of floats, least and greatest width / height. Defaults to `(3/4, 4/3)`.
        horizontal_flip: Float, probability of a flip. Defaults to `0.5`.
        rand_augment_operations: Integer, number of operations, `0` for no RandAugment. Defaults to `0`.
        rand_augment_magnitude: Integer from 0 to 30. Defaults to `9`.
        random_erasing: Float, probability of erasing. Defaults to `0.0`.
        mixup_alpha: Float, `0` for no MixUp. Defaults to `0.0`.
        cutmix_alpha: Float, `0` for no CutMix. Defaults to `0.0`.
        mix_probability: Float, probability that a batch is mixed, by MixUp or CutMix. Defaults to `0.5`.
        labels: String, `"int"`, `"one_hot"`, or `"several"` for images with any number of labels. MixUp and CutMix need
            `"one_hot"` or `"several"`. Defaults to `"int"`.
        balance_classes: Boolean, whether samples of rare classes count more, see `with_class_weights`. Defaults to
            `False`.
        class_weights: Tuple of floats, factors of the loss, one for each class, or `()` for no weights. Defaults to
            `()`.
        eval_resize_size: Integer, length of the shorter side of evaluation images before the crop. Defaults to `None`:
            288 for evaluation images of 256x256, otherwise their size, as in `predict_classes`.
        eval_image_size: Integer, height and width of the center crop of evaluation images, or `None` for `image_size`.
            Defaults to `None`.
        batch_size, shuffle, last_batch, eval_batch_size, max_steps, max_corrupt_share, validation_split: See
            `PipelineConfig`.
    """

    sampler: str = "fixed"
    image_sizes: tuple[int, ...] = (160, 192, 256, 288, 320)
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
    balance_classes: bool = False
    class_weights: tuple[float, ...] = ()
    eval_resize_size: int | None = None
    eval_image_size: int | None = None

    def __post_init__(self):
        super().__post_init__()
        check_choices(
            self,
            sampler=("fixed", "multi_scale"),
            interpolation=("bilinear", "bicubic"),
            labels=("int", "one_hot", "several"),
        )
        if self.eval_image_size is not None:
            check_sizes(self, "eval_image_size")
        check_shares(self, "horizontal_flip", "random_erasing", "mix_probability")
        check_pairs(self, "crop_scale", "crop_ratio")
        if self.eval_resize_size is not None:
            check_sizes(self, "eval_resize_size")
        if self.evaluation_size > (self.eval_resize_size or self.evaluation_size):
            raise ValueError(
                "`eval_image_size` must be at most `eval_resize_size`. "
                f"Received: eval_image_size={self.evaluation_size}, eval_resize_size={self.eval_resize_size}"
            )
        if (self.mixup_alpha or self.cutmix_alpha) and self.labels == "int":
            raise ValueError(
                f"MixUp and CutMix need `labels='one_hot'` or `labels='several'`. Received: labels={self.labels!r}"
            )

    @property
    def evaluation_size(self):
        """Integer, height and width of evaluation images."""
        return self.eval_image_size or self.image_size
