"""Draws the MobileViT block of four networks from their configs: `python docs/figures/blocks.py`."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.patches import FancyBboxPatch

from keras_mobilevitv3 import VARIANTS

PATH = Path(__file__).parents[1] / "images" / "blocks.png"
TITLES = {
    "mobilevit_s": "MobileViTv1",
    "mobilevitv3_s": "MobileViTv3\nmulti-head",
    "mobilevitv2_100": "MobileViTv2",
    "mobilevitv3_100": "MobileViTv3\nseparable",
}
STAGE = 0  # index among the three stages with transformers
PLAIN, LOCAL, GLOBAL, FUSION = "#e8eaed", "#d3e5f7", "#fde3c4", "#d5edd9"
RESIDUAL = "#c2410c"
BRANCH = "#1d6f42"
BOX_WIDTH, BOX_HEIGHT, STEP = 2.5, 0.62, 1.05


def steps(config):
    """Returns the parts of the block from input to output, as tuples `(key, label, color)`."""
    channels, dim, depth = config.filters[2 + STAGE], config.attention_dims[STAGE], config.attention_depths[STAGE]
    multi_head = config.attention == "multi_head"
    kernel = config.fusion_kernel_size
    found = [
        ("input", f"input, {channels} channels", PLAIN),
        ("local_conv", "depthwise 3x3" if config.depthwise_local else "convolution 3x3", LOCAL),
        ("local", f"convolution 1x1, to {dim}", LOCAL),
        ("global", f"{depth} transformers,\n{config.attention.replace('_', '-')} attention", GLOBAL),
    ]
    if multi_head:
        found.append(("projection", f"convolution 1x1, to {channels}", GLOBAL))
    if config.fusion_input is not None:
        found.append(("concatenate", "concatenate", FUSION))
    if config.fusion_input is not None or not multi_head:
        found.append(("fusion", f"convolution {kernel}x{kernel}, to {channels}", FUSION))
    if config.input_residual:
        found.append(("add", "add", PLAIN))
    return [*found, ("output", f"output, {channels} channels", PLAIN)]


def skip_connections(config):
    """Returns the skip connections, as tuples `(start key, end key, color)`."""
    found = []
    if config.fusion_input is not None:
        found.append((config.fusion_input, "concatenate", BRANCH))
    if config.input_residual:
        found.append(("input", "add", RESIDUAL))
    return found


def draw_block(axes, config, title, rows):
    """Draws one block into `axes`, `rows` boxes high. The outputs of all blocks are in the last row."""
    parts = steps(config)
    heights = {key: -index * STEP for index, (key, _, _) in enumerate(parts)}
    heights["output"] = -(rows - 1) * STEP
    keys = list(heights)
    for above, below in zip(keys, keys[1:]):
        _arrow(axes, (0, heights[above] - BOX_HEIGHT / 2), (0, heights[below] + BOX_HEIGHT / 2), "#555555")
    for key, label, color in parts:
        corner = (-BOX_WIDTH / 2, heights[key] - BOX_HEIGHT / 2)
        axes.add_patch(
            FancyBboxPatch(
                corner, BOX_WIDTH, BOX_HEIGHT, boxstyle="round,pad=0,rounding_size=0.12", fc=color, ec="#555555"
            )
        )
        axes.text(0, heights[key], label, ha="center", va="center", fontsize=11, linespacing=1.1)
    for start, end, color in skip_connections(config):
        side = -1 if end == "add" else 1
        edge, outside = side * BOX_WIDTH / 2, side * (BOX_WIDTH / 2 + 0.3)
        axes.plot([edge, outside, outside], [heights[start], heights[start], heights[end]], color=color, lw=2)
        _arrow(axes, (outside, heights[end]), (edge, heights[end]), color, width=2)
    axes.set_title(title, fontsize=14, linespacing=1.2)
    axes.set_xlim(-BOX_WIDTH / 2 - 0.45, BOX_WIDTH / 2 + 0.45)
    axes.set_ylim(-(rows - 1) * STEP - 0.5, 0.5)
    axes.set_axis_off()


def _arrow(axes, start, end, color, width=1.2):
    arrow = {"arrowstyle": "-|>", "color": color, "lw": width, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", xy=end, xytext=start, arrowprops=arrow)


def draw(path=PATH, configs=None):
    """Writes a PNG file with the blocks of `configs`, a dict from title to config. Defaults to those of `TITLES`."""
    configs = configs or {title: VARIANTS[variant] for variant, title in TITLES.items()}
    rows = max(len(steps(config)) for config in configs.values())
    figure, all_axes = plt.subplots(1, len(configs), figsize=(3.1 * len(configs), 0.72 * rows + 1), squeeze=False)
    for axes, (title, config) in zip(all_axes[0], configs.items()):
        draw_block(axes, config, title, rows)
    figure.text(0.5, 0.015, "green: what is fused with the global features     red: the input as residual", ha="center")
    figure.tight_layout(rect=(0, 0.04, 1, 1), w_pad=0.3)
    figure.savefig(path, dpi=130)
    plt.close(figure)


if __name__ == "__main__":
    draw()
