"""The code in a Markdown page."""

import ast
import re
import shlex
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PACKAGE = "keras_mobilevitv3"
MARKER = "<!-- needs (?:the network|transformers|PyTorch) -->\n"
BLOCK = re.compile(rf"({MARKER})?^```(\w*)\n(.*?)^```", flags=re.DOTALL | re.MULTILINE)


class CodeBlock(NamedTuple):
    """A fenced block: its language, `""` if none is given, its text, and whether a comment says that it needs more."""

    language: str
    code: str
    needs_more: bool


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
    """Names that Python code takes from this package and that its files do not have; nothing is imported."""
    missing = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == PACKAGE:
            names = names_of(node.module)
            missing += [alias.name for alias in node.names if alias.name not in names]
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == PACKAGE:
            missing += [] if node.attr in names_of(PACKAGE) else [node.attr]
    return missing


def names_of(module):
    """Set of the names that the file of a module imports or defines, with the modules beside it if it is a package."""
    path = ROOT.joinpath(*module.split("."))
    names = {child.stem for child in path.iterdir()} if path.is_dir() else set()
    source = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8")
    body = ast.parse(source).body
    for node in [*body, *(inner for block in body if isinstance(block, ast.If) for inner in block.body)]:
        if isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names
