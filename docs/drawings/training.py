"""Draw the errors of trainings against their seconds, from the results of compare_training.py.

Run it in this folder; it writes to ``docs/images``.
"""

import json
from pathlib import Path

import matplotlib.pyplot as plt

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "compare_training.json"
OUT = ROOT / "docs" / "images" / "compare_training.png"
# Of the table "methods": name, l, colour, marker.
METHODS = [
    ("d4", "16", "#0072b2", "o"),
    ("d4, paper's network", "16", "#56b4e9", "v"),
    ("pair", "16", "#d55e00", "s"),
    ("both", "16", "#009e73", "D"),
    ("spins", "16", "#999999", "x"),
]
LINES = [
    ("bonds in blocks counted", "16", ":"),
    ("logistic, E and |m|", "", ":"),
    ("best possible", "", "--"),
]
PANELS = [
    ("energy", "RMSE, L = 64", "(a) RMSE of the energy  ($J$)"),
    ("phase", "near Tc, L = 64", "(b) wrong phases near $T_c$"),
]


def rows_of(figures, table):
    """Return the figures of each row of a table, by the values of its case."""
    rows = {}
    for figure in figures:
        if figure["table"] == table:
            case = tuple(str(value) for value in figure["case"].values())
            rows.setdefault(case, {})[figure["name"]] = figure["value"]
    return rows


def draw_panel(ax, figures, task, quantity):
    """Draw the errors of one task."""
    methods = rows_of(figures, f"methods: {task}")
    curves = [
        (
            rf"{name}, $\ell = {size}$",
            [r for case, r in methods.items() if case[:2] == (name, size)],
        )
        for name, size, *_ in METHODS
    ]
    cnn = rows_of(figures, f"cnn: {task}")
    curves.append(("CNN", [row for case, row in cnn.items() if case[0] == "constant"]))
    curves.append(("CNN, one cycle", [row for case, row in cnn.items() if case[0] == "cycle"]))
    styles = [method[2:] for method in METHODS] + [("black", "^"), ("black", "*")]
    for (label, rows), (color, marker) in zip(curves, styles, strict=True):
        seconds = [row["two threads"] for row in rows]
        errors = [row[quantity] for row in rows]
        ax.plot(seconds, errors, marker=marker, color=color, ms=5, lw=1.2, label=label)
    for name, size, style in LINES:
        if row := methods.get((name, size, "")):
            ax.axhline(row[quantity], color="0.4", lw=1, ls=style, label=name)


def main():
    """Draw both panels."""
    figures = json.loads(RESULTS.read_text(encoding="utf-8"))["figures"]
    figure, axes = plt.subplots(1, 2, figsize=(10, 4.4), layout="constrained")
    for ax, (task, quantity, title) in zip(axes, PANELS, strict=True):
        draw_panel(ax, figures, task, quantity)
        ax.set(xscale="log", yscale="log", xlabel="training on two threads  (s)")
        ax.set_title(title, size=11, loc="left")
        ax.spines[["top", "right"]].set_visible(False)
    axes[0].legend(frameon=False, fontsize=8, loc=(0.02, 0.13), ncols=2)
    axes[1].set(yscale="linear", ylim=(0, 0.13))
    lines = [line for line in axes[1].get_lines() if line.get_label() in {n for n, *_ in LINES}]
    axes[1].legend(handles=lines, frameon=False, fontsize=8, loc="lower right")
    figure.savefig(OUT, dpi=160)


if __name__ == "__main__":
    main()
