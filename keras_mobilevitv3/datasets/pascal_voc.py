from keras_mobilevitv3.datasets.dataset import Dataset

CLASS_NAMES = """
    background, aeroplane, bicycle, bird, boat, bottle, bus, car, cat, chair, cow, diningtable, dog, horse, motorbike,
    person, pottedplant, sheep, sofa, train, tvmonitor
"""

DATASET = Dataset(
    name="pascal_voc",
    title="PASCAL VOC 2012",
    task="segmentation",
    classes=21,
    class_names=tuple(" ".join(CLASS_NAMES.split()).split(", ")),
    void_label=255,
    image_size=512,
    output_stride=16,
    metric="mean intersection over union",
    head="deeplabv3",
)
