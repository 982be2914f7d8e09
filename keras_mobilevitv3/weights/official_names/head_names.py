"""Names of the heads around a backbone: in the official checkpoints, and in the files of Keras."""

from typing import NamedTuple

ENCODER = "encoder."  # before each name of the backbone, in checkpoints of segmentation and detection

HEAD_CONVOLUTION = "conv_1x1_exp"
AUXILIARY_HEAD = "seg_head.aux_head"
DETECTION_STRIDES = (64, 128, 256)
DETECTION_LEVELS = 6


class HeadNames(NamedTuple):
    """Beginnings of names, in one way of naming, that tell the heads from the backbone.

    `optional`: what is left out where the model has none of it. `classifiers`: last layers, left out where the model
    has them for another number of classes. `heads`: all there is around the backbone of a segmenter or detector; of a
    file without any of it only the backbone is taken.
    """

    optional: tuple
    classifiers: tuple
    heads: tuple

    @property
    def all(self):
        """All of them."""
        return (*self.optional, *self.classifiers, *self.heads)


def official_head_names(family):
    """The `HeadNames` of official checkpoints of a `Family`."""
    names = family.official_names
    layers = detection_layers()
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


def classifier_layers(family):
    """Official names of the layers around the backbone of a classifier, by their names in Keras."""
    return {"head_conv": HEAD_CONVOLUTION, "predictions": family.official_names.classifier}


def task_layers(family):
    """Official names of the layers around the backbone of a segmenter or detector, by their names in Keras."""
    names = family.official_names
    projection, classifier = names.auxiliary_layers
    return {
        "aspp": "seg_head.aspp.aspp_layer",
        "psp": "seg_head.psp_layer",
        "classifier": names.segmentation_classifier,
        "aux_conv": f"{AUXILIARY_HEAD}.{projection}",
        "aux_classifier": f"{AUXILIARY_HEAD}.{classifier}",
        **detection_layers(),
    }


def detection_layers():
    """Official names of the layers of SSDLite, by their names in Keras."""
    return {
        **{f"os_{stride}": f"extra_layers.os_{stride}" for stride in DETECTION_STRIDES},
        "os_global": "extra_layers.os_-1.1",
        **{f"ssd_head{level}_project": f"ssd_heads.{level}.proj_layer" for level in range(DETECTION_LEVELS)},
        **{f"ssd_head{level}": f"ssd_heads.{level}.loc_cls_layer" for level in range(DETECTION_LEVELS)},
    }
