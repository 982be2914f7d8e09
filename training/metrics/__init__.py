"""Metrics of segmentation and detection."""

from training.metrics.mean_iou import MeanIoU
