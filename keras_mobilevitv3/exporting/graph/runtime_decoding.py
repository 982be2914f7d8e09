"""Decodes detections with the non-maximum suppression of a runtime. The layers run in a TensorFlow process."""

import keras

from keras_mobilevitv3.detection import decode_boxes, decode_detections
from keras_mobilevitv3.detection.decoding import PADDING
from keras_mobilevitv3.detection.non_max_suppression import NO_DETECTION
from keras_mobilevitv3.exporting.graph.detection_decoding import DetectionDecoding


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class LiteRTDecoding(DetectionDecoding):
    """`DetectionDecoding` with LiteRT's own non-maximum suppression, for a fixed number of images."""

    def call(self, inputs):
        return decode_detections(inputs, self.anchors, self.image_size, suppress=_suppress_by_class, **self.settings)


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class ONNXDecoding(DetectionDecoding):
    """`DetectionDecoding` with the non-maximum suppression of ONNX, which OpenVINO supports too."""

    def call(self, inputs):
        return _combined_detections(inputs, self.anchors, self.image_size, **self.settings)


def _suppress_by_class(
    boxes, scores, confidence_threshold, iou_threshold, candidates_per_class, max_detections_per_class
):
    """Implements `non_max_suppression` for a fixed number of images with an operation that LiteRT has."""
    import tensorflow as tf

    settings = confidence_threshold, iou_threshold, candidates_per_class, max_detections_per_class
    images = [_suppress_in_image(boxes[number], scores[number], *settings) for number in range(boxes.shape[0] or 1)]
    return tuple(map(tf.stack, zip(*images)))  # (B, C, M)


def _suppress_in_image(
    boxes, scores, confidence_threshold, iou_threshold, candidates_per_class, max_detections_per_class
):
    """Returns indices and scores of the boxes that remain in one image, both `(C, M)`."""
    import tensorflow as tf

    count = boxes.shape[0]
    scores, numbers = tf.math.top_k(tf.transpose(scores), min(candidates_per_class or count, count))  # (C, K)
    places = tf.range(max_detections_per_class)
    kept_numbers, kept_scores = [], []
    for class_scores, class_numbers in zip(tf.unstack(scores), tf.unstack(numbers)):
        kept, valid = tf.raw_ops.NonMaxSuppressionV4(
            boxes=tf.gather(boxes, class_numbers),
            scores=class_scores,
            max_output_size=max_detections_per_class,
            iou_threshold=iou_threshold,
            score_threshold=confidence_threshold,
            pad_to_max_output_size=True,
        )
        kept_numbers.append(tf.where(places < valid, tf.gather(class_numbers, kept), 0))
        kept_scores.append(tf.where(places < valid, tf.gather(class_scores, kept), NO_DETECTION))
    return tf.stack(kept_numbers), tf.stack(kept_scores)


def _combined_detections(
    outputs,
    anchors,
    image_size,
    max_detections,
    order,
    confidence_threshold,
    iou_threshold,
    candidates_per_class,
    max_detections_per_class,
):
    """Implements `decode_detections` with an operation that tf2onnx converts to ONNX."""
    import tensorflow as tf

    probabilities = tf.nn.softmax(outputs["class_logits"])[..., 1:]  # (B, N, C)
    height, width = image_size
    boxes = decode_boxes(outputs["box_regressions"], anchors) * tf.constant([width, height, width, height], "float32")
    if candidates_per_class is not None and candidates_per_class < boxes.shape[1]:
        best = tf.math.top_k(tf.transpose(probabilities, (0, 2, 1)), candidates_per_class)[0]
        probabilities = tf.where(probabilities >= best[:, None, :, -1], probabilities, 0.0)
    boxes, confidence, labels, found = tf.image.combined_non_max_suppression(
        boxes[:, :, None],
        probabilities,
        max_detections_per_class,
        max_detections,
        iou_threshold,
        confidence_threshold,
        clip_boxes=False,
    )
    labels = tf.where(tf.range(max_detections) < found[:, None], tf.cast(labels, "int32"), PADDING)  # (B, D)
    if order == "class":
        boxes, confidence, labels = (
            tf.gather(values, _order_by_class(labels), batch_dims=1) for values in (boxes, confidence, labels)
        )
    return {
        "boxes": tf.where(labels[..., None] > PADDING, boxes, PADDING),
        "labels": labels,
        "confidence": tf.where(labels > PADDING, confidence, PADDING),
        "num_detections": found,
    }


def _order_by_class(labels):
    """Returns the stable sort order of the labels, `(B, D)`. Padding comes last."""
    import tensorflow as tf

    count = labels.shape[1]
    last = tf.where(labels > PADDING, labels, tf.reduce_max(labels) + 1)
    order = tf.cast(last * count + tf.range(count), "float32")  # exact in float32, the type that runtimes sort
    return tf.math.top_k(-order, count)[1]
