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
    variant,
    classes=1000,
    weights=None,
    image_size=256,
    image_shape=(None, None, 3),
    dropout=None,
    learning_rate=None,
    dtype=None,
    name=None,
):
    """Builds a classifier as a task of KerasHub, compiled as it was trained for the paper.

    `fit`, `evaluate` and `predict` take images of any size, resized and cropped as in the published evaluation, and
    integer labels; `predict` gives logits. It can be compiled anew with any optimizer, loss and metrics.

    Args:
        variant: Id of the table (see `list_variants`), a `BackboneConfig`, or a dict of its fields.
        classes: Integer, number of classes. Defaults to `1000`.
        weights: `None` (random), `"imagenet"`, or the path of a checkpoint (see `load_checkpoint`). With another number
            of classes than the checkpoint's the last layer stays random. Defaults to `None`.
        image_size: Integer, height and width that the preprocessor crops images to, or `None` for images as they come.
            Defaults to `256`.
        image_shape: Tuple `(height, width, channels)` of the images of the network, height and width `None` for any.
            Defaults to `(None, None, 3)`.
        dropout: Float in [0, 1), before the last layer, or `None` for that of the paper. Defaults to `None`.
        learning_rate: Float or `LearningRateSchedule`. Defaults to `None`: 0.002, the highest of the published runs,
            whose batches were of 384 images and more.
        dtype: Dtype or dtype policy. Defaults to `None`, the global policy.
        name: Name of the model. Defaults to `None`, one that Keras makes.

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
        _load(task, weights)
    task.compile(published_optimizer("classification", family, learning_rate))
    return task


def _load(task, weights):
    """Loads a checkpoint into a network of this package, and from there into the layers of the same names."""
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
