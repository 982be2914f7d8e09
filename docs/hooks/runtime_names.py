"""Signatures and docstrings of the functions that the package makes when it is imported.

The reference is made from the files. It imports neither Keras nor a backend.
"""

import ast
import textwrap

import griffe

CLASSIFIERS = "keras_mobilevitv3.classification.classifier"
FACTORY = "_classifier"


class RuntimeNames(griffe.Extension):
    """Extension of Griffe, which reads the files.

    `MobileViTV3XS = _classifier("mobilevitv3_xs", "MobileViTV3XS")` is a function. It has the arguments of
    `build_classifier` except the network, and the docstring that `_classifier` gives it.
    """

    def on_module(self, *, mod, loader, **kwargs):
        if mod.path != CLASSIFIERS:
            return
        tree = ast.parse(mod.filepath.read_text(encoding="utf-8"))
        arguments, reference = _docstring_parts(tree)
        for name, call in _assignments(tree):
            if not isinstance(call, ast.Call) or getattr(call.func, "id", None) != FACTORY:
                continue
            variant, attribute = call.args[0].value, mod[name]
            docstring = f"Image classifier `{variant}`.\n{arguments}\nReference:\n    {reference(variant)}\n"
            function = griffe.Function(
                name,
                lineno=attribute.lineno,
                endlineno=attribute.endlineno,
                parameters=_parameters(mod["build_classifier"].parameters, variant),
                docstring=griffe.Docstring(docstring),
            )
            mod.set_member(name, function)


def _docstring_parts(tree):
    """The text that all docstrings share, and the function that returns the reference of a variant."""
    arguments = textwrap.dedent(dict(_assignments(tree))["ARGUMENTS"].value)
    (definition,) = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "_reference")
    namespace = {}
    exec(compile(ast.Module([definition], []), CLASSIFIERS, "exec"), namespace)
    return arguments, namespace["_reference"]


def _assignments(tree):
    """Pairs of a name and the value that the module assigns to the name."""
    return ((node.targets[0].id, node.value) for node in tree.body if isinstance(node, ast.Assign))


def _parameters(parameters, variant):
    """The parameters of `build_classifier` without the network, with the id of the variant as the default name."""
    defaults = {"name": repr(variant)}
    return griffe.Parameters(
        *(
            griffe.Parameter(each.name, kind=each.kind, default=defaults.get(each.name, each.default))
            for each in parameters
            if each.name != "variant"
        )
    )
