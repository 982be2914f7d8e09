"""The table of pretrained checkpoints: one row per file, with its address and the facts needed to use it."""

from dataclasses import dataclass

PADDLE = "https://paddle-imagenet-models-name.bj.bcebos.com/dygraph/"
RELEASE = "https://api.github.com/repos/micronDLA/MobileViTv3/releases/tags/v1.0.0"
# Each model of the release has a folder with this file, at any depth of an archive. Archives are listed at run time.
RELEASE_FILE = "checkpoint_ema_best.pt"
APPLE = "https://docs-assets.developer.apple.com/ml-research/models/"


@dataclass(frozen=True)
class License:
    """Terms of a checkpoint.

    Args:
        name: String, the name of the licence with a summary of its terms.
        url: String, the address of the terms.
    """

    name: str
    url: str


LICENSES = {
    "micron": License(
        "Micron licence of MobileViTv3: personal, non-commercial use; no redistribution, no public display",
        "https://github.com/micronDLA/MobileViTv3",
    ),
    "apple": License(
        "Apple sample code licence: redistribution with notice",
        "https://github.com/apple/ml-cvnets",
    ),
}


@dataclass(frozen=True)
class PretrainedWeights:
    """One checkpoint: a file with an address, or a folder in one of the archives of a GitHub release.

    Args:
        variant: String, the id of the model.
        file_format: `"pdparams"` or `"pt"`.
        channel_order: `"rgb"` or `"bgr"`, the order in the images that the network was trained on.
        score: Float, published figure of this file in percent: top-1 accuracy on ImageNet, mean intersection over
            union on PASCAL VOC and ADE20K, mean average precision on COCO. `None` where unknown.
        license: String, a key of `LICENSES`.
        url: String, the address of the file, or `None`. Defaults to `None`.
        release: String, the GitHub API address of a release, or `None`. Defaults to `None`.
        folder: String, the name of the folder that holds `RELEASE_FILE` in one of the archives of `release`, or `None`.
            Defaults to `None`.
        dataset: String, `"imagenet"` (classifiers), `"pascal_voc"` or `"ade20k"` (DeepLabv3), or `"coco"` (SSDLite).
            Defaults to `"imagenet"`.
        size: Integer, bytes of the file at `url`. `None` where unknown. Defaults to `None`.
        sha256: String of 64 hexadecimal digits, of the file at `url`. `None` where unknown. Defaults to `None`.
    """

    variant: str
    file_format: str
    channel_order: str
    score: float | None
    license: str
    url: str | None = None
    release: str | None = None
    folder: str | None = None
    dataset: str = "imagenet"
    size: int | None = None
    sha256: str | None = None

    @property
    def filename(self) -> str:
        """String, the name of the file in the cache."""
        return f"{self.folder}.{self.file_format}" if self.url is None else self.url.rsplit("/", 1)[-1]


def _paddle(variant, name, score):
    # Copies of the official weights. PaddleClas measured all of them on RGB images.
    return PretrainedWeights(variant, "pdparams", "rgb", score, "micron", url=f"{PADDLE}MobileViTV3_{name}.pdparams")


def _official(variant, folder, channel_order, score, dataset="imagenet"):
    release = {"release": RELEASE, "folder": folder, "dataset": dataset}
    return PretrainedWeights(variant, "pt", channel_order, score, "micron", **release)


def _apple(variant, path, channel_order, score, dataset="imagenet"):
    return PretrainedWeights(variant, "pt", channel_order, score, "apple", url=f"{APPLE}{path}.pt", dataset=dataset)


APPLE_V1 = "cvnets/classification/mobilevit_"
APPLE_V2 = "cvnets-v2/classification/mobilevitv2/imagenet1k/256x256/mobilevitv2-"
APPLE_VOC = "cvnets/segmentation/deeplabv3_mobilevit_"
APPLE_COCO = "cvnets/detection/ssd_mobilevit_"

# The rows of a variant stand in the order in which they are tried.
PRETRAINED = (
    _paddle("mobilevitv3_s", "S_pretrained", 79.28),
    _paddle("mobilevitv3_xs", "XS_pretrained", 76.63),
    _paddle("mobilevitv3_xxs", "XXS_pretrained", 70.87),
    _paddle("mobilevitv3_s_l2", "S_L2_pretrained", 79.07),
    _paddle("mobilevitv3_xs_l2", "XS_L2_pretrained", 76.07),
    _paddle("mobilevitv3_xxs_l2", "XXS_L2_pretrained", 70.28),
    _paddle("mobilevitv3_050", "x0_5_pretrained", 72.00),
    _paddle("mobilevitv3_075", "x0_75_pretrained", 76.26),
    _paddle("mobilevitv3_100", "x1_0_pretrained", 78.38),
    _official("mobilevitv3_s", "mobilevitv3_S_e300_7930", "bgr", 79.30),
    _official("mobilevitv3_xs", "mobilevitv3_XS_e300_7671", "bgr", 76.71),
    _official("mobilevitv3_xxs", "mobilevitv3_XXS_e300_7098", "bgr", 70.98),
    _official("mobilevitv3_s_l2", "mobilevitv3_S_L2_e300_7906", "bgr", 79.06),
    _official("mobilevitv3_xs_l2", "mobilevitv3_XS_L2_e300_7610", "bgr", 76.10),
    _official("mobilevitv3_xxs_l2", "mobilevitv3_XXS_L2_e300_7023", "bgr", 70.23),
    _official("mobilevitv3_050", "mobilevitv3_0_5_0", "rgb", 72.33),
    _official("mobilevitv3_075", "mobilevitv3_0_7_5", "rgb", 76.55),
    _official("mobilevitv3_100", "mobilevitv3_1_0_0", "rgb", 78.64),
    _apple("mobilevit_s", f"{APPLE_V1}s", "bgr", 78.3),
    _apple("mobilevit_xs", f"{APPLE_V1}xs", "bgr", 74.6),
    _apple("mobilevit_xxs", f"{APPLE_V1}xxs", "bgr", 68.9),
    _apple("mobilevitv2_050", f"{APPLE_V2}0.5", "rgb", 70.2),
    _apple("mobilevitv2_075", f"{APPLE_V2}0.75", "rgb", 75.6),
    _apple("mobilevitv2_100", f"{APPLE_V2}1.0", "rgb", 78.1),
    _apple("mobilevitv2_125", f"{APPLE_V2}1.25", "rgb", 79.7),
    _apple("mobilevitv2_150", f"{APPLE_V2}1.5", "rgb", 80.4),
    _apple("mobilevitv2_175", f"{APPLE_V2}1.75", "rgb", 80.9),
    _apple("mobilevitv2_200", f"{APPLE_V2}2.0", "rgb", 81.2),
    _official("mobilevitv3_s", "mobilevitv3_S_voc_e50_7959", "bgr", 79.59, "pascal_voc"),
    _official("mobilevitv3_xs", "mobilevitv3_XS_voc_e50_7877", "bgr", 78.77, "pascal_voc"),
    _official("mobilevitv3_xxs", "mobilevitv3_XXS_voc_e50_7404", "bgr", 74.04, "pascal_voc"),
    _official("mobilevitv3_100", "mobilevitv3_voc_1_0_0", "rgb", 80.04, "pascal_voc"),
    _official("mobilevitv3_050", "mobilevitv3_voc_0_5_0", "rgb", 76.48, "pascal_voc"),
    _official("mobilevitv3_100", "mobilevitv3_ade20k_1_0_0", "rgb", 39.13, "ade20k"),
    _official("mobilevitv3_075", "mobilevitv3_ade20k_0_7_5", "rgb", 36.43, "ade20k"),
    _official("mobilevitv3_050", "mobilevitv3_ade20k_0_5_0", "rgb", 33.57, "ade20k"),
    _official("mobilevitv3_s", "mobilevitv3_S_coco_e200_2730", "bgr", 27.3, "coco"),
    _official("mobilevitv3_xs", "mobilevitv3_XS_coco_e200_2560", "bgr", 25.6, "coco"),
    _official("mobilevitv3_xxs", "mobilevitv3_XXS_coco_e200_1930", "bgr", 19.3, "coco"),
    _official("mobilevitv3_100", "mobilevitv3_coco_1_0_0", "rgb", 27.0, "coco"),
    _official("mobilevitv3_075", "mobilevitv3_coco_0_7_5", "rgb", 25.0, "coco"),
    _official("mobilevitv3_050", "mobilevitv3_coco_0_5_0", "rgb", 21.8, "coco"),
    *(_apple(f"mobilevit_{size}", f"{APPLE_VOC}{size}", "bgr", None, "pascal_voc") for size in ("s", "xs", "xxs")),
    *(_apple(f"mobilevit_{size}", f"{APPLE_COCO}{size}_320", "bgr", None, "coco") for size in ("s", "xs", "xxs")),
)


def sources(variant: str, dataset: str = "imagenet") -> tuple[PretrainedWeights, ...]:
    """Returns the checkpoints of a variant, in the order in which to try them.

    Args:
        variant: String, the id of a model.
        dataset: String, `"imagenet"` (classifiers), `"pascal_voc"` or `"ade20k"` (DeepLabv3), or `"coco"` (SSDLite).
            Defaults to `"imagenet"`.

    Returns:
        Tuple of `PretrainedWeights`, at least one.

    Raises:
        ValueError: If there are no such weights.
    """
    rows = tuple(row for row in PRETRAINED if (row.variant, row.dataset) == (variant, dataset))
    if not rows:
        available = sorted({row.variant for row in PRETRAINED if row.dataset == dataset})
        if available:
            known = f"{dataset!r} weights exist for {', '.join(available)}"
        else:
            datasets = ", ".join(sorted({repr(row.dataset) for row in PRETRAINED}))
            known = f"The catalogue has no weights of {dataset!r}. It has weights of {datasets}"
        raise ValueError(f"{known}. Received: variant={variant!r}, dataset={dataset!r}")
    return rows
