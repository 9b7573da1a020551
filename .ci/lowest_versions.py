"""Print the lowest version of each package that pyproject.toml allows, as constraints for pip.

The environment variable TORCH names another version of torch.
"""

import os
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
# What old versions need that do not say so themselves.
ALSO = ["pyparsing<3.3"]  # matplotlib 3.9.0 calls what 3.3 deprecates
# Formatting and types are checked with the versions of constraints.txt alone.
NOT_LOWERED = ("mypy", "pandas-stubs", "ruff")
LOWER_BOUND = re.compile(r"([\w-]+)>=([\d.]+)")


def main():
    """Print a constraint for each package."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    lowest = {}
    for extra in (project["dependencies"], *(extras[name] for name in extras if name != "docs")):
        matches = [LOWER_BOUND.fullmatch(requirement) for requirement in extra]
        lowest |= {match[1]: match[2] for match in matches if match}
    lowest["torch"] = os.environ.get("TORCH", lowest["torch"])
    print(*(f"{name}=={lowest[name]}" for name in lowest if name not in NOT_LOWERED), sep="\n")
    print(*ALSO, sep="\n")


if __name__ == "__main__":
    main()
