"""A served model in what reads SavedModels: TensorFlow's C++ loader, `saved_model_cli`, and gRPC messages."""

import contextlib
import shutil
import subprocess
import sys
from concurrent import futures
from pathlib import Path

import numpy as np
import pytest

from keras_mobilevitv3.classification.model_input import prepare_images
from tests.exporting.conftest import NAMES

pytestmark = pytest.mark.backend("tensorflow")
SOURCE = Path(__file__).with_name("run_saved_model.cc")


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The compiled program; TensorFlow's package brings the headers and libraries."""
    if shutil.which("g++") is None:
        pytest.skip("there is no g++")
    import tensorflow as tf

    binary = tmp_path_factory.mktemp("program") / "run_saved_model"
    folder = tf.sysconfig.get_lib()
    command = ["g++", "-O0", "-w", *tf.sysconfig.get_compile_flags(), "-D_GLIBCXX_USE_CXX11_ABI=1", str(SOURCE)]
    command += ["-o", str(binary), f"-L{folder}", f"-Wl,-rpath,{folder}", "-Wl,--no-as-needed"]
    subprocess.run([*command, "-l:libtensorflow_cc.so.2", "-l:libtensorflow_framework.so.2"], check=True)
    return binary


def run(program, report, signature, *files):
    return subprocess.run(
        [program, report.path, signature, *files], capture_output=True, text=True, env={"TF_CPP_MIN_LOG_LEVEL": "3"}
    )


def outputs_of(process):
    """Outputs that the program has printed: by name, their shape and their values as strings."""
    assert process.returncode == 0, process.stderr
    outputs = {}
    for line in process.stdout.splitlines():
        head, _, values = line.partition(":")
        name, *shape = head.split()
        outputs[name] = np.array(values.split()).reshape(list(map(int, shape)))
    return outputs


@pytest.mark.release  # compiling takes as long as three exports
def test_cpp_program_on_images(program, served_classifier, tmp_path):
    model, report = served_classifier
    images = np.random.default_rng(0).uniform(0, 255, (3, *model.input_shape[1:])).astype("float32")
    images.tofile(tmp_path / "images")
    outputs = outputs_of(run(program, report, "serving_default", tmp_path / "images"))
    np.testing.assert_allclose(outputs["scores"].astype("float32"), model(images), atol=1e-5)


@pytest.mark.release
def test_cpp_program_on_pictures(program, served_classifier, pictures):
    model, report = served_classifier
    outputs = outputs_of(run(program, report, "image_bytes", *pictures))
    assert outputs["classes"].shape == (3, 5)
    scores = np.asarray(model(prepare_images(model, pictures)))
    assert outputs["classes"][:, 0].tolist() == np.array(NAMES)[scores.argmax(axis=1)].tolist()
    np.testing.assert_allclose(outputs["scores"][:, 0].astype("float32"), scores.max(axis=1), atol=2e-3)


@pytest.mark.release
def test_cpp_program_on_a_damaged_picture(program, served_classifier, pictures, tmp_path):
    (tmp_path / "damaged.jpg").write_bytes(pictures[2].read_bytes()[:200])
    process = run(program, served_classifier[1], "image_bytes", pictures[0], tmp_path / "damaged.jpg")
    assert process.returncode == 2  # an error of the request, not a signal
    assert "INVALID_ARGUMENT" in process.stderr


@pytest.mark.release
def test_cpp_program_finds_objects(program, served_detector, tmp_path):
    model, report = served_detector
    images = np.random.default_rng(0).uniform(0, 1, (2, *model.input_shape[1:])).astype("float32")
    images.tofile(tmp_path / "images")
    outputs = outputs_of(run(program, report, "serving_default", tmp_path / "images"))
    expected = model.predict(images, verbose=0)
    np.testing.assert_array_equal(outputs["num_detections"].astype("int32"), expected["num_detections"])
    np.testing.assert_allclose(outputs["boxes"].astype("float32"), expected["boxes"], atol=1e-3)


@pytest.mark.release
def test_saved_model_cli(served_classifier, tmp_path):
    model, report = served_classifier
    images = np.random.default_rng(0).uniform(0, 255, (2, *model.input_shape[1:])).astype("float32")
    np.save(tmp_path / "images.npy", images)
    command = [Path(sys.executable).with_name("saved_model_cli"), "run", "--dir", report.path, "--tag_set", "serve"]
    command += ["--signature_def", "serving_default", "--inputs", f"images={tmp_path / 'images.npy'}"]
    subprocess.run([*command, "--outdir", tmp_path], check=True, capture_output=True)
    np.testing.assert_allclose(np.load(tmp_path / "scores.npy"), model(images), atol=1e-5)


@contextlib.contextmanager
def prediction_server(report):
    """A server on loopback that answers predict requests with the signatures of a SavedModel, as TF Serving does."""
    grpc = pytest.importorskip("grpc")
    prediction_service = pytest.importorskip("tensorflow_serving.apis.prediction_service_pb2_grpc")
    import tensorflow as tf
    from tensorflow_serving.apis import predict_pb2

    signatures = tf.saved_model.load(str(report.path)).signatures

    class Service(prediction_service.PredictionServiceServicer):
        def Predict(self, request, context):
            inputs = {name: tf.constant(tf.make_ndarray(tensor)) for name, tensor in request.inputs.items()}
            try:
                outputs = signatures[request.model_spec.signature_name](**inputs)
            except tf.errors.InvalidArgumentError as error:
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, error.message)
            response = predict_pb2.PredictResponse()
            for name, output in outputs.items():
                response.outputs[name].CopyFrom(tf.make_tensor_proto(output.numpy()))
            return response

    server = grpc.server(futures.ThreadPoolExecutor(1))
    prediction_service.add_PredictionServiceServicer_to_server(Service(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield prediction_service.PredictionServiceStub(channel)
    server.stop(None).wait()


@pytest.mark.release
def test_messages_over_grpc(served_classifier, pictures):
    grpc = pytest.importorskip("grpc")
    import tensorflow as tf

    predict_pb2 = pytest.importorskip("tensorflow_serving.apis.predict_pb2")
    model, report = served_classifier
    request = predict_pb2.PredictRequest()
    request.model_spec.name, request.model_spec.signature_name = model.name, "image_bytes"
    with prediction_server(report) as stub:
        request.inputs["image_bytes"].CopyFrom(tf.make_tensor_proto([path.read_bytes() for path in pictures]))
        response = stub.Predict(request, timeout=60)
        classes = tf.make_ndarray(response.outputs["classes"])
        scores = np.asarray(model(prepare_images(model, pictures)))
        assert [name.decode() for name in classes[:, 0]] == np.array(NAMES)[scores.argmax(axis=1)].tolist()

        request.inputs["image_bytes"].CopyFrom(tf.make_tensor_proto([b"no picture"]))
        with pytest.raises(grpc.RpcError) as caught:
            stub.Predict(request, timeout=60)
        assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
