"""Draws published accuracies against parameters: `python docs/figures/accuracy_against_parameters.py`."""

from pathlib import Path
from typing import NamedTuple

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt

from keras_mobilevitv3 import VARIANTS, profile
from keras_mobilevitv3.commands.variant_table import published_top1

PATH = Path(__file__).parents[1] / "images" / "accuracy_against_parameters.png"
POINTS_PER_MILLION = 0.22  # area of a bubble per million multiply-adds
COLORS = {"v3": "#0f766e", "v3 L2": "#5eb5ac", "v1": "#c2701c", "v2": "#6457a6", "MobileNetV2": "#9a9a9a"}
COLORS |= {"MobileNetV3": "#5f5f5f", "Mobile-Former": "#5f5f5f", "DeiT": "#9a6b00", "PiT": "#b0417a"}
LABELS = {"v3": "MobileViTv3", "v3 L2": "MobileViTv3, low latency", "v1": "MobileViTv1", "v2": "MobileViTv2"}
# Direction from a bubble to its label: right is positive, up is positive. Other families: right and down.
LABEL_SIDES = {"v3": (-1, 1), "v3 L2": (-1, 0), "PiT": (-1, 1)}


class Network(NamedTuple):
    """Network drawn as one bubble: parameters and multiply-adds in millions, top-1 accuracy in percent."""

    family: str
    label: str
    parameters: float
    multiply_adds: float
    top1: float


# Images of 224x224. https://github.com/tensorflow/models/blob/master/research/slim/nets/mobilenet/README.md
MOBILENETS = (
    Network("MobileNetV2", "0.75", 2.61, 209, 69.8),
    Network("MobileNetV2", "1.0", 3.47, 300, 71.8),
    Network("MobileNetV2", "1.4", 6.06, 582, 75.0),
    Network("MobileNetV3", "small", 2.9, 66, 67.5),
    Network("MobileNetV3", "large 0.75", 4.0, 155, 73.3),
    Network("MobileNetV3", "large", 5.4, 217, 75.2),
)
TRANSFORMERS = (
    # https://github.com/AAboys/MobileFormer
    Network("Mobile-Former", "52M", 3.5, 52, 68.7),
    Network("Mobile-Former", "96M", 4.6, 96, 72.8),
    Network("Mobile-Former", "151M", 7.6, 151, 75.2),
    Network("Mobile-Former", "214M", 9.4, 214, 76.7),
    Network("Mobile-Former", "294M", 11.4, 294, 77.9),
    Network("Mobile-Former", "508M", 14.0, 508, 79.3),
    # https://github.com/naver-ai/pit, without distillation
    Network("DeiT", "Ti", 5.7, 1300, 72.2),
    Network("PiT", "Ti", 4.9, 710, 73.0),
    Network("PiT", "XS", 10.6, 1400, 78.1),
)


def family_and_label(variant):
    """Returns `("v3 L2", "S-L2")` for `"mobilevitv3_s_l2"`, `("v2", "0.5")` for `"mobilevitv2_050"`."""
    name, _, size = variant.partition("_")
    family = name.removeprefix("mobilevit") or "v1"
    if size.isdigit():
        return family, f"{int(size) / 100:g}" if int(size) % 100 else f"{int(size) // 100}.0"
    return family + (" L2" if size.endswith("_l2") else ""), size.upper().replace("_", "-")


def networks():
    """Returns the networks with a published accuracy, with parameters and multiply-adds counted from the layers."""
    found = []
    for variant in VARIANTS:
        if published_top1(variant) is not None:
            costs = profile(variant)
            sizes = (costs.parameters / 1e6, costs.multiply_adds / 1e6)
            found.append(Network(*family_and_label(variant), *sizes, published_top1(variant)))
    return found


def draw_panel(axes, shown, title):
    for family in sorted({network.family for network in shown}, key=list(COLORS).index):
        rows = [network for network in shown if network.family == family]
        x, y = [row.parameters for row in rows], [row.top1 for row in rows]
        areas = [row.multiply_adds * POINTS_PER_MILLION for row in rows]
        color, sides = COLORS[family], LABEL_SIDES.get(family, (1, -1))
        axes.plot(*zip(*sorted(zip(x, y))), color=color, lw=1, alpha=0.5, zorder=1)
        axes.scatter(x, y, s=areas, color=color, alpha=0.6, edgecolors="white", zorder=2)
        axes.plot([], [], "o", color=color, label=LABELS.get(family, family))
        for row, area in zip(rows, areas):
            radius = area**0.5 / 2
            axes.annotate(
                row.label,
                (row.parameters, row.top1),
                xytext=(sides[0] * (0.7 * radius + 3), sides[1] * (0.7 * radius + 1)),
                textcoords="offset points",
                ha="right" if sides[0] < 0 else "left",
                va={-1: "top", 0: "center", 1: "bottom"}[sides[1]],
                fontsize=10,
                color=color,
            )
    axes.set_title(title, fontsize=13)
    axes.set_xlabel("parameters (millions)", fontsize=11)
    axes.grid(alpha=0.25)
    axes.margins(0.13, 0.1)
    axes.legend(loc="lower right", frameon=False, fontsize=10)


def draw(shown, path=PATH):
    """Writes the figure as a PNG file.

    Args:
        shown: List of `Network`, as returned by `networks()`.
        path: Path of the file.
    """
    multi_head = [row for row in shown if row.family in ("v1", "v3 L2") or row.family == "v3" and row.label.isalpha()]
    separable = [row for row in shown if row.family == "v2" or row.family == "v3" and not row.label.isalpha()]
    figure, (left, right) = plt.subplots(1, 2, figsize=(12.5, 5.4))
    draw_panel(left, [*multi_head, *MOBILENETS], "Multi-head family, and MobileNets")
    draw_panel(right, [*separable, *TRANSFORMERS], "Separable family, and other transformers")
    left.set_ylabel("published top-1 accuracy on ImageNet (%)", fontsize=11)
    for multiply_adds in (300, 2000):
        right.scatter([], [], s=multiply_adds * POINTS_PER_MILLION, color="#bbbbbb", label=f"{multiply_adds} M MACs")
    right.legend(loc="lower right", frameon=False, fontsize=10, labelspacing=0.9, handletextpad=1)
    figure.tight_layout(w_pad=2)
    figure.savefig(path, dpi=110)
    plt.close(figure)


if __name__ == "__main__":
    draw(networks())
