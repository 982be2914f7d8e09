"""Names of the heads around a backbone, in official checkpoints and in files of Keras."""

from typing import NamedTuple

from keras_mobilevitv3.families import Family

ENCODER = "encoder."  # prefix of the backbone's names in checkpoints for segmentation and detection

HEAD_CONVOLUTION = "conv_1x1_exp"
AUXILIARY_HEAD = "seg_head.aux_head"
DETECTION_STRIDES = (64, 128, 256)
DETECTION_LEVELS = 6


class HeadNames(NamedTuple):
    """Prefixes of names that distinguish the heads from the backbone, in one naming scheme.

    Args:
        optional: Tuple of strings, layers that are left out if the model lacks them.
        classifiers: Tuple of strings, last layers. They are left out if the model has another number of classes.
        heads: Tuple of strings, all layers around the backbone of a segmenter or detector. From a file without any of
            these layers, only the backbone is loaded.
    """

    optional: tuple[str, ...]
    classifiers: tuple[str, ...]
    heads: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """Tuple of all prefixes."""
        return (*self.optional, *self.classifiers, *self.heads)


def official_head_names(family: Family) -> HeadNames:
    """Returns the `HeadNames` of the official checkpoints of a `Family`."""
    names = family.official_names
    layers = _detection_layers()
    predictors = [layers[f"ssd_head{level}"] for level in range(DETECTION_LEVELS)]
    return HeadNames(
        optional=(HEAD_CONVOLUTION, names.classifier, AUXILIARY_HEAD),
        classifiers=(
            names.classifier,
            names.segmentation_classifier,
            f"{AUXILIARY_HEAD}.{names.auxiliary_layers[1]}",
            *(f"{name}.pw_conv" for name in predictors[:-1]),
            predictors[-1],
        ),
        heads=("seg_head", "extra_layers", "ssd_heads"),
    )


KERAS_HEAD_NAMES = HeadNames(
    optional=("head_conv", "predictions", "aux_conv", "aux_classifier"),
    classifiers=(
        "predictions",
        "classifier",
        "aux_classifier",
        *(f"ssd_head{level}/pointwise" for level in range(DETECTION_LEVELS - 1)),
        f"ssd_head{DETECTION_LEVELS - 1}",
    ),
    heads=(
        *("aspp", "psp", "classifier", "aux_conv", "aux_classifier", "os_global"),
        *(f"os_{stride}" for stride in DETECTION_STRIDES),
        *(f"ssd_head{level}{part}" for level in range(DETECTION_LEVELS) for part in ("_project", "")),
    ),
)


def classifier_layers(family: Family) -> dict[str, str]:
    """Returns a dict from Keras names to official names, for the layers around the backbone of a classifier."""
    return {"head_conv": HEAD_CONVOLUTION, "predictions": family.official_names.classifier}


def task_layers(family: Family) -> dict[str, str]:
    """Returns a dict from Keras names to official names, for the heads of segmenters and detectors."""
    names = family.official_names
    projection, classifier = names.auxiliary_layers
    return {
        "aspp": "seg_head.aspp.aspp_layer",
        "psp": "seg_head.psp_layer",
        "classifier": names.segmentation_classifier,
        "aux_conv": f"{AUXILIARY_HEAD}.{projection}",
        "aux_classifier": f"{AUXILIARY_HEAD}.{classifier}",
        **_detection_layers(),
    }


def _detection_layers():
    """Returns a dict from Keras names to official names, for the layers of SSDLite."""
    return {
        **{f"os_{stride}": f"extra_layers.os_{stride}" for stride in DETECTION_STRIDES},
        "os_global": "extra_layers.os_-1.1",
        **{f"ssd_head{level}_project": f"ssd_heads.{level}.proj_layer" for level in range(DETECTION_LEVELS)},
        **{f"ssd_head{level}": f"ssd_heads.{level}.loc_cls_layer" for level in range(DETECTION_LEVELS)},
    }
