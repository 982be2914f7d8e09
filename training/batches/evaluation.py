"""The batches of an evaluation."""

from dataclasses import dataclass, replace

import numpy as np

from training.batches.batches import Batches
from training.batches.corrupt_images import CorruptImages, read_samples
from training.batches.find_samples import find_samples
from training.batches.pipeline import check_replicas
from training.batches.pipeline_config import PipelineConfig


def evaluation_config(config: PipelineConfig, variant) -> PipelineConfig:
    """Returns the settings of the evaluation of a network.

    Evaluation images are resized as in the published evaluation of the network's family. Predictions and exported
    models resize in the same way. Training images may be resized in another way.

    Args:
        config: `DataConfig`, `SegmentationDataConfig` or `DetectionDataConfig`.
        variant: String, an id of the table, or a `BackboneConfig`.
    """
    from keras_mobilevitv3.backbones.variants import find_config

    return replace(config, **find_config(variant).family.resize)


def build_evaluation(
    source,
    config: PipelineConfig,
    num_replicas: int = 1,
    replicas: range | None = None,
    corrupt: CorruptImages | None = None,
    workers: int = 0,
    threads: int | None = None,
) -> Batches:
    """Returns the batches of an evaluation. Each image occurs once.

    All batches have the same shape, and all replicas have the same number of batches, because several devices need
    this. Black images fill the last batch and replace images that cannot be read.

    The functions that predictions use resize the images. With the settings of `evaluation_config`, the pixels are the
    same as in `predict_classes`, `predict_segmentation` and `predict_detections`.

    Classification: the shorter side is resized and the center cropped. Black images have the weight 0, the other images
    have the weight `padded count / count`. With these weights, the mean loss that Keras computes is the mean loss of
    the real images. Use the weights for metrics too, in `compile(weighted_metrics=...)`.

    Segmentation and detection: images are squashed. Black images have masks without a labelled pixel, or no boxes. So
    they add nothing to a mean loss over labelled pixels or matched anchors, and nothing to a confusion matrix. They are
    distributed evenly over the replicas, because a replica with black images only would have a loss of 0.

    Args:
        source: `Source`, `SegmentationSource` or `DetectionSource`, the data set.
        config: `DataConfig`, `SegmentationDataConfig` or `DetectionDataConfig`, the config of the task. Its
            `eval_batch_size` is the batch size of one replica.
        num_replicas: Integer, number of replicas that share each step. Defaults to `1`.
        replicas: `range` of the replicas whose part of each step is returned, or `None` for all. Defaults to `None`.
        corrupt: `CorruptImages`, or `None` for a new one. Defaults to `None`.
        workers: Integer, number of processes that prepare batches. `0` for threads of this process. Defaults to `0`.
        threads: Integer, number of threads without workers, see `Batches`. Defaults to `None`.

    Returns:
        `Batches` of tuples: images, float32 `(batch, size, size, 3)`, RGB, 0-255; targets, see `build_epoch`; for
        classification also weights, float32 `(batch,)`. The targets of detection also have `"image_id"`, `"height"`
        and `"width"`, int32 `(batch,)`: the id of the image in the data set, -1 for a black image, and the size of the
        image before the squash.

    Raises:
        ValueError: If `replicas` is not as stated.
        CorruptImagesError: While iterating, if too many samples cannot be read, or no sample of a batch can be read.
    """
    replicas = check_replicas(replicas, num_replicas)
    global_batch = config.eval_batch_size * num_replicas
    steps = min(-(-len(source) // global_batch), config.max_steps or len(source))
    references = source.references()[: steps * global_batch]
    make_batch = _EvaluationBatch(source, config, references, steps, num_replicas, replicas)
    example = make_batch.example()
    return Batches(
        make_batch,
        range(steps),
        example,
        config.eval_batch_size * len(replicas),
        example[0].shape[1],
        CorruptImages(len(source), config.max_corrupt_share) if corrupt is None else corrupt,
        workers,
        threads,
    )


@dataclass(frozen=True)
class _EvaluationBatch:
    """Makes the batch of a step."""

    source: object
    config: PipelineConfig
    references: np.ndarray
    steps: int
    num_replicas: int
    replicas: range

    def __call__(self, step):
        # Replica i of n gets samples i, i + n, i + 2n, ... of the step.
        size, count = self.config.eval_batch_size, len(self.references)
        places = np.arange(size * self.num_replicas).reshape(size, self.num_replicas).T[self.replicas].ravel()
        places = places + step * size * self.num_replicas
        functions, blank = find_samples(self.config), self._blank()
        samples, skipped = read_samples(
            self.references[places[places < count]],
            lambda number, reference: functions.evaluation_sample(self.source, reference, self.config),
            self.source.name,
        )
        if samples and len(skipped) == len(samples):
            return None, skipped
        rest = iter(samples)
        samples = [next(rest) if place < count else None for place in places]
        weights = np.array([sample is not None for sample in samples], "float32")
        weights *= self.steps * size * self.num_replicas / count
        return self._batch([blank if sample is None else sample for sample in samples], weights), skipped

    def _batch(self, samples, weights):
        return find_samples(self.config).evaluation_batch(samples, weights, self.config, len(self.source.class_names))

    def _blank(self):
        return find_samples(self.config).blank_sample(self.config, True)

    def example(self):
        """Returns a batch of one black image."""
        return self._batch([self._blank()], np.zeros(1, "float32"))
