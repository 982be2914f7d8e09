from keras_mobilevitv3.datasets.dataset import Dataset

DATASET = Dataset(
    name="digits",
    title="handwritten digits of scikit-learn",
    task="classification",
    classes=10,
    class_names=("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    image_size=64,
)
