import keras

from training.detection_results import detection_results, evaluated_part
from training.metrics.coco_average_precision import coco_average_precision


class EvaluateDetections(keras.callbacks.Callback):
    """Adds COCO's average precision of the moving averages to the logs of each epoch.

    `val_map` is the average precision over the thresholds 0.50 to 0.95, `val_map50` the average precision at 0.50. Each
    process detects on all images. Put this callback before callbacks that read its metrics.

    Args:
        source: `DetectionSource`, the data set of evaluation.
        config: `DetectionDataConfig`.
        average: `ExponentialMovingAverage` of the same `fit`.

    Raises:
        ValueError: In `fit`, on JAX with several processes, because one process alone cannot detect there.
    """

    def __init__(self, source, config, average):
        super().__init__()
        self.source = source
        self.config = config
        self.average = average

    def on_train_begin(self, logs=None):
        if keras.backend.backend() != "jax":
            return
        import jax

        if jax.process_count() > 1:
            raise ValueError(
                "`monitor` must be 'val_loss' with several processes of JAX. Received: monitor='val_map', "
                f"{jax.process_count()} processes"
            )

    def on_epoch_end(self, epoch, logs=None):
        with self.average.averaged():
            results, image_ids = detection_results(self.model, self.source, self.config)
        figures = coco_average_precision(evaluated_part(self.source.to_coco(), image_ids), results)
        logs.update({"val_map": figures["AP"], "val_map50": figures["AP50"]})
