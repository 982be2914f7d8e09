"""The code in a Markdown page."""

import ast
import importlib
import re
import shlex
from typing import NamedTuple

MARKER = "<!-- needs the network -->\n"
BLOCK = re.compile(rf"({MARKER})?^```(\w*)\n(.*?)^```", flags=re.DOTALL | re.MULTILINE)


class CodeBlock(NamedTuple):
    """A fenced block: its language, `""` if none is given, its text, and whether it is marked to need the network."""

    language: str
    code: str
    needs_network: bool


def code_blocks(text):
    """List of `CodeBlock` of a page."""
    return [CodeBlock(language, code, bool(marker)) for marker, language, code in BLOCK.findall(text)]


def shell_lines(text):
    """Lines of the blocks of commands."""
    return [line for block in code_blocks(text) if block.language in ("", "sh") for line in block.code.splitlines()]


def command_arguments(text):
    """Arguments of each `keras-mobilevitv3 command ...` of a page, in blocks and between backticks on one line."""
    lines = [line for line in shell_lines(text) if line.startswith("keras-mobilevitv3 ")]
    lines += re.findall(r"(?<!`)`(keras-mobilevitv3 \w+ [^`\n]+)`", text)
    return [shlex.split(line)[1:] for line in lines]


def missing_names(code):
    """Names that Python code takes from this package and that are not there."""
    missing = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("keras_mobilevitv3"):
            module = importlib.import_module(node.module)
            missing += [alias.name for alias in node.names if not hasattr(module, alias.name)]
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "keras_mobilevitv3"
        ):
            missing += [] if hasattr(importlib.import_module("keras_mobilevitv3"), node.attr) else [node.attr]
    return missing
