"""Names that exported files of several formats share."""

INPUT_NAME = "images"
SIGNATURE = "serving_default"
DETECTIONS = "detections"  # the layer that decodes detections, and the scope of its operations in exported files
