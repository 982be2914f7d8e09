"""Anchors, boxes, matching and non-maximum suppression: pure functions with fixed shapes, on `keras.ops`."""

from keras_mobilevitv3.detection.anchors import anchors_per_cell, ssd_anchors
from keras_mobilevitv3.detection.boxes import box_iou, decode_boxes, encode_boxes
from keras_mobilevitv3.detection.decoding import decode_detections, select_detections
from keras_mobilevitv3.detection.matching import match_anchors, usable_boxes
