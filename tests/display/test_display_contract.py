"""What all displays have in common."""

import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from display_data import (
    accuracy_curves,
    collapse_stabilities,
    collapsed_data,
    crossing_of,
    size_curves,
    temperature_windows,
)
from matplotlib.figure import Figure

from skising.display import (
    AccuracyCurveDisplay,
    BlockMapDisplay,
    CollapseStabilityDisplay,
    CurveDisplay,
    DataCollapseDisplay,
    EnergyCurveDisplay,
    LatticeDisplay,
    TemperatureWindowDisplay,
    TrainingDisplay,
)

EXAMPLES = {
    "lattice": lambda: LatticeDisplay(np.ones((8, 8)), block_size=2, correlation_length=3.0),
    "energy": lambda: EnergyCurveDisplay(
        pd.DataFrame({"temperature": [1.0, 2.0], "energy": [-2.0, -1.7]})
    ),
    "accuracy": lambda: AccuracyCurveDisplay(accuracy_curves()),
    "curve": lambda: CurveDisplay(size_curves(), crossing=crossing_of()),
    "window": lambda: TemperatureWindowDisplay(temperature_windows()),
    "collapse": lambda: DataCollapseDisplay(collapsed_data()),
    "map": lambda: BlockMapDisplay(np.ones((3, 4)), 2),
    "training": lambda: TrainingDisplay([{"train_loss": 0.5, "valid_loss": 0.6}]),
    "stability": lambda: CollapseStabilityDisplay(collapse_stabilities()),
}


@pytest.mark.parametrize("example", EXAMPLES)
def test_plot_draws_on_the_given_axes(example):
    display = EXAMPLES[example]()
    assert not hasattr(display, "ax_")
    assert display.plot() is display
    assert isinstance(display.figure_, Figure)
    first = display.ax_
    _, ax = plt.subplots()
    display.plot(ax)
    assert display.ax_ is ax is not first
    assert display.figure_ is ax.figure
    assert len(plt.get_fignums()) == 2


@pytest.mark.parametrize("example", sorted(set(EXAMPLES) - {"lattice", "map"}))
def test_keyword_aliases_override_the_defaults(example):
    display = EXAMPLES[example]().plot(lw=0.4, ls=":")
    lines = [display.train_] if example == "training" else []
    containers = [display.predicted_] if example == "energy" else getattr(display, "curves_", [])
    lines += [container.lines[0] for container in containers]
    assert lines
    for line in lines:
        assert (line.get_linewidth(), line.get_linestyle()) == (0.4, ":")


def test_module_loads_without_matplotlib_or_torch():
    code = (
        "import sys, skising; skising.display.LatticeDisplay; "
        "print([name for name in ('matplotlib', 'torch', 'numba') if name in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    process = subprocess.run(command, check=True, capture_output=True, text=True)
    assert process.stdout.strip() == "[]"
