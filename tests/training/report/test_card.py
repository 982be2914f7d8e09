from dataclasses import replace

import pytest

from tests.training.report.runs import CLASSIFIER, LOG
from training.report.card import FILES, training_card
from training.report.curves import read_log


@pytest.fixture
def log(tmp_path):
    (tmp_path / "log.csv").write_text(LOG)
    return read_log(tmp_path / "log.csv")


def card(run, log, files=(), **kwargs):
    return training_card(run, log, "val_top1", files, **kwargs)


def test_tells_what_was_trained(log):
    text = card(CLASSIFIER, log)
    assert text.startswith("# mobilevitv3_xxs on my_pictures\n\n- **Task**: Image classifier\n")
    for line in (
        "- **Classes**: 3: cat, dog, owl\n",
        "- **Image size**: 64x64, RGB, pixel values 0-255\n",
        "- **Recipe**: `digits`, 4 epochs\n",
        "- **Start**: random weights\n",
        "| `data.batch_size` | `64` |\n",
        "| `optimizer.learning_rate_multipliers` | `(('aspp/*', 10.0),)` |\n",
    ):
        assert line in text
    assert "\n\n\n" not in text


def test_tells_the_results_of_each_file(log):
    text = card(CLASSIFIER, log)
    assert "`best.weights.h5` is from epoch 2 of 4, with the highest `top1`." in text
    assert "| metric | best.weights.h5 | last.weights.h5 | last_raw.weights.h5 |\n" in text
    assert "| top1 | 0.7500 | 0.7500 | 0.7200 |\n| loss | 1.4000 | 1.2000 | 1.2500 |\n" in text


def test_an_empty_log_has_no_results():
    text = card(CLASSIFIER, {})
    assert "The log of the run is empty." in text
    assert "- **Recipe**: `digits`\n" in text


def test_tells_the_license_of_published_weights(log):
    micron = card(replace(CLASSIFIER, start="imagenet"), log)
    assert "- **Start**: published weights of ImageNet" in micron
    assert "non-commercial" in micron
    assert "https://github.com/micronDLA/MobileViTv3" in micron
    apple = card(replace(CLASSIFIER, variant="mobilevitv2_050", start="imagenet"), log)
    assert "Apple sample code licence" in apple
    assert "micron" not in apple.lower()


def test_other_weights_have_no_known_license(log):
    text = card(replace(CLASSIFIER, start="runs/encoder/best.weights.h5"), log)
    assert "- **Start**: weights of `runs/encoder/best.weights.h5`\n" in text
    assert "- **License of the weights**: not stated" in text


def test_lists_the_files_that_exist(log):
    text = card(CLASSIFIER, log, ["run.json", "report/curves.png"])
    assert text.count("](../") == 2
    assert "![Curves](curves.png)" in text
    assert "confusion_matrix.png" not in text
    text = card(CLASSIFIER, log, list(FILES), weights="last.weights.h5", confused=[("cat", "dog", 7)])
    assert text.count("](../") == len(FILES)
    assert "Confusion matrix of `last.weights.h5`:\n\n![Confusion matrix](confusion_matrix.png)" in text
    assert "[Scores of each class](per_class.md) of `last.weights.h5`." in text
    assert "| cat | dog | 7 |\n" in text


def test_shows_further_figures(log):
    text = card(replace(CLASSIFIER, head="ssdlite"), log, figures={"AP50": 0.893})
    assert "- **Task**: Object detector\n- **Network**: `mobilevitv3_xxs` with the head `ssdlite`\n" in text
    assert "Evaluation of `best.weights.h5`:\n\n| figure | value |\n| --- | ---: |\n| AP50 | 0.8930 |\n" in text


def test_many_classes_are_shortened(log):
    text = card(replace(CLASSIFIER, class_names=tuple(f"class {i}" for i in range(50))), log)
    assert "- **Classes**: 50: class 0, class 1," in text
    assert "class 19, ... ([all names](classes.txt))\n" in text
    assert "class 20" not in text


def test_shows_code_and_command(log):
    text = card(CLASSIFIER, log, weights="last.weights.h5")
    assert 'weights="last.weights.h5"' in text
    assert "\n```\nkeras-mobilevitv3 export --weights last.weights.h5 --variant mobilevitv3_xxs " in text


def test_several_labels(log):
    text = card(replace(CLASSIFIER, several_labels=True), log)
    assert "- **Task**: Image classifier, several classes per image\n" in text
    assert "this command, after the code above, writes the model" in text
