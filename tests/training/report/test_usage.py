"""The commands and the code of the card. They are parsed here; `test_usage_runs` runs the code."""

import ast
import shlex
from dataclasses import replace

import pytest

import keras_mobilevitv3
from keras_mobilevitv3.cli import build_parser
from tests.training.report.runs import CLASSIFIER
from training.report.usage import export_command, python_code

SEGMENTER = replace(CLASSIFIER, head="deeplabv3", output_stride=8, image_size=192)
RUNS = {
    "classifier": CLASSIFIER,
    "several labels": replace(CLASSIFIER, several_labels=True),
    "deeplabv3": SEGMENTER,
    "pspnet": replace(SEGMENTER, head="pspnet"),
    "ssdlite": replace(CLASSIFIER, head="ssdlite", image_size=160),
}


def parsed(run):
    program, *arguments = shlex.split(export_command(run, "best.weights.h5"))
    assert program == "keras-mobilevitv3"
    return build_parser().parse_args(arguments)


@pytest.mark.parametrize("name", ["classifier", "deeplabv3", "pspnet", "ssdlite"])
def test_command_exports_the_weights(name):
    run, arguments = RUNS[name], parsed(RUNS[name])
    assert (arguments.weights, arguments.variant, arguments.head) == ("best.weights.h5", run.variant, run.head)
    assert (arguments.size, arguments.output_stride) == (run.image_size, run.output_stride)
    assert (arguments.classes, arguments.format, arguments.out) == ("report/classes.txt", "onnx", "model.onnx")
    assert arguments.activation is None


def test_command_exports_several_labels_by_a_sigmoid():
    arguments = parsed(RUNS["several labels"])
    assert (arguments.weights, arguments.activation) == ("model.keras", "sigmoid")
    assert (arguments.variant, arguments.head, arguments.size) == (None, None, None)
    assert 'model.save("model.keras")' in python_code(RUNS["several labels"], "best.weights.h5")


@pytest.mark.parametrize("name", RUNS)
def test_code_uses_public_names_and_the_facts_of_the_run(name):
    run = RUNS[name]
    tree = ast.parse(python_code(run, "last.weights.h5"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("keras_mobilevitv3"):
            assert node.module == "keras_mobilevitv3"
            assert {alias.name for alias in node.names} <= set(keras_mobilevitv3.__all__)
    (call,) = (
        node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "model"
    )
    arguments = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
    assert ast.literal_eval(call.args[0]) == run.variant
    assert arguments.pop("weights") == "last.weights.h5"
    assert arguments.pop("classes") == 3
    assert arguments.pop("input_shape") == (run.image_size, run.image_size, 3)
    expected = {"classifier_activation": None} if run.several_labels else {}
    assert arguments == (expected if run.output_stride is None else {"output_stride": 8})
