"""Settings of an input pipeline of segmentation."""

from dataclasses import dataclass

from training.batches.pipeline_config import PipelineConfig, check_choices, check_pairs, check_shares, check_sizes


@dataclass(frozen=True)
class SegmentationDataConfig(PipelineConfig):
    """Settings of an input pipeline of segmentation. The defaults are those of the multi-head family on PASCAL VOC.

    A training image is resized, mirrored, cropped, blurred, distorted in color and turned, in this order. Its mask
    changes with it. An evaluation image is only squashed to `image_size`.

    Args:
        image_size: Integer, height and width of training and evaluation images. Defaults to `512`.
        ignore_class: Integer, the label that losses and metrics ignore, `255` or `-1`. Defaults to `255`.
        interpolation: String, `"bilinear"` or `"bicubic"`. Defaults to `"bilinear"`.
        antialias: Boolean, whether a shrinking resize of images averages pixels. Defaults to `False`.
        nearest: String, which pixel of a mask a resize takes: `"floor"`, the pixel at `floor(i * in / out)`, as OpenCV
            and PyTorch do, or `"centre"`, the pixel at the center of the new pixel, as Pillow does. Defaults to
            `"floor"`.
        short_side: Pair of integers, least and greatest length of the shorter side after the random resize, both
            included, or `None` for no resize. Defaults to `(256, 1024)`.
        max_long_side: Integer, greatest length of the longer side after the random resize, or `None` for no limit.
            Defaults to `None`.
        horizontal_flip: Float, probability of a flip. Defaults to `0.5`.
        crop_padding: Boolean. With `True`, an image smaller than the crop gets black and void pixels at the right and
            at the bottom. With `False`, the image is enlarged. Defaults to `False`.
        max_class_share: Float, or `None`. A crop in which one class has this share of the labelled pixels or more is
            drawn again, up to ten times. `None` accepts every crop. Defaults to `None`.
        void_is_class: Boolean, whether void pixels count as a class for `max_class_share`. Defaults to `False`.
        gaussian_blur: Float, probability of a blur with a radius of up to one pixel. Defaults to `0.0`.
        color_distortion: Boolean, whether brightness, contrast, saturation, hue and channels change at random, see
            `training.augment.pillow_distortion`. Defaults to `False`.
        max_rotation: Float, greatest angle in degrees of the random rotation, `0` for no rotation. Defaults to `0.0`.
        batch_size, shuffle, last_batch, eval_batch_size, max_steps, max_corrupt_share, validation_split: See
            `PipelineConfig`.
    """

    image_size: int = 512
    batch_size: int = 16
    eval_batch_size: int = 8
    ignore_class: int = 255
    interpolation: str = "bilinear"
    antialias: bool = False
    nearest: str = "floor"
    short_side: tuple[int, int] | None = (256, 1024)
    max_long_side: int | None = None
    horizontal_flip: float = 0.5
    crop_padding: bool = False
    max_class_share: float | None = None
    void_is_class: bool = False
    gaussian_blur: float = 0.0
    color_distortion: bool = False
    max_rotation: float = 0.0

    def __post_init__(self):
        super().__post_init__()
        check_choices(
            self,
            ignore_class=(255, -1),
            interpolation=("bilinear", "bicubic"),
            nearest=("floor", "centre"),
        )
        check_shares(self, "horizontal_flip", "gaussian_blur")
        if self.short_side is not None:
            check_pairs(self, "short_side")
        if self.max_long_side is not None:
            check_sizes(self, "max_long_side")
        if self.max_class_share is not None:
            check_shares(self, "max_class_share")
        if not 0 <= self.max_rotation <= 180:
            raise ValueError(f"`max_rotation` must be in [0, 180]. Received: max_rotation={self.max_rotation}")
