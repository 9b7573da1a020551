"""The import contracts of pyproject.toml: the package keeps them, and a wrong import breaks one."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"
LAYERS = "Imports run one way, upward in the house"
TORCH = "torch and skorch only in networks, block_averaging and persistence"
NUMBA = "numba only in _kernels"
SCIKIT_LEARN = "Networks know no scikit-learn"


@pytest.fixture
def copied_package(tmp_path):
    """Return a folder that holds a copy of the package and of pyproject.toml."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(
        ROOT / "skising", tmp_path / "skising", ignore=shutil.ignore_patterns("__pycache__")
    )
    return tmp_path


def broken_contracts(folder):
    """Return the names of the contracts that the package in `folder` breaks."""
    process = subprocess.run(
        [sys.executable, "-c", LINT_IMPORTS, "--no-cache"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
    )
    assert re.search(r"^Contracts: \d+ kept, \d+ broken\.", process.stdout, re.M), process.stderr
    broken = re.findall(r"^(.+) BROKEN", process.stdout, re.M)
    assert (process.returncode != 0) == bool(broken)
    return broken


def test_the_package_keeps_all_contracts(copied_package):
    assert broken_contracts(copied_package) == []


@pytest.mark.parametrize(
    ("module", "statement", "contract"),
    [
        ("stray.py", "", LAYERS),
        ("_kernels/_stray.py", "from ..blocks import extract_blocks", LAYERS),
        ("blocks/_stray.py", "from .. import display", LAYERS),
        ("scaling/_stray.py", "from ..networks import OrbitNetwork", LAYERS),
        ("scaling/_stray.py", "import torch", TORCH),
        ("montecarlo/_stray.py", "def train():\n    import skorch", TORCH),
        ("observables/_stray.py", "import numba", NUMBA),
        ("block_averaging/_stray.py", "from numba import njit", NUMBA),
    ],
)
def test_a_wrong_module_breaks_one_contract(copied_package, module, statement, contract):
    (copied_package / "skising" / module).write_text(f"{statement}\n", encoding="utf-8")
    assert broken_contracts(copied_package) == [contract]


def test_scikit_learn_in_networks_breaks_one_contract(copied_package):
    with open(copied_package / "skising" / "networks.py", "a", encoding="utf-8") as file:
        file.write("from sklearn.base import BaseEstimator\n")
    assert broken_contracts(copied_package) == [SCIKIT_LEARN]
