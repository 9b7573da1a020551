"""The public names: where they are found, and what `dir` shows of each documented module."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import skising

PACKAGE = Path(skising.__file__).parent
MODULES = [
    "skising",
    "skising.block_averaging",
    "skising.blocks",
    "skising.conversion",
    "skising.descriptors",
    "skising.display",
    "skising.exact",
    "skising.montecarlo",
    "skising.networks",
    "skising.observables",
    "skising.persistence",
    "skising.scaling",
    "skising.symmetry",
]
CLASSES_AND_FUNCTIONS = [
    "BlockAveragingClassifier",
    "BlockAveragingRegressor",
    "ClockSampler",
    "D4Descriptor",
    "DistributedTraining",
    "IsingSampler",
    "PairCorrelationDescriptor",
    "PottsSampler",
    "as_lattices",
    "extract_blocks",
    "load",
    "load_pretrained",
    "make_clock",
    "make_ising",
    "make_potts",
    "sample_blocks",
    "save",
    "staggered",
    "states_from_angles",
]
SUBMODULES = ["display", "exact", "networks", "observables", "scaling", "symmetry"]


@pytest.mark.parametrize("module", MODULES)
def test_dir_shows_the_public_names_only(module):
    module = import_module(module)
    assert dir(module) == sorted(module.__all__)
    assert len(set(module.__all__)) == len(module.__all__)


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_resolves(module):
    module = import_module(module)
    for name in module.__all__:
        assert getattr(module, name) is not None


@pytest.mark.parametrize("module", MODULES)
def test_other_names_raise_attribute_error(module):
    module = import_module(module)
    with pytest.raises(AttributeError, match="no attribute 'no_such_name'"):
        _ = module.no_such_name


def test_names_of_the_root_package():
    for name in CLASSES_AND_FUNCTIONS + SUBMODULES:
        namespace = {}
        exec(f"from skising import {name}", namespace)
        assert namespace[name].__name__ == (f"skising.{name}" if name in SUBMODULES else name)
    undocumented = set(skising.__all__) - {*CLASSES_AND_FUNCTIONS, *SUBMODULES, "__version__"}
    assert undocumented == set()


def test_root_package_imports_no_heavy_dependency():
    code = (
        "import sys, skising; dir(skising); "
        "print(sorted({'torch', 'numba', 'sklearn', 'scipy', 'pandas', 'numpy', 'matplotlib'} "
        "& set(sys.modules)))"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert process.stdout.strip() == "[]"


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*/__init__.py")), ids=lambda p: p.parent.name)
def test_package_init_only_reexports(path):
    docstring, *statements = ast.parse(path.read_text(encoding="utf-8")).body
    assert isinstance(docstring, ast.Expr)
    assert isinstance(docstring.value, ast.Constant)
    for statement in statements:
        if isinstance(statement, ast.Assign):
            assert [target.id for target in statement.targets] == ["__all__"]
        elif isinstance(statement, ast.FunctionDef):
            assert statement.name == "__dir__"
        else:
            # Relative and of one level: a package hands on what its own modules define.
            assert isinstance(statement, ast.ImportFrom)
            assert statement.level == 1
