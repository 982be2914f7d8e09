"""Reading data sets of TensorFlow Datasets in a reproducible order."""

import os

import numpy as np
import tensorflow as tf

SHUFFLED_TOGETHER = 2048  # 0.2 GB of ImageNet, and three such blocks in memory
FILES_READ_TOGETHER = 16


class TFDSReader:
    """A split of a data set of TensorFlow Datasets, prepared beforehand; what its sources have in common.

    Images stay encoded, so that a crop can be decoded without the rest. Files are read one after the other, sixteen at
    a time, so the order of an epoch is not uniform: the files are put in a random order, and of each 2048 images that
    come from them, the images. TensorFlow Datasets has mixed the images of a split when it wrote them. A run that goes
    on in the middle of an epoch reads, but does not decode, what comes before.

    Args:
        name: String, the data set, or a `tfds.core.DatasetBuilder`.
        split: String, such as `"train"`, `"validation"` or `"train[:10%]"`.
        features: Dict of the features it must have and the names of their classes in `tfds.features`.
        data_dir: String or `os.PathLike`, the folder where data sets are, or `None` for that of TensorFlow Datasets.
            Defaults to `None`.
        shuffled_together: Integer, images put in a random order together. Defaults to `2048`.

    Raises:
        ImportError: If TensorFlow Datasets is not installed.
        FileNotFoundError: If the data set is not prepared.
        ValueError: If it has not these features, or no such split.
    """

    def __init__(self, name, split, features, data_dir=None, shuffled_together=SHUFFLED_TOGETHER):
        self.tfds = _import_tfds()
        self.builder = self.tfds.builder(name, data_dir=data_dir) if isinstance(name, str) else name
        self.split = split
        self.shuffled_together = shuffled_together
        if isinstance(self.builder, self.tfds.ImageFolder):
            raise ValueError(
                "`tfds.ImageFolder` does not give encoded images: pass the folder of a split to `FolderSource`. "
                f"Received: {self.builder}"
            )
        self._check_features(features)
        if not self.builder.info.splits:
            raise FileNotFoundError(
                f"The data set {self.builder.info.full_name!r} must be prepared first, with `tfds build` or "
                f"`builder.download_and_prepare()`. Received: nothing at {str(self.builder.data_path)!r}"
            )
        try:
            self.split_info = self.builder.info.splits[split]
        except (KeyError, ValueError) as error:
            raise ValueError(
                f"`split` must be one of {sorted(self.builder.info.splits)}, or a part of one. Received: {split!r}"
            ) from error

    def _check_features(self, wanted):
        features = self.builder.info.features
        for key, kind in wanted.items():
            if key not in features or not isinstance(features[key], getattr(self.tfds.features, kind)):
                raise ValueError(
                    f"The data set must have a feature `{key}`, a `tfds.features.{kind}`. "
                    f"Received: {self.builder.info.full_name!r} with {features}"
                )

    def __len__(self):
        return self.split_info.num_examples

    def records(self, features, encoded, to_reference, seed=None, epoch=0):
        """Returns the samples in the order of an epoch.

        Args:
            features: Structure of booleans, the features to read, as `tfds.decode.PartialDecoding` takes it.
            encoded: Sequence of strings, the features to leave as they are in their files.
            to_reference: Callable of a sample, which has its name as `"tfds_id"`; returns a dict of tensors, of the
                same shapes for all samples, one of them `"name"`.
            seed: Integer, or `None` for the order of the files. Defaults to `None`.
            epoch: Integer. Defaults to `0`.

        Returns:
            `tf.data.Dataset`.
        """
        files = self._files()
        if seed is not None:
            order = np.random.default_rng([seed, epoch, 0]).permutation(len(files))
            files = [files[index] for index in order]
        options = tf.data.Options()
        options.deterministic = True
        dataset = self.builder.as_dataset(
            split=sum(files[1:], files[0]),
            shuffle_files=False,
            decoders=self.tfds.decode.PartialDecoding(
                features, decoders={key: self.tfds.decode.SkipDecoding() for key in encoded}
            ),
            read_config=self.tfds.ReadConfig(
                options=options,
                try_autocache=False,
                add_tfds_id=True,
                interleave_cycle_length=min(FILES_READ_TOGETHER, len(files)),
            ),
        ).map(to_reference)
        return dataset if seed is None else self._shuffle(dataset, seed, epoch)

    def _files(self):
        """One read instruction for each file, or part of a file, of the split."""
        starts = {}
        for name, split in self.builder.info.splits.items():
            ends = np.cumsum(split.shard_lengths)
            starts |= {
                file: (name, int(end) - count)
                for file, end, count in zip(sorted(split.filenames), ends, split.shard_lengths)
            }
        files = []
        for file in self.split_info.file_instructions:
            name, start = starts[os.path.basename(file.filename)]
            count = file.take if file.take >= 0 else file.examples_in_shard - file.skip
            first = start + file.skip
            files.append(self.tfds.core.ReadInstruction(name, from_=first, to=first + count, unit="abs"))
        return files

    def _shuffle(self, dataset, seed, epoch):
        """Puts blocks of samples in random orders, which depend on seed and epoch only."""
        seed = tf.random.fold_in(tf.constant([seed, epoch], tf.int64), 2)

        def shuffle_block(number, block):
            count = tf.shape(block["name"])[0]
            order = tf.random.experimental.stateless_shuffle(tf.range(count), tf.random.fold_in(seed, number))
            return {key: tf.gather(value, order) for key, value in block.items()}

        return dataset.batch(self.shuffled_together).enumerate().map(shuffle_block).prefetch(1).unbatch()


def _import_tfds():
    try:
        import tensorflow_datasets as tfds
    except ImportError as error:
        raise ImportError(
            "Data sets by name need TensorFlow Datasets. Install it with `pip install tensorflow-datasets`, or pass a "
            "folder of images."
        ) from error
    return tfds
