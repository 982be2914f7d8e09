"""The two families of networks, with all differences between them that the rows of `VARIANTS` do not state."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class OfficialNames:
    """Names of layers in the official checkpoints of a family.

    Args:
        transformer_encoder: Dict from the sublayers of `TransformerEncoder` to their official names.
        mobilevit_block: Dict from the sublayers of `MobileViTBlock` to their official names.
        classifier: String, name of the last layer of a classifier.
        segmentation_classifier: String, name of the last layer of a segmenter.
        auxiliary_layers: Tuple of two strings, names of the layers of the auxiliary head of a segmenter.
    """

    transformer_encoder: Mapping[str, str]
    mobilevit_block: Mapping[str, str]
    classifier: str
    segmentation_classifier: str
    auxiliary_layers: tuple[str, str]


@dataclass(frozen=True)
class Family:
    """Properties that all networks of one family share. Code reads this record and never compares names of families.

    Args:
        attention: `"multi_head"` or `"separable"`, kind of attention and name of the family.
        title: String, name of the family in tables and messages.
        needs_num_heads: Boolean, whether `num_heads` must divide `attention_dims`.
        ffn_multiple: Integer. The hidden channels of feed-forward networks are rounded down to a multiple of this
            number.
        dilates_blocks: Boolean, whether the local convolution of a MobileViT block is dilated at output strides
            below 32.
        keeps_even_maps: Boolean. With `True`, a feature map of odd size is enlarged to even size and stays even. With
            `False`, the map is enlarged for the transformer only.
        channel_order: `"rgb"` or `"bgr"`, channel order that the official checkpoints were trained with.
        official_names: `OfficialNames`, names of layers in the official checkpoints.
        interpolation: `"bilinear"` or `"bicubic"`, interpolation of images in the published evaluations.
        antialias: Boolean, whether the published evaluations use antialiasing when they shrink images.
        resize_sizes: Dict from image size to the length of the shorter side before the center crop, for image sizes
            without the usual margin of 32 pixels.
        keeps_aspect_ratio: Boolean, whether the published evaluation of segmentation keeps the aspect ratio of images.
        align_corners: Boolean, whether segmenters align the centers of the corner pixels when they enlarge logits.
        aspp_filters: Integer, channels of the atrous spatial pyramid pooling of DeepLabv3.
        aspp_drops_values: Boolean, whether DeepLabv3 applies dropout to single values before the dropout of whole
            channels.
        psp_branch_multiple: Integer. The channels of each level of PSPNet's pyramid are rounded down to a multiple of
            this number.
        psp_branch_minimum: Integer, smallest number of channels of each level of PSPNet's pyramid.
        aux_head: Boolean, whether segmenters have an auxiliary head by default.
        aux_minimum_filters: Integer, smallest number of channels of the auxiliary head.
        detection: Dict of arguments of `SSDDetector` in the published evaluation of detectors.
        optimizers: Dict from task to the arguments of AdamW in the published run, for `published_optimizer`.
        tasks_without_decay_of_vectors: Tuple of tasks whose published run has no weight decay for one-axis variables.
    """

    attention: str
    title: str
    needs_num_heads: bool
    ffn_multiple: int
    dilates_blocks: bool
    keeps_even_maps: bool
    channel_order: str
    official_names: OfficialNames
    interpolation: str
    antialias: bool
    resize_sizes: Mapping[int, int]
    keeps_aspect_ratio: bool
    align_corners: bool
    aspp_filters: int
    aspp_drops_values: bool
    psp_branch_multiple: int
    psp_branch_minimum: int
    aux_head: bool
    aux_minimum_filters: int
    detection: Mapping[str, object]
    optimizers: Mapping[str, Mapping[str, float]]
    tasks_without_decay_of_vectors: tuple[str, ...]

    @property
    def resize(self) -> dict[str, Any]:
        """Dict of `interpolation` and `antialias`, the arguments of a resize in the published evaluations."""
        return {"interpolation": self.interpolation, "antialias": self.antialias}

    def size_multiple(self, output_stride: int) -> int:
        """Returns the step between image sizes whose feature maps are never enlarged.

        Height and width of such images are multiples of the step.

        Args:
            output_stride: Integer, pixels of the image per pixel of the last feature map.
        """
        return output_stride * 2 if self.keeps_even_maps else output_stride

    def psp_branch_filters(self, channels: int) -> int:
        """Returns the channels of each level of PSPNet's pyramid.

        Args:
            channels: Integer, channels of the last feature map.
        """
        quarter = channels // 4
        return max(quarter // self.psp_branch_multiple * self.psp_branch_multiple, self.psp_branch_minimum)


# mobilevitv3_{s,xs,xxs}[_l2], mobilevit_{s,xs,xxs}: the published code extends MobileViTv1 and resizes with OpenCV.
MULTI_HEAD = Family(
    attention="multi_head",
    title="multi-head",
    needs_num_heads=True,
    ffn_multiple=1,
    dilates_blocks=False,
    keeps_even_maps=False,
    channel_order="bgr",
    official_names=OfficialNames(
        transformer_encoder={
            "attention_norm": "pre_norm_mha.0",
            "attention_layer": "pre_norm_mha.1",
            "ffn_norm": "pre_norm_ffn.0",
            "ffn_expand": "pre_norm_ffn.1",
            "ffn_project": "pre_norm_ffn.4",
        },
        mobilevit_block={
            "local_conv": "local_rep.conv_3x3",
            "local_project": "local_rep.conv_1x1",
            "projection": "conv_proj",
            "fusion": "fusion",
        },
        classifier="classifier.fc",
        segmentation_classifier="seg_head.classifier.classifier",
        auxiliary_layers=("aux_projection", "aux_classifier"),
    ),
    interpolation="bilinear",
    antialias=False,
    resize_sizes={},
    keeps_aspect_ratio=False,
    align_corners=False,
    aspp_filters=256,
    aspp_drops_values=True,
    psp_branch_multiple=1,
    psp_branch_minimum=64,
    aux_head=False,
    aux_minimum_filters=256,
    detection={
        "confidence_threshold": 0.05,
        "candidates_per_class": None,
        "max_detections_per_class": 200,
        "max_detections": 1000,  # the published evaluation has no limit
        "order": "class",
        "clip_boxes": False,
    },
    optimizers={
        "classification": {"learning_rate": 2e-3, "weight_decay": 0.01},
        "segmentation": {"learning_rate": 9e-4, "weight_decay": 0.01},
        "detection": {"learning_rate": 9e-4, "weight_decay": 0.01},
    },
    tasks_without_decay_of_vectors=(),
)

# mobilevitv3_{050..200}, mobilevitv2_{050..200}: the published code extends MobileViTv2 and resizes with Pillow.
SEPARABLE = Family(
    attention="separable",
    title="separable",
    needs_num_heads=False,
    ffn_multiple=16,
    dilates_blocks=True,
    keeps_even_maps=True,
    channel_order="rgb",
    official_names=OfficialNames(
        transformer_encoder={
            "attention_norm": "pre_norm_attn.0",
            "attention_layer": "pre_norm_attn.1",
            "ffn_norm": "pre_norm_ffn.0",
            "ffn_expand": "pre_norm_ffn.1.block.conv",
            "ffn_project": "pre_norm_ffn.3.block.conv",
        },
        mobilevit_block={
            "local_conv": "local_rep.0",
            "local_project": "local_rep.1",
            "fusion": "conv_proj",
        },
        classifier="classifier.1",
        segmentation_classifier="seg_head.classifier",
        auxiliary_layers=("0", "2"),
    ),
    interpolation="bicubic",
    antialias=True,
    resize_sizes={384: 384},  # the published fine-tuning at 384 pixels has no margin
    keeps_aspect_ratio=True,
    align_corners=True,
    aspp_filters=512,
    aspp_drops_values=False,
    psp_branch_multiple=16,
    psp_branch_minimum=16,
    aux_head=True,
    aux_minimum_filters=128,
    detection={
        "confidence_threshold": 0.01,
        "candidates_per_class": 400,
        "max_detections_per_class": 200,
        "max_detections": 200,
        "order": "score",
        "clip_boxes": True,
    },
    optimizers={
        "classification": {"learning_rate": 2e-3, "weight_decay": 0.05, "global_clipnorm": 10.0},
        "segmentation": {"learning_rate": 5e-4, "weight_decay": 0.05, "global_clipnorm": 10.0},
        "detection": {"learning_rate": 9e-4, "weight_decay": 0.05},
    },
    tasks_without_decay_of_vectors=("classification", "segmentation"),
)

FAMILIES = {family.attention: family for family in (MULTI_HEAD, SEPARABLE)}
