"""Adds names to the API reference that exist only after the package is imported.

mkdocs builds the reference from the source files, without importing Keras or a backend.
"""

import ast
import textwrap

import griffe

CLASSIFIERS = "keras_mobilevitv3.classification.classifier"
FACTORY = "_classifier"


class RuntimeNames(griffe.Extension):
    """Griffe extension for names that the source files alone do not explain.

    - `MobileViTV3XS = _classifier("mobilevitv3_xs", "MobileViTV3XS")` is a function with the arguments of
      `build_classifier`, except `variant`, and with the docstring that `_classifier` creates.
    - `keras_mobilevitv3.predict_detections` is the function, not the module with the same name.
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

    def on_package(self, *, pkg, loader, **kwargs):
        for name, member in list(pkg.members.items()):
            if not member.is_alias or not member.target_path.startswith(f"{pkg.path}."):
                continue
            target = loader.modules_collection[member.target_path]
            target = target.final_target if target.is_alias else target
            if target.is_module:
                pkg.set_member(name, griffe.Alias(name, f"{_imported_from(target.parent, name)}.{name}"))


def _docstring_parts(tree):
    """Returns the text that all docstrings share, and the function that returns the reference of a variant."""
    arguments = textwrap.dedent(dict(_assignments(tree))["ARGUMENTS"].value)
    (definition,) = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "_reference")
    namespace = {}
    exec(compile(ast.Module([definition], []), CLASSIFIERS, "exec"), namespace)
    return arguments, namespace["_reference"]


def _imported_from(package, name):
    """Returns the module that a package imports a name from."""
    tree = ast.parse(package.filepath.read_text(encoding="utf-8"))
    imports = (node for node in tree.body if isinstance(node, ast.ImportFrom))
    return next(node.module for node in imports if name in {each.asname or each.name for each in node.names})


def _assignments(tree):
    """Returns pairs `(name, assigned node)` of the assignments of a module."""
    return ((node.targets[0].id, node.value) for node in tree.body if isinstance(node, ast.Assign))


def _parameters(parameters, variant):
    """Returns the parameters of `build_classifier` without `variant`. `name` defaults to the id of the variant."""
    defaults = {"name": repr(variant)}
    return griffe.Parameters(
        *(
            griffe.Parameter(each.name, kind=each.kind, default=defaults.get(each.name, each.default))
            for each in parameters
            if each.name != "variant"
        )
    )
