"""Settings of an input pipeline of detection."""

from dataclasses import dataclass

from training.batches.pipeline_config import PipelineConfig, check_choices, check_shares, check_sizes


@dataclass(frozen=True)
class DetectionDataConfig(PipelineConfig):
    """Settings of an input pipeline of detection. The defaults are those of the multi-head family on COCO.

    A training image is cropped, distorted in color, mirrored and squashed to `image_size`, in this order. Its boxes
    change with it. An evaluation image is only squashed.

    Args:
        image_size: Integer, height and width of training and evaluation images. Defaults to `320`.
        max_boxes: Integer, largest number of boxes of a sample. Of more boxes, the first ones are kept. Defaults to
            `100`.
        interpolation: String, `"bilinear"` or `"bicubic"`. Defaults to `"bilinear"`.
        antialias: Boolean, whether a shrinking resize averages pixels. Defaults to `False`.
        clip_boxes: Boolean, whether boxes are clipped at the border of their image. Defaults to `False`.
        random_crop: Boolean, whether images are cropped as in `training.augment.ssd_crop`. Defaults to `True`.
        min_crop_size: Integer, least height and width of a crop, in pixels of the original. Defaults to `0`.
        color_distortion: String, `"opencv"` or `"pillow"`, see `training.augment.opencv_distortion` and
            `pillow_distortion`, or `"none"`. Defaults to `"opencv"`.
        horizontal_flip: Float, probability of a flip. Defaults to `0.5`.
        batch_size, shuffle, last_batch, eval_batch_size, max_steps, max_corrupt_share, validation_split: See
            `PipelineConfig`.
    """

    image_size: int = 320
    eval_batch_size: int = 32
    max_boxes: int = 100
    interpolation: str = "bilinear"
    antialias: bool = False
    clip_boxes: bool = False
    random_crop: bool = True
    min_crop_size: int = 0
    color_distortion: str = "opencv"
    horizontal_flip: float = 0.5

    def __post_init__(self):
        super().__post_init__()
        check_choices(
            self,
            interpolation=("bilinear", "bicubic"),
            color_distortion=("none", "opencv", "pillow"),
        )
        check_sizes(self, "max_boxes")
        check_shares(self, "horizontal_flip")
        if self.min_crop_size < 0:
            raise ValueError(f"`min_crop_size` must be at least 0. Received: min_crop_size={self.min_crop_size}")
