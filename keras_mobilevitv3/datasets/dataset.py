from dataclasses import dataclass

from keras_mobilevitv3.checks import check_choice

HEADS_OF_TASKS = {"classification": ("classifier",), "segmentation": ("deeplabv3", "pspnet"), "detection": ("ssdlite",)}


@dataclass(frozen=True)
class Dataset:
    """Published data set, with its classes, its evaluation and the head of its published weights.

    Args:
        name: String, name of the data set in builders, commands and files, such as `"pascal_voc"`.
        title: String, name of the data set in texts.
        task: `"classification"`, `"segmentation"` or `"detection"`.
        classes: Integer, number of classes of a network, without the background of a detector.
        class_names: Tuple of strings in the order of the labels, or `None` if Keras downloads them. Defaults to
            `None`.
        category_ids: Tuple of integers, ids of the classes in annotation files, or `None` if the ids are the labels.
            Defaults to `None`.
        palette: Tuple of `"rrggbb"` strings, colors of the classes, or `None` for the color rule of PASCAL VOC.
            Defaults to `None`.
        void_label: Integer, label of pixels without a class, or `None`. Defaults to `None`.
        image_size: Integer, height and width of the images in the published evaluation. Defaults to `256`.
        output_stride: Integer, output stride of the published segmenters, or `None`. Defaults to `None`.
        metric: String, name of the published metric. Defaults to `""`.
        head: `"classifier"`, `"deeplabv3"` or `"ssdlite"`, head of the published weights, or `None` for a data set
            without published weights. Defaults to `None`.

    Raises:
        ValueError: If the task is unknown, or the number of names, ids or colors differs from `classes`.
    """

    name: str
    title: str
    task: str
    classes: int
    class_names: tuple[str, ...] | None = None
    category_ids: tuple[int, ...] | None = None
    palette: tuple[str, ...] | None = None
    void_label: int | None = None
    image_size: int = 256
    output_stride: int | None = None
    metric: str = ""
    head: str | None = None

    def __post_init__(self):
        check_choice("task", self.task, HEADS_OF_TASKS)
        check_choice("head", self.head, (None, *HEADS_OF_TASKS[self.task]))
        for field in ("class_names", "category_ids", "palette"):
            values = getattr(self, field)
            if values is not None and len(values) != self.classes:
                raise ValueError(
                    f"`{field}` of {self.name!r} must have {self.classes} values, one for each class. "
                    f"Received: {len(values)} values"
                )
