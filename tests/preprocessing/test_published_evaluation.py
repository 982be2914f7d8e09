import keras
import numpy as np
import pytest
from PIL import Image

from keras_mobilevitv3.preprocessing import EvaluationTransform
from tests.check_layer import check_in_model, check_layer

SIZES = [
    (97, 61),  # portrait, odd
    (61, 97),  # landscape, odd
    (40, 75),  # shorter side as wanted already
    (21, 33),  # enlarged
    (200, 200),
    (64, 301),
]


def photo(height, width):
    """Smooth shapes, edges and noise, uint8."""
    y, x = np.mgrid[:height, :width]
    rng = np.random.default_rng(height * width)
    image = np.stack([y * 255 / height, 127 + 127 * np.sin(x / 5), 255.0 * ((x // 9 + y // 7) % 2)], axis=-1)
    return np.clip(image + rng.normal(0, 15, image.shape), 0, 255).astype("uint8")


def resized_size(height, width, size):
    shorter = min(height, width)
    return (int(size * height / shorter), int(size * width / shorter)) if shorter != size else (height, width)


def center_crop(image, size):
    top, left = (image.shape[0] - size) // 2, (image.shape[1] - size) // 2
    return image[top : top + size, left : left + size]


def bilinear_reference(image, height, width):
    """Bilinear resize with half-pixel centers and repeated borders, by four look-ups."""

    def neighbours(input_size, output_size):
        position = np.clip((np.arange(output_size) + 0.5) * input_size / output_size - 0.5, 0, input_size - 1)
        low = np.floor(position).astype(int)
        return low, np.minimum(low + 1, input_size - 1), position - low

    top, bottom, down = neighbours(image.shape[0], height)
    left, right, across = neighbours(image.shape[1], width)
    across = across[:, None]
    upper = image[top][:, left] * (1 - across) + image[top][:, right] * across
    lower = image[bottom][:, left] * (1 - across) + image[bottom][:, right] * across
    return np.floor(upper * (1 - down[:, None, None]) + lower * down[:, None, None] + 0.5)


def assert_same_levels(result, expected):
    """At most one level apart, at very few pixels: those just between two levels."""
    result = keras.ops.convert_to_numpy(result)
    assert result.dtype == np.float32
    assert result.shape == expected.shape
    difference = np.abs(result - expected.astype("float32"))
    assert difference.max() <= 1
    assert np.mean(difference > 0) < 0.01


def transform_to_numpy(transform, inputs):
    return keras.ops.convert_to_numpy(transform(inputs))


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_bicubic_equals_pillow(height, width):
    image = photo(height, width)
    new_height, new_width = resized_size(height, width, 40)
    expected = np.asarray(Image.fromarray(image).resize((new_width, new_height), Image.BICUBIC))
    transform = EvaluationTransform(resize_size=40, crop_size=33, interpolation="bicubic", antialias=True)
    assert_same_levels(transform(image), center_crop(expected, 33))


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_antialiased_bilinear_equals_pillow(height, width):
    image = photo(height, width)
    new_height, new_width = resized_size(height, width, 40)
    expected = np.asarray(Image.fromarray(image).resize((new_width, new_height), Image.BILINEAR))
    transform = EvaluationTransform(resize_size=40, crop_size=40, interpolation="bilinear", antialias=True)
    assert_same_levels(transform(image), center_crop(expected, 40))


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_bilinear_equals_numpy(height, width):
    image = photo(height, width)
    expected = bilinear_reference(image, *resized_size(height, width, 40))
    assert_same_levels(EvaluationTransform(resize_size=40, crop_size=32)(image), center_crop(expected, 32))


def test_published_size():
    image = photo(427, 640)
    expected = np.asarray(Image.fromarray(image).resize((431, 288), Image.BICUBIC))
    assert_same_levels(EvaluationTransform(288, 256, "bicubic", True)(image), center_crop(expected, 256))


@pytest.mark.parametrize("antialias", [False, True])
def test_antialias_matters_when_shrinking(antialias):
    stripes = np.tile(np.array([[[0] * 3, [255] * 3]], "uint8"), (64, 32, 1))
    result = transform_to_numpy(EvaluationTransform(7, 7, antialias=antialias), stripes)
    assert (np.ptp(result) < 20) == antialias


def test_without_antialias_bicubic_takes_four_pixels():
    row = np.zeros((8, 8, 3), "float32")
    row[:, 3] = 200.0
    result = transform_to_numpy(EvaluationTransform(2, 2, "bicubic"), row)  # centers at pixels 1.5 and 5.5
    np.testing.assert_array_equal(result[0, :, 0], [0.0, 0.0])
    row[:, 2] = 200.0
    result = transform_to_numpy(EvaluationTransform(2, 2, "bicubic"), row)
    np.testing.assert_array_equal(result[0, :, 0], [100.0, 0.0])  # 200 * (0.5625 - 0.0625)


def test_nothing_to_resize_is_a_plain_crop():
    image = photo(40, 75)
    result = transform_to_numpy(EvaluationTransform(40, 21, "bicubic", True), image)
    np.testing.assert_array_equal(result, image[9:30, 27:48])


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
def test_float_images_give_the_same_as_uint8(dtype):
    image = photo(61, 97)
    transform = EvaluationTransform(40, 32, "bicubic", True)
    np.testing.assert_array_equal(
        transform_to_numpy(transform, image.astype(dtype)), transform_to_numpy(transform, image)
    )


@pytest.mark.parametrize("antialias", [False, True])
def test_values_are_whole_and_between_0_and_255(antialias):
    image = np.where(photo(61, 97) > 127, 300.7, -40.2)
    result = transform_to_numpy(EvaluationTransform(80, 64, "bicubic", antialias), image)
    assert (result.min(), result.max()) == (0.0, 255.0)
    np.testing.assert_array_equal(result, np.round(result))


@pytest.mark.parametrize("images", [photo(61, 97) / 255, photo(61, 97) / np.float32(127.5) - 1])
def test_floats_that_were_scaled_are_refused(images):
    with pytest.raises(ValueError, match="Images must hold pixel values 0-255. Received: floats from .* look scaled"):
        EvaluationTransform(40, 32)(images)
    with pytest.raises(ValueError, match="Received: NaN"):
        EvaluationTransform(40, 32)(np.full((61, 97, 3), np.nan))


@pytest.mark.parametrize("image", [np.zeros((61, 97, 3)), np.ones((61, 97, 3), "float32")])
def test_dark_images_of_floats(image):
    result = transform_to_numpy(EvaluationTransform(40, 32), image)
    np.testing.assert_array_equal(result, image[:32, :32])


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P", "1", "CMYK", "I;16"])
def test_images_of_pillow_and_arrays_as_their_files(mode, tmp_path):
    picture = Image.fromarray(photo(61, 97))
    if mode == "I;16":
        picture = Image.fromarray(photo(61, 97)[..., 0].astype("uint16") * 257)
    else:
        picture = picture.convert(mode)
    path = tmp_path / ("photo.tif" if mode == "CMYK" else "photo.png")
    picture.save(path)
    transform = EvaluationTransform(40, 32, "bicubic", True)
    expected = transform_to_numpy(transform, path)
    np.testing.assert_array_equal(transform_to_numpy(transform, picture), expected)
    if mode in ("L", "RGBA", "I;16"):
        np.testing.assert_array_equal(transform_to_numpy(transform, np.asarray(picture)), expected)


def test_half_precision_policy_does_not_round_pixels():
    image = photo(61, 97) + np.float32(0.3)
    result = EvaluationTransform(40, 32, dtype="mixed_bfloat16")(image)
    assert keras.backend.standardize_dtype(result.dtype) == "float32"
    np.testing.assert_array_equal(
        keras.ops.convert_to_numpy(result), transform_to_numpy(EvaluationTransform(40, 32), image)
    )


def test_batch_equals_single_images():
    images = np.stack([photo(61, 97), photo(61, 97)[::-1]])
    transform = EvaluationTransform(40, 32, "bicubic", True)
    result = transform_to_numpy(transform, keras.ops.convert_to_tensor(images))
    assert result.shape == (2, 32, 32, 3)
    for one, image in zip(result, images, strict=True):
        np.testing.assert_array_equal(one, transform_to_numpy(transform, image))


def test_empty_batch():
    assert transform_to_numpy(EvaluationTransform(40, 32), np.zeros((0, 61, 97, 3))).shape == (0, 32, 32, 3)


@pytest.mark.parametrize("kind", [list, tuple])
def test_list_of_different_sizes(kind):
    images = [photo(61, 97), photo(97, 61), photo(40, 40).astype("float32")]
    transform = EvaluationTransform(40, 32)
    result = transform_to_numpy(transform, kind(images))
    assert result.shape == (3, 32, 32, 3)
    for one, image in zip(result, images, strict=True):
        np.testing.assert_array_equal(one, transform_to_numpy(transform, image))


@pytest.mark.parametrize("kind", [str, lambda path: path], ids=["str", "PathLike"])
def test_paths(tmp_path, kind):
    image, path = photo(61, 97), tmp_path / "photo.png"
    Image.fromarray(image).save(path)
    transform = EvaluationTransform(40, 32)
    expected = transform_to_numpy(transform, image)
    np.testing.assert_array_equal(transform_to_numpy(transform, kind(path)), expected)
    result = transform_to_numpy(transform, [kind(path), image])
    np.testing.assert_array_equal(result, [expected, expected])


def test_turned_jpeg(tmp_path):
    path = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by 90 degrees clockwise
    Image.fromarray(photo(61, 97)).save(path, exif=exif, quality=95)
    decoded = np.asarray(Image.open(path))
    transform = EvaluationTransform(40, 32)
    np.testing.assert_array_equal(
        transform_to_numpy(transform, path), transform_to_numpy(transform, np.rot90(decoded, -1).copy())
    )


def test_config_round_trip():
    transform = EvaluationTransform(40, 32, "bicubic", True, name="evaluation")
    config = transform.get_config()
    copy = EvaluationTransform.from_config(config)
    assert copy.get_config() == config
    assert {key: config[key] for key in ("resize_size", "crop_size", "interpolation", "antialias", "name")} == {
        "resize_size": 40,
        "crop_size": 32,
        "interpolation": "bicubic",
        "antialias": True,
        "name": "evaluation",
    }


def test_compiled_and_saved_in_a_model(tmp_path):
    images = np.stack([photo(61, 97)] * 3)
    transform = EvaluationTransform(40, 32, "bicubic", True)
    model = keras.Sequential([keras.Input((61, 97, 3), dtype="uint8"), transform])
    assert model.output_shape == (None, 32, 32, 3)
    expected = transform_to_numpy(transform, images)
    np.testing.assert_array_equal(model.predict(images, batch_size=2, verbose=0), expected)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.predict(images, batch_size=2, verbose=0), expected)


@pytest.mark.parametrize("shape", [(None, 61, 97, 3), (61, 97, 3)])
def test_output_shape(shape):
    transform = EvaluationTransform(40, 32)
    assert transform.compute_output_shape(shape) == (*shape[:-3], 32, 32, 3)
    output = transform(keras.KerasTensor(shape, dtype="uint8"))
    assert (output.shape, output.dtype) == ((*shape[:-3], 32, 32, 3), "float32")


@pytest.mark.parametrize("name", ["resize_size", "crop_size"])
@pytest.mark.parametrize("value", [0, -1, 2.5, "32", True, None, (32, 32)])
def test_bad_size(name, value):
    with pytest.raises(ValueError, match=f"`{name}` must be a positive integer. Received"):
        EvaluationTransform(**{"resize_size": 40, "crop_size": 32, name: value})


def test_crop_larger_than_resized_image():
    with pytest.raises(ValueError, match="`crop_size` must be at most `resize_size`. .*crop_size=41, resize_size=40"):
        EvaluationTransform(40, 41)


@pytest.mark.parametrize("value", ["nearest", None, 2])
def test_bad_interpolation(value):
    with pytest.raises(ValueError, match=r"`interpolation` must be one of \['bilinear', 'bicubic'\]. Received"):
        EvaluationTransform(40, 32, interpolation=value)


@pytest.mark.parametrize("value", [None, 1, "yes"])
def test_bad_antialias(value):
    with pytest.raises(ValueError, match="`antialias` must be True or False. Received"):
        EvaluationTransform(40, 32, antialias=value)


@pytest.mark.parametrize("shape", [(2, 61, 97, 4), (3, 61, 97), (1, 2, 61, 97, 3)])
def test_bad_shape(shape):
    with pytest.raises(ValueError, match=r"Images must be RGB and channels last, of shape \(height, width, 3\)"):
        EvaluationTransform(40, 32)(np.zeros(shape, "uint8"))


def test_unknown_size():
    transform = EvaluationTransform(40, 32, "bicubic", True)
    model = keras.Sequential([keras.Input((None, None, 3), dtype="uint8"), transform])
    assert model.output_shape == (None, 32, 32, 3)
    for image in (photo(61, 97), photo(97, 61)):
        np.testing.assert_array_equal(model.predict(image[None], verbose=0)[0], transform_to_numpy(transform, image))


def test_image_without_pixels():
    with pytest.raises(ValueError, match="height and width of images must be positive"):
        EvaluationTransform(40, 32)(np.zeros((0, 97, 3)))


@pytest.mark.parametrize("inputs", [None, 3, [[1, 2], [3, 4]], [b"photo.jpg"]])
def test_not_an_image(inputs):
    with pytest.raises(ValueError, match="Images must be arrays, tensors, paths of image files, or a list of these"):
        EvaluationTransform(40, 32)(inputs)


def test_empty_list():
    with pytest.raises(ValueError, match="list of images must not be empty"):
        EvaluationTransform(40, 32)([])


@pytest.mark.parametrize("item", [np.zeros((1, 61, 97, 3)), [np.zeros((61, 97, 3))]], ids=["batch", "list"])
def test_list_of_batches(item):
    with pytest.raises(ValueError, match="A list must hold single images.*as item 1"):
        EvaluationTransform(40, 32)([np.zeros((61, 97, 3)), item])


def test_layer(tmp_path):
    arguments = {"resize_size": 24, "crop_size": 21, "interpolation": "bicubic", "antialias": True}
    images = {"input_shape": (2, 31, 47, 3), "any_size": False, "value_range": (0.0, 255.0)}
    check_layer(
        EvaluationTransform,
        arguments,
        output_shape=(2, 21, 21, 3),
        trainable=0,
        other_shape=(1, 50, 40, 3),
        half_precision=False,
        **images,
    )
    check_in_model(EvaluationTransform, arguments, path=tmp_path, **images)


PHOTOS = [photo(61, 97), photo(97, 61), photo(64, 64)]


def expected_crops():
    transform = EvaluationTransform(40, 32, "bicubic", True)
    return np.stack([transform_to_numpy(transform, image) for image in PHOTOS])


@pytest.mark.parametrize("signature", ["unknown", "known"])
def test_in_tf_data(signature):
    import tensorflow as tf

    images = PHOTOS if signature == "unknown" else [PHOTOS[2]] * 3
    shape = (None, None, 3) if signature == "unknown" else (64, 64, 3)
    dataset = tf.data.Dataset.from_generator(lambda: images, output_signature=tf.TensorSpec(shape, tf.uint8))
    dataset = dataset.map(EvaluationTransform(40, 32, "bicubic", True)).batch(3)
    assert dataset.element_spec.shape.as_list() == [None, 32, 32, 3]
    (batch,) = dataset.as_numpy_iterator()
    expected = expected_crops() if signature == "unknown" else np.stack([expected_crops()[2]] * 3)
    np.testing.assert_array_equal(batch, expected)


@pytest.mark.backend("torch", "jax")
def test_in_worker_processes_of_pytorch():
    import torch

    loader = torch.utils.data.DataLoader(
        Transformed(PHOTOS), batch_size=3, num_workers=1, multiprocessing_context="fork"
    )
    (batch,) = loader
    np.testing.assert_allclose(batch.numpy(), expected_crops(), atol=1)


class Transformed:
    """A data set of PyTorch."""

    def __init__(self, images):
        self.images, self.transform = images, EvaluationTransform(40, 32, "bicubic", True)

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return self.transform(self.images[index])


def test_in_grain():
    grain = pytest.importorskip("grain")
    (batch,) = grain.MapDataset.source(PHOTOS).map(EvaluationTransform(40, 32, "bicubic", True)).batch(3)
    np.testing.assert_allclose(np.asarray(batch), expected_crops(), atol=1)
