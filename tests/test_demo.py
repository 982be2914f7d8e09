"""The demo on a tiny network and a few digits."""

import functools

import numpy as np
import pytest
from PIL import Image

from keras_mobilevitv3 import build_classifier
from keras_mobilevitv3.cli import main
from keras_mobilevitv3.demo import run
from keras_mobilevitv3.demo.digits import MAX_SHIFT, Digits, ShiftedBatches, load_digits
from keras_mobilevitv3.demo.pictures import save_confusion_matrix, save_predictions
from keras_mobilevitv3.demo.training import learning_rate, train_classifier
from keras_mobilevitv3.preprocessing import class_names
from tests.tiny_networks import SHALLOW

TRAINING = "keras_mobilevitv3.demo.training.MobileViTV3XXS"


@pytest.fixture
def tiny_network(monkeypatch):
    """The demo trains a tiny network instead of MobileViTv3-XXS."""
    monkeypatch.setattr(TRAINING, functools.partial(build_classifier, SHALLOW["multi_head"]))


@pytest.fixture(scope="module")
def few_digits():
    digits = load_digits()
    return Digits(*(array[:64] for array in digits))


@pytest.mark.once
def test_digits():
    digits = load_digits()
    assert digits.train_images.shape == (1437, 64, 64, 3) and digits.test_images.shape == (360, 64, 64, 3)
    assert digits.train_images.dtype == np.uint8 and digits.train_images.max() == 255
    assert (digits.test_images[..., 0] == digits.test_images[..., 2]).all()
    counts = np.bincount(digits.test_labels)
    assert len(counts) == 10 and counts.min() >= 34  # a fifth of each class
    np.testing.assert_array_equal(load_digits().test_labels, digits.test_labels)


@pytest.mark.once
def test_batches_hold_every_image_once_shifted(few_digits):
    images, labels = few_digits.train_images[:10], np.arange(10)
    batches = ShiftedBatches(images, labels, batch_size=4, seed=0)
    seen = [batches[index] for index in range(len(batches))]
    assert [len(batch) for batch, _ in seen] == [4, 4, 2]
    assert sorted(np.concatenate([names for _, names in seen])) == list(range(10))
    for batch, names in seen:
        for image, name in zip(batch, names):
            assert image.dtype == np.uint8 and is_shifted(image, images[name])


def is_shifted(image, original):
    padded = np.pad(original, ((MAX_SHIFT, MAX_SHIFT), (MAX_SHIFT, MAX_SHIFT), (0, 0)))
    shifts = [(top, left) for top in range(2 * MAX_SHIFT + 1) for left in range(2 * MAX_SHIFT + 1)]
    return any(np.array_equal(image, padded[top : top + 64, left : left + 64]) for top, left in shifts)


@pytest.mark.once
def test_batches_are_repeatable_and_shuffled(few_digits):
    first, second = (ShiftedBatches(*few_digits[:2], batch_size=8, seed=3) for _ in range(2))
    np.testing.assert_array_equal(first[0][0], second[0][0])
    before = first.order.copy()
    first.on_epoch_end()
    assert sorted(first.order) == sorted(before) and (first.order != before).any()


@pytest.mark.once
def test_learning_rate():
    schedule = learning_rate(epochs=5, steps_per_epoch=10)
    rates = [float(schedule(step)) for step in (0, 10, 50)]
    np.testing.assert_allclose(rates, [2e-4, 2e-3, 2e-5], rtol=1e-5)


@pytest.mark.once
def test_pictures(few_digits, tmp_path):
    scores = np.eye(10, dtype="float32")[few_digits.test_labels]
    scores[:3] = 0.1
    names = [f"name {index}" for index in range(10)]
    save_confusion_matrix(few_digits.test_labels, scores.argmax(axis=1), names, tmp_path / "matrix.png")
    save_predictions(few_digits.test_images, few_digits.test_labels, scores, names, tmp_path / "grid.png")
    for name in ("matrix.png", "grid.png"):
        assert np.asarray(Image.open(tmp_path / name).convert("L")).std() > 5


@pytest.mark.once
def test_what_no_demo_wrote_stays(tmp_path):
    assert run.check_targets(tmp_path, True) == []
    picture, names, folder = tmp_path / "predictions.png", tmp_path / "classes.txt", tmp_path / "saved_model"
    Image.new("RGB", (2, 2)).save(picture)
    names.write_text("\n".join(class_names("digits")) + "\n")
    assert run.check_targets(tmp_path, True) == [picture, names]
    with pytest.raises(FileExistsError, match=r"predictions\.png' exists, and `overwrite` is false"):
        run.run_demo(tmp_path, overwrite=False)
    names.write_text("cat\ndog\n")
    with pytest.raises(FileExistsError, match=r"classes\.txt' is not from a demo: the file lists other class names"):
        run.run_demo(tmp_path)
    names.unlink()
    (folder / "variables").mkdir(parents=True)
    with pytest.raises(FileExistsError, match="'variables' in it was not written"):
        run.run_demo(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"predictions.png", "saved_model"}


@pytest.mark.once  # `tests/training` trains on each backend
@pytest.mark.usefixtures("tiny_network")
def test_training_lowers_the_loss(few_digits, capsys):
    model = train_classifier(few_digits.train_images, few_digits.train_labels, epochs=2, seed=1)
    assert "Epoch 2/2" in capsys.readouterr().out  # the progress bar of Keras
    assert model.output_shape == (None, 10) and int(model.optimizer.iterations) == 2


@pytest.mark.release  # `make demo` of the CI runs the whole of it
@pytest.mark.backend("tensorflow")
def test_demo(few_digits, tmp_path, monkeypatch, capsys):
    untrained = build_classifier(SHALLOW["multi_head"], weights=None, classes=10, input_shape=(64, 64, 3))
    monkeypatch.setattr(run, "train_classifier", lambda *args: untrained)
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / "notes.txt").write_text("of the user")
    report = run.run_demo(folder, epochs=1, digits=few_digits)
    captured = capsys.readouterr()
    assert 0 <= report["accuracy"] < 1 and report["seconds"] >= 0
    digits = {f"digit_{label}.png" for label in range(10)}
    artefacts = {"digits.keras", "saved_model", "digits.tflite"}
    pictures = {"confusion_matrix.png", "predictions.png", "classes.txt", "notes.txt"}
    assert {path.name for path in folder.iterdir()} == digits | artefacts | pictures
    differences = [float(line.split()[-1]) for line in captured.out.splitlines() if line.startswith(f"  {folder}")]
    assert len(differences) == 3 and max(differences) < 1e-5
    assert set(report["differences"]) == {str(folder / name) for name in artefacts}
    check_next_steps(captured.out, capsys)


def check_next_steps(out, capsys):
    """The three commands that the demo names work."""
    commands = out.split("Next, try:\n")[1].splitlines()
    assert len(commands) == 3
    for command in commands:
        arguments = command.replace("-m keras_mobilevitv3", "").replace("'", "").split()[1:]
        assert main(arguments) == 0, capsys.readouterr().err
    assert "%" in capsys.readouterr().out
