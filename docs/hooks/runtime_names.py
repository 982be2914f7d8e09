"""What the names of the package are once it is imported, where reading its files alone does not tell it.

The reference is made from the files, without Keras and a backend.
"""

import ast
import textwrap

import griffe

CLASSIFIERS = "keras_mobilevitv3.classification.classifier"
FACTORY = "_classifier"


class RuntimeNames(griffe.Extension):
    """Extension of Griffe, which reads the files.

    - `MobileViTV3XS = _classifier("mobilevitv3_xs", "MobileViTV3XS")` is a function, with the arguments of
      `build_classifier` but the network, and the docstring that `_classifier` gives it.
    - `keras_mobilevitv3.predict_detections` is the function and not the module of that name.
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
    """The text that all docstrings share, and the function of a variant that gives its reference."""
    arguments = textwrap.dedent(dict(_assignments(tree))["ARGUMENTS"].value)
    (definition,) = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "_reference")
    namespace = {}
    exec(compile(ast.Module([definition], []), CLASSIFIERS, "exec"), namespace)
    return arguments, namespace["_reference"]


def _imported_from(package, name):
    """The module from which a package imports a name."""
    tree = ast.parse(package.filepath.read_text(encoding="utf-8"))
    imports = (node for node in tree.body if isinstance(node, ast.ImportFrom))
    return next(node.module for node in imports if name in {each.asname or each.name for each in node.names})


def _assignments(tree):
    """Pairs of a name and what the module assigns to it."""
    return ((node.targets[0].id, node.value) for node in tree.body if isinstance(node, ast.Assign))


def _parameters(parameters, variant):
    """Those of `build_classifier` without the network, with its id as the default name."""
    defaults = {"name": repr(variant)}
    return griffe.Parameters(
        *(
            griffe.Parameter(each.name, kind=each.kind, default=defaults.get(each.name, each.default))
            for each in parameters
            if each.name != "variant"
        )
    )
