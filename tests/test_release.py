"""What a release says about itself in several files is the same in all of them."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

from skising import __version__

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def requirements(lines):
    """Return name and allowed versions of each requirement on another package."""
    parsed = [Requirement(line) for line in lines]
    return {r.name: r.specifier for r in parsed if r.name != PROJECT["name"]}


REQUIRED = requirements(PROJECT["dependencies"])
TORCH = requirements(EXTRAS["torch"])
OF_EXTRAS = requirements(line for lines in EXTRAS.values() for line in lines)


def test_citation_changelog_and_recipe_have_the_version():
    assert yaml.safe_load(read("CITATION.cff"))["version"] == __version__
    assert yaml.safe_load(read("recipe/recipe.yaml"))["context"]["version"] == __version__
    latest = re.search(r"^## (\S+) \((.+)\)$", read("CHANGELOG.md"), re.MULTILINE)
    version = Version(__version__)
    assert latest[1] == version.base_version
    assert (latest[2] == "unreleased") == version.is_devrelease


def test_constraints_have_every_package_in_an_allowed_version():
    pinned = dict(line.split("==") for line in read("constraints.txt").splitlines()[1:])
    for name, allowed in (REQUIRED | OF_EXTRAS).items():
        assert pinned[name] in allowed


def test_no_package_is_required_twice_with_different_bounds():
    for lines in EXTRAS.values():
        for name, allowed in requirements(lines).items():
            assert allowed == (REQUIRED | OF_EXTRAS)[name]


def test_test_and_docs_install_torch():
    assert "skising[torch]" in EXTRAS["test"]
    assert "skising[torch]" in EXTRAS["docs"]


def test_recipe_requires_what_pyproject_requires():
    base, everything = yaml.safe_load(read("recipe/recipe.yaml"))["outputs"]
    conda = {"matplotlib": "matplotlib-base", "torch": "pytorch"}
    python, *run = base["requirements"]["run"]
    assert python == f"python {PROJECT['requires-python']}"
    assert run == [f"{conda.get(name, name)} {allowed}" for name, allowed in REQUIRED.items()]
    _, *run = everything["requirements"]["run"]
    assert sorted(run) == sorted(f"{conda.get(name, name)} {TORCH[name]}" for name in TORCH)


def test_lowest_versions_are_the_bounds():
    command = [sys.executable, ROOT / ".ci" / "lowest_versions.py"]
    environment = {name: value for name, value in os.environ.items() if name != "TORCH"}
    process = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    lowest = [line for line in process.stdout.splitlines() if "==" in line]
    bounds = {name: str(allowed).removeprefix(">=") for name, allowed in (REQUIRED | TORCH).items()}
    assert {f"{name}=={version}" for name, version in bounds.items()} <= set(lowest)


def test_every_tested_python_is_named():
    prefix = "Programming Language :: Python :: "
    named = [text.removeprefix(prefix) for text in PROJECT["classifiers"] if prefix in text]
    jobs = yaml.safe_load(read(".github/workflows/tests.yml"))["jobs"]
    tested = {entry["python"] for entry in jobs["gate"]["strategy"]["matrix"]["include"]}
    assert set(named) - {"3"} == tested
    assert min(tested, key=Version) == PROJECT["requires-python"].removeprefix(">=")


@pytest.mark.parametrize(
    "part", ["python -m pytest", "examples/plot_quickstart.py", "python -m sphinx"]
)
def test_the_gate_finds_each_command_in_the_readme(part):
    assert part in read(".ci/run")
    (command,) = [line for line in read("README.md").splitlines() if part in line]
    assert command.startswith("python -m pip install -c constraints.txt ")


def test_the_gate_leaves_no_test_out():
    (options,) = re.findall(r'^export PYTEST_ADDOPTS="(.+)"$', read(".ci/run"), re.MULTILINE)
    assert options.endswith("-m ''")
