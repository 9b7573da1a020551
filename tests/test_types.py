"""Every public function, method and constructor is annotated; mypy checks that the types hold."""

import ast
import importlib
import inspect
from pathlib import Path

import pytest

import skising

SCRIPT = Path(__file__).parent / "typing" / "user_script.py"
MODULES = ("observables", "exact", "scaling", "symmetry", "display", "networks")


def public_objects():
    for module in (skising, *(importlib.import_module(f"skising.{name}") for name in MODULES)):
        for name in module.__all__:
            thing = inspect.unwrap(getattr(module, name)) if name != "__version__" else None
            if inspect.isfunction(thing) or inspect.isclass(thing):
                yield f"{module.__name__}.{name}", thing


def own_functions(cls):
    """Yield the public methods, properties and the constructor of a class of this package."""
    for base in cls.__mro__:
        if not base.__module__.startswith("skising"):
            continue
        for name, member in vars(base).items():
            member = getattr(member, "fget", None) or getattr(member, "__func__", member)
            is_public = name == "__init__" or not name.startswith("_")
            if is_public and inspect.isfunction(member):
                yield f"{base.__name__}.{name}", member


FUNCTIONS = {}
for label, thing in public_objects():
    found = own_functions(thing) if inspect.isclass(thing) else [(label, thing)]
    # Methods that a named tuple or a data class generates have no source to annotate.
    FUNCTIONS |= {name: f for name, f in found if f.__code__.co_filename.endswith(".py")}


def test_there_are_functions_to_check():
    assert {"skising.make_ising", "BlockAveragingRegressor.predict", "DataCollapse.fit"} <= set(
        FUNCTIONS
    )


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_parameter_and_result_is_annotated(name):
    signature = inspect.signature(FUNCTIONS[name])
    parameters = [p for p in signature.parameters.values() if p.name not in ("self", "cls")]
    assert [p.name for p in parameters if p.annotation is p.empty] == []
    assert signature.return_annotation is not signature.empty


def documented_attributes(cls):
    lines = inspect.getdoc(cls).split("\n")
    if "Attributes" not in lines:
        return []
    start = lines.index("Attributes") + 2
    section = lines[start:]
    ends = [k for k, line in enumerate(section) if line.startswith("---")]
    section = section[: ends[0] - 1] if ends else section
    heads = [line.split(" : ")[0] for line in section if line and not line.startswith(" ")]
    return [name for head in heads for name in head.split(", ")]


CLASSES = {label: cls for label, cls in public_objects() if inspect.isclass(cls)}


@pytest.mark.parametrize("label", CLASSES)
def test_every_documented_attribute_is_annotated(label):
    cls = CLASSES[label]
    annotated = set()
    for base in cls.__mro__:
        annotated |= set(vars(base).get("__annotations__", {})) | set(vars(base))
    assert set(documented_attributes(cls)) <= annotated


def test_the_script_for_the_type_checker_uses_every_public_name():
    source = SCRIPT.read_text()
    used = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    assert set(skising.__all__) - {"__version__"} <= used | {"display"}
