"""Print the figures of a benchmark as tables and write them as JSON."""

import argparse
import datetime
import importlib.metadata
import json
import math
import os
import platform
from dataclasses import dataclass
from pathlib import Path

import skising

PACKAGES = ("numpy", "numba", "torch", "scikit-learn")


@dataclass(frozen=True)
class Column:
    """A quantity that a script measures.

    Attributes
    ----------
    name, unit : str
        The unit is "" for a pure number.
    format : str
        Format specification of the printed value.
    expected : str or None
        The value that theory or the project's requirements ask for, in words.
    """

    name: str
    unit: str = ""
    format: str = ".3g"
    expected: str | None = None

    @property
    def heading(self):
        return f"{self.name}, {self.unit}" if self.unit else self.name

    def text(self, value):
        return "-" if value is None else format(value, self.format)


def argument_parser(description):
    """Return a parser with the option ``--json``, which all scripts have."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE")
    return parser


def json_value(value):
    """Return a number or text as a type of JSON: null for NaN and infinity."""
    value = getattr(value, "item", lambda: value)()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def without_folder(value):
    """Return a path without the folders of this machine; anything else as it is."""
    is_path = isinstance(value, Path) or (isinstance(value, str) and os.path.isabs(value))
    return Path(value).name if is_path else value


def processor():
    """Return the model of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def machine():
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "memory_GB": round(memory / 1e9, 1),
    }


def versions():
    packages = {package: importlib.metadata.version(package) for package in PACKAGES}
    return {"python": platform.python_version(), **packages, "skising": skising.__version__}


class Results:
    """The figures of one run of a script.

    Parameters
    ----------
    script : str
        The script's ``__file__``.
    options : argparse.Namespace
        What a parser from `argument_parser` has returned.
    """

    def __init__(self, script, options):
        self.script = Path(script).name
        self.options = options
        self.figures = []

    def add(self, column, value, table=None, case=None):
        """Keep a figure, with the table that it is in and the settings of its row."""
        figure = {
            "table": table,
            "case": {name: json_value(setting) for name, setting in (case or {}).items()},
            "name": column.name,
            "value": json_value(value),
            "unit": column.unit,
            "expected": column.expected,
        }
        self.figures.append(figure)

    def line(self, column, value):
        """Print a figure on a line of its own and keep it."""
        print(f"{column.name}: {column.text(value)} {column.unit}".rstrip(), flush=True)
        self.add(column, value)

    def table(self, title, cases, columns):
        """Print the head of a table and return the table."""
        return Table(self, title, cases, columns)

    def write(self):
        """Write all figures to the file given by ``--json``, if any."""
        if self.options.json is None:
            return
        options = vars(self.options).items()
        arguments = {name: without_folder(value) for name, value in options if name != "json"}
        content = {
            "script": self.script,
            "arguments": arguments,
            "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "machine": machine(),
            "versions": versions(),
        }
        head = json.dumps(content, indent=2, ensure_ascii=False, default=str)
        # A line per figure, so that a comparison of two files shows which figures differ.
        lines = [json.dumps(f, ensure_ascii=False, allow_nan=False) for f in self.figures]
        figures = ",\n    ".join(lines)
        text = head.removesuffix("\n}") + f',\n  "figures": [\n    {figures}\n  ]\n}}\n'
        self.options.json.write_text(text, encoding="utf-8")


class Table:
    """A table that is printed row by row.

    Parameters
    ----------
    results : Results
        It keeps the figures of the rows.
    title : str
    cases : dict of str to int
        Names of the settings that differ from row to row, and the least width of their columns.
    columns : list of Column
        The measured quantities.
    """

    def __init__(self, results, title, cases, columns):
        self.results, self.title, self.cases, self.columns = results, title, cases, columns
        self.widths = [max(width, len(name)) for name, width in cases.items()]
        self.widths += [max(8, len(column.heading)) for column in columns]
        print(f"\n{title}")
        self._print([*cases, *(column.heading for column in columns)])

    def _print(self, cells):
        cells = (f"{cell:>{width}}" for cell, width in zip(cells, self.widths, strict=True))
        print("  ".join(cells), flush=True)

    def row(self, case, values):
        """Print a row and keep its figures.

        Parameters
        ----------
        case : sequence
            A setting for each name in ``cases``.
        values : sequence
            A number, text or None for each of ``columns``.
        """
        texts = [column.text(value) for column, value in zip(self.columns, values, strict=True)]
        self._print([*map(str, case), *texts])
        settings = dict(zip(self.cases, case, strict=True))
        for column, value in zip(self.columns, values, strict=True):
            self.results.add(column, value, self.title, settings)
