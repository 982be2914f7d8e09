from keras_mobilevitv3.datasets.dataset import Dataset

DATASET = Dataset(
    name="imagenet",
    title="ImageNet-1k",
    task="classification",
    classes=1000,
    image_size=256,
    metric="top-1 accuracy",
    head="classifier",
)
