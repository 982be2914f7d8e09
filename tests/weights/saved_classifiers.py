"""A classifier of each family and files of its weights, which the tests share: Keras takes long to write its files."""

from keras_mobilevitv3 import export_checkpoint
from tests.check_layer import fill_weights
from tests.tiny_networks import tiny_classifier

FAMILIES = ("multi_head", "separable")


class SavedClassifiers:
    """`models` has a classifier of each family; its weights differ from those of any new model."""

    def __init__(self, folder):
        self.folder = folder
        self.models = {attention: tiny_classifier(attention) for attention in FAMILIES}
        for model in self.models.values():
            fill_weights(model)

    def file(self, attention, suffix):
        """Path of the classifier in the format of `suffix`, written at the first call."""
        path = self.folder / f"{attention}{suffix}"
        if not path.exists():
            write(self.models[attention], path)
        return path


def write(model, path):
    if path.suffix == ".keras":
        model.save(path)
    elif path.name.endswith(".weights.h5"):
        model.save_weights(path)
    else:
        assert export_checkpoint(model, path) == path
