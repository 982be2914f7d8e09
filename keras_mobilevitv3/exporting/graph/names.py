"""Names in exported files of several formats."""

INPUT_NAME = "images"
SIGNATURE = "serving_default"
DETECTIONS = "detections"  # layer that decodes detections, and scope of its operations in exported files
