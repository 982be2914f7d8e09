"""What the builders of KerasHub's tasks set: numbers, weights, sizes, optimizers, errors."""

import keras
import keras_hub
import numpy as np
import pytest

from keras_mobilevitv3 import build_classifier
from keras_mobilevitv3.interop.keras_hub import (
    DropoutDeepLabV3ImageSegmenter,
    MobileViTBackbone,
    MobileViTImageClassifier,
    deeplab_v3,
    image_classifier,
    retinanet,
)
from tests.check_layer import fill_weights
from tests.interop.keras_hub_support import BOXES, IMAGES
from tests.tiny_networks import SHALLOW


@pytest.fixture(scope="module", params=["multi_head", pytest.param("separable", marks=pytest.mark.once)])
def checkpoint(request, tmp_path_factory):
    """A network, its classifier of five classes with logits, and the path of its weights."""
    config = SHALLOW[request.param]
    classifier = build_classifier(config, weights=None, classes=5, classifier_activation=None)
    fill_weights(classifier)
    path = tmp_path_factory.mktemp("checkpoint") / "classifier.weights.h5"
    classifier.save_weights(path)
    return config, classifier, path


@pytest.mark.release("jax")
def test_the_classifier_has_the_numbers_of_build_classifier(checkpoint):
    config, classifier, path = checkpoint
    task = image_classifier(config, classes=5, weights=path, image_size=64)
    logits = task.predict(IMAGES, verbose=0)
    transformed = np.asarray(task.preprocessor(IMAGES))
    np.testing.assert_allclose(logits, classifier.predict(transformed, verbose=0), rtol=1e-5, atol=1e-5)


@pytest.mark.once
def test_a_classifier_of_other_classes_keeps_the_rest(checkpoint):
    config, classifier, path = checkpoint
    with pytest.warns(UserWarning, match="predictions"):
        task = image_classifier(config, classes=2, weights=path)
    assert task.count_params() == classifier.count_params() - 3 * (task.get_layer("predictions").kernel.shape[0] + 1)
    kept = [*task.backbone.layers, *(layer for layer in task.layers if layer.name == "head_conv")]
    for layer in kept:
        for mine, its in zip(layer.get_weights(), classifier.get_layer(layer.name).get_weights(), strict=True):
            np.testing.assert_array_equal(mine, its)


@pytest.mark.once
def test_masks_are_resized_after_saving_too(tmp_path):
    task = deeplab_v3(SHALLOW["multi_head"], classes=2, image_size=64)
    task.save_to_preset(str(tmp_path / "preset"))
    task.save(tmp_path / "task.keras")
    images, masks = np.zeros((1, 96, 80, 3), "float32"), np.zeros((1, 96, 80, 1), "int32")
    copies = (
        task,
        keras_hub.models.ImageSegmenter.from_preset(str(tmp_path / "preset")),
        keras.saving.load_model(tmp_path / "task.keras"),
    )
    for each in copies:
        assert each.preprocessor.resize_output_mask
        assert [tuple(part.shape) for part in each.preprocessor(images, masks)] == [(1, 64, 64, 3), (1, 64, 64, 1)]
    assert not deeplab_v3(SHALLOW["multi_head"], classes=2).preprocessor.resize_output_mask


@pytest.mark.once
def test_a_preset_of_a_backbone_becomes_a_classifier(tmp_path):
    path = str(tmp_path / "preset")
    MobileViTBackbone(SHALLOW["multi_head"]).save_to_preset(path)
    task = keras_hub.models.ImageClassifier.from_preset(path, num_classes=3, preprocessor=None)
    assert type(task) is MobileViTImageClassifier
    assert task.predict(IMAGES, verbose=0).shape == (2, 3)


@pytest.mark.once
def test_plain_tasks_of_keras_hub_take_the_backbone():
    backbone = MobileViTBackbone(SHALLOW["multi_head"])
    classifier = keras_hub.models.ImageClassifier(backbone, num_classes=3)
    assert classifier.output.shape == (None, 3)
    encoder = keras_hub.models.DeepLabV3Backbone(backbone, "P5", 8, [6, 12], low_level_feature_key="P2")
    assert keras_hub.models.DeepLabV3ImageSegmenter(encoder, num_classes=3).output.shape[-1] == 3
    detector = keras_hub.models.RetinaNetBackbone(backbone, min_level=3, max_level=7, use_p5=True)
    assert list(detector.pyramid_outputs) == ["P3", "P4", "P5", "P6", "P7"]


@pytest.mark.once
def test_learning_rate_dropout_and_names():
    task = image_classifier(SHALLOW["multi_head"], classes=2, learning_rate=0.1, dropout=0.3, name="ours")
    assert task.name == "ours" and float(task.optimizer.learning_rate) == np.float32(0.1)
    assert task.get_layer("output_dropout").rate == 0.3
    assert deeplab_v3(SHALLOW["multi_head"], classes=2).get_layer("output_dropout").rate == 0.1


@pytest.mark.once
@pytest.mark.parametrize(("attention", "stride", "key"), [("multi_head", 8, "P2"), ("separable", 32, None)])
def test_logits_have_the_size_of_the_image(attention, stride, key):
    task = deeplab_v3(SHALLOW[attention], 3, output_stride=stride, low_level_feature_key=key, image_shape=(64, 128, 3))
    assert task.output.shape == (None, 64, 128, 3)


@pytest.mark.once
def test_preprocessors_squash_images_masks_and_boxes():
    segmenter = deeplab_v3(SHALLOW["multi_head"], classes=3, image_size=(32, 96))
    images, masks = segmenter.preprocessor(IMAGES, np.full((2, 64, 64, 1), 2))
    assert tuple(images.shape) == (2, 32, 96, 3) and tuple(masks.shape) == (2, 32, 96, 1)
    assert (np.asarray(masks) == 2).all()
    detector = retinanet(SHALLOW["multi_head"], classes=3, max_level=5, image_size=128)
    images, targets = detector.preprocessor(IMAGES, {"boxes": BOXES, "labels": np.array([[2, -1], [0, 1]])})
    assert tuple(images.shape) == (2, 128, 128, 3)
    np.testing.assert_allclose(np.asarray(targets["boxes"])[0, 0], 2 * BOXES[0, 0], atol=1e-4)


@pytest.mark.once
def test_the_heads_of_the_detector_begin_as_in_the_paper():
    task = retinanet(SHALLOW["multi_head"], classes=3, max_level=5, head_convolutions=1)
    bias = np.asarray(task.classification_head.prediction_layer.bias)
    np.testing.assert_allclose(1 / (1 + np.exp(-bias)), 0.01, rtol=1e-4)
    assert not np.asarray(task.box_head.prediction_layer.bias).any()
    for head in (task.classification_head, task.box_head):
        for layer in (*head.conv_layers, head.prediction_layer):
            assert np.std(np.asarray(layer.kernel)) == pytest.approx(0.01, rel=0.05)


@pytest.mark.once
def test_arguments_are_checked():
    multi_head, separable = SHALLOW["multi_head"], SHALLOW["separable"]
    with pytest.raises(ValueError, match="multiples of 32"):
        deeplab_v3(separable, image_shape=(48, 64, 3))
    with pytest.raises(ValueError, match="multiples of 64"):
        retinanet(separable, classes=3, image_size=96)
    with pytest.raises(ValueError, match="`image_size` must be"):
        image_classifier(multi_head, image_size=0.5)
    with pytest.raises(ValueError, match="`low_level_feature_key` must be"):
        deeplab_v3(multi_head, low_level_feature_key="P3")
    with pytest.raises(ValueError, match="`backbone` must be a `MobileViTBackbone`"):
        MobileViTImageClassifier(keras.Sequential(), num_classes=2)
    with pytest.raises(ValueError, match="`image_encoder`"):
        DropoutDeepLabV3ImageSegmenter(keras.Sequential(), num_classes=2)
    with pytest.raises(ValueError, match="`pooling` must be"):
        MobileViTImageClassifier(MobileViTBackbone(multi_head), num_classes=2, pooling="sum")
