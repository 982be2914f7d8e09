"""Packaging of keras_mobilevitv3. `constraints.txt` has the exact versions that are tested together."""

import re
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent
VERSION = re.search(r'__version__ = "(.+)"', (ROOT / "keras_mobilevitv3" / "version.py").read_text())[1]
README = ROOT / "README.md"

EXTRAS = {
    "tensorflow": ["tensorflow>=2.18"],
    "jax": ["jax>=0.5"],
    "torch": ["torch>=2.6"],
    "images": ["pillow"],
    "completion": ["argcomplete"],
    "train": [
        "grain",
        "opencv-python-headless>=4.10,<5",
        "pillow",
        "pyyaml",
        "faster-coco-eval",
        "scikit-learn",
        "scikit-image",
        "matplotlib",
    ],
    "tfds": [
        "tensorflow-datasets",
        "importlib_resources",  # imported, but not required, by tensorflow-datasets 4.9.10
        "array_record",
    ],
    "export": [
        "tensorflow>=2.18",
        "ai-edge-litert",
        "ai-edge-quantizer",
        "onnx",
        "onnxruntime",
        "tf2onnx",
        "openvino",
        "tensorflow-serving-api",  # protocol buffers of warm-up requests
    ],
    "keras-cv": ["keras-cv>=0.9"],
    "keras-hub": ["keras-hub>=0.32"],
    "notebooks": ["nbclient", "nbformat", "ipykernel", "matplotlib", "pillow", "scikit-learn", "scikit-image"],
    "docs": ["mkdocs-material", "mkdocstrings[python]"],
    "benchmark": ["tensorflow>=2.18", "torch>=2.6", "transformers>=5", "scikit-learn", "scikit-image"],
    "test": [
        "pytest>=8",
        "pytest-xdist",
        "pytest-cov",
        "argcomplete",
        "pillow",
        "scikit-learn",
        "scikit-image",
        "pycocotools",
        "tensorflow-serving-api",
        "tensorboard",
    ],
}
EXTRAS["dev"] = [*EXTRAS["test"], "ruff", "mypy", "pre-commit"]

setup(
    name="keras-mobilevitv3",
    version=VERSION,
    description="MobileViTv3 for Keras 3: classification, segmentation and detection on TensorFlow, JAX and PyTorch",
    long_description=README.read_text(encoding="utf-8") if README.exists() else "",
    long_description_content_type="text/markdown",
    author="The keras_mobilevitv3 authors",
    license="Apache-2.0",
    keywords="keras mobilevit mobilevitv3 vision transformer segmentation detection tensorflow jax torch",
    classifiers=[
        "Development Status :: 4 - Beta",
        "Intended Audience :: Developers",
        "Intended Audience :: Science/Research",
        "License :: OSI Approved :: Apache Software License",
        "Operating System :: OS Independent",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Topic :: Scientific/Engineering :: Image Recognition",
    ],
    python_requires=">=3.10,<3.14",
    packages=find_packages(include=["keras_mobilevitv3*"]),
    package_data={"keras_mobilevitv3": ["py.typed"]},
    # The tables of the command line are printed by rich. Keras requires it too, so it adds no package.
    install_requires=["keras>=3.12", "numpy", "filelock", "rich", "safetensors"],
    extras_require=EXTRAS,
    # Otherwise Python, run in the folder above the clone, imports the clone folder as `keras_mobilevitv3`.
    options={"editable_wheel": {"mode": "compat"}},
    entry_points={"console_scripts": ["keras-mobilevitv3 = keras_mobilevitv3.cli:main"]},
)
