"""Writes the badges of the README from setup.py, without a network: `python docs/figures/badges.py`."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "images"
CHARACTER_WIDTH, PADDING = 6.6, 7  # pixels
SVG = """<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-label="{name}: {value}">
<rect width="{width}" height="20" rx="3" fill="#0f766e"/>
<path d="M3 0h{split}v20H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z" fill="#4b5157"/>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="{padding}" y="14" textLength="{name_length}">{name}</text>
<text x="{value_x}" y="14" textLength="{value_length}">{value}</text>
</g>
</svg>
"""


def badges():
    """Returns a dict from file name to SVG text."""
    setup = (ROOT / "setup.py").read_text(encoding="utf-8")
    versions = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', setup)
    values = {
        "python": f"{versions[0]} to {versions[-1]}",
        "keras": re.search(r'"keras>=([\d.]+)"', setup)[1] + " or later",
        "backends": "TensorFlow, JAX, PyTorch",
        "licence": re.search(r'license="(.+)"', setup)[1],
    }
    return {f"badge_{name}.svg": badge(name, value) for name, value in values.items()}


def badge(name, value):
    name_length, value_length = (round(CHARACTER_WIDTH * len(text)) for text in (name, value))
    left = name_length + 2 * PADDING
    return SVG.format(
        name=name,
        value=value,
        width=left + value_length + 2 * PADDING,
        split=left - 3,
        padding=PADDING,
        name_length=name_length,
        value_length=value_length,
        value_x=left + PADDING,
    )


if __name__ == "__main__":
    for filename, svg in badges().items():
        (FOLDER / filename).write_text(svg, encoding="utf-8")
