from typing import Any

from keras_mobilevitv3.array_types import FilePath, Shape
from keras_mobilevitv3.backbones.config import BackboneConfig
from keras_mobilevitv3.checks import check_integer, check_name, check_rate
from keras_mobilevitv3.classification.classifier import build_classifier
from keras_mobilevitv3.datasets import published_dataset
from keras_mobilevitv3.interop.keras_hub.backbone import MobileViTBackbone
from keras_mobilevitv3.interop.keras_hub.image_converter import MobileViTImageConverter
from keras_mobilevitv3.interop.keras_hub.image_sizes import size_pair
from keras_mobilevitv3.interop.keras_hub.mobilevit_image_classifier import (
    MobileViTImageClassifier,
    MobileViTImageClassifierPreprocessor,
)
from keras_mobilevitv3.interop.published_optimizer import check_rate_and_steps, published_optimizer


def image_classifier(
    variant: str | BackboneConfig | dict[str, Any],
    classes: int = 1000,
    weights: FilePath | None = None,
    image_size: int | tuple[int, int] | None = 256,
    image_shape: Shape = (None, None, 3),
    dropout: float | None = None,
    learning_rate: Any = None,
    dtype: Any = None,
    name: str | None = None,
) -> MobileViTImageClassifier:
    """Builds a MobileViT classifier as a KerasHub task, compiled with the settings of the paper.

    `fit`, `evaluate` and `predict` take images of any size: the preprocessor resizes and crops the images as in the
    published evaluation. Labels are integers. `predict` returns logits. The model can be compiled again with any
    optimizer, loss and metrics.

    Args:
        variant: Id of a network (see `list_variants`), a `BackboneConfig`, or a dict of the fields of a
            `BackboneConfig`.
        classes: Integer, number of classes. Defaults to `1000`.
        weights: `None` (random), `"imagenet"`, or the path of a checkpoint (see `load_checkpoint`). If the checkpoint
            has another number of classes, the weights of the last layer are random. Defaults to `None`.
        image_size: Integer, or tuple `(height, width)`. The preprocessor crops images to this size. With `None` there
            is no resize and no crop. Defaults to `256`.
        image_shape: Tuple `(height, width, channels)` of the images that the network receives. Height and width are
            `None` for any size. Defaults to `(None, None, 3)`.
        dropout: Float in [0, 1), dropout rate before the last layer, or `None` for the rate of the paper. Defaults to
            `None`.
        learning_rate: Float or `LearningRateSchedule`. Defaults to `None`: 0.002, the peak rate of the published runs
            (batches of 384 images and more).
        dtype: Dtype or dtype policy. Defaults to `None`, the global policy.
        name: Name of the model. Defaults to `None`: Keras generates a name.

    Returns:
        A `MobileViTImageClassifier`.

    Raises:
        ValueError: If an argument is not as stated.
    """
    check_integer("classes", classes)
    if dropout is not None:
        check_rate("dropout", dropout)
    check_name("name", name)
    check_rate_and_steps(learning_rate)
    image_size = size_pair(image_size)
    backbone = MobileViTBackbone(variant, image_shape=image_shape, dtype=dtype)
    family = backbone.network_config.family
    converter = MobileViTImageConverter(image_size, family.attention)
    task = MobileViTImageClassifier(
        backbone,
        num_classes=classes,
        preprocessor=MobileViTImageClassifierPreprocessor(converter),
        dropout=dropout,
        compile=False,
        **({} if name is None else {"name": name}),
    )
    if weights is not None:
        _load_classifier_weights(task, weights)
    task.compile(published_optimizer("classification", family, learning_rate))
    return task


def _load_classifier_weights(task, weights):
    """Loads a checkpoint into a classifier of this package, and copies the weights to the layers of the same names."""
    backbone = task.backbone
    dataset = published_dataset(weights, "classifier")
    source = build_classifier(
        backbone.variant,
        include_top=dataset is None or task.num_classes == dataset.classes,
        weights=weights,
        classes=task.num_classes,
        classifier_activation=None,
    )
    names = {layer.name for layer in source.layers}
    for layer in (*backbone.layers, *task.layers):
        if layer.name in names:
            layer.set_weights(source.get_layer(layer.name).get_weights())
