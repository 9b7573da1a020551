"""Draw the three pictures of the landing page: a huge lattice, a thermometer, and a map.

Run it in this folder. It takes some two minutes on two cores and writes to ``docs/images``. The
scripts of the gallery that it is made from, ``plot_huge_lattice.py``, ``plot_thermometer.py`` and
``plot_local_map.py``, explain each step and print the numbers.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.patches import Rectangle

from skising import BlockAveragingRegressor, exact, make_ising

OUT = Path(__file__).parents[1] / "images"
UP, DOWN, FRAME, INK = "#0072b2", "#e3e8ec", "#e66100", "#1d2830"
SIZE = (4.8, 3.2)  # inches


def save(figure, name):
    """Write a picture of 960 x 640 pixels."""
    figure.savefig(OUT / f"card_{name}.png", dpi=200)
    plt.close(figure)


def draw_huge_lattice():
    """Draw a part of a large lattice near Tc, with random blocks of 16 x 16 sites."""
    lattice = make_ising(1, 768, [exact.CRITICAL_TEMPERATURE], random_state=2).data[0]
    figure = plt.figure(figsize=SIZE)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.imshow(lattice[:320, :480], cmap=ListedColormap([DOWN, UP]), interpolation="nearest")
    rng = np.random.default_rng(5)
    for row, column in zip(rng.integers(0, 304, 14), rng.integers(0, 464, 14), strict=True):
        ax.add_patch(Rectangle((column, row), 16, 16, fill=False, ec=FRAME, lw=2))
    ax.set_axis_off()
    save(figure, "huge_lattice")


def draw_thermometer():
    """Draw the error of predicted temperatures and the bound of Cramer and Rao."""
    size, temperatures = 64, np.linspace(1.6, 3.2, 33)
    train = make_ising(8000, size, np.linspace(1.3, 3.6, 200), random_state=0, n_jobs=-1)
    test = make_ising(33 * 200, size, temperatures, random_state=1, n_jobs=-1)
    model = BlockAveragingRegressor(32, descriptor="pair", max_epochs=30, random_state=0)
    predicted = model.fit(train.data, train.temperature).predict(test.data)
    rmse = np.sqrt(np.mean((predicted - test.temperature).reshape(33, -1) ** 2, axis=1))
    fine = np.linspace(1.6, 3.2, 200)
    bound = fine / (size * np.sqrt(exact.kaufman_specific_heat(fine, size)))
    figure, ax = plt.subplots(figsize=SIZE, layout="constrained")
    ax.plot(fine, bound, color=INK, lw=1.6, label="best possible (Cramér-Rao)")
    ax.plot(temperatures, rmse, "o", color=UP, ms=5, label="skising")
    ax.set(xlabel="temperature  ($J/k_B$)", ylabel="error of the temperature", ylim=0)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False)
    save(figure, "thermometer")


def sample_gradient(temperature, n_rows, n_sweeps, seed):
    """Return a lattice (n_rows, len(temperature)) whose columns have these temperatures."""
    rng = np.random.default_rng(seed)
    spins = np.ones((n_rows, len(temperature)), np.int8)
    is_black = np.indices(spins.shape).sum(axis=0) % 2 == 0
    for _ in range(n_sweeps):
        for colour in (is_black, ~is_black):
            neighbours = np.roll(spins, 1, axis=0) + np.roll(spins, -1, axis=0)
            neighbours[:, 1:] += spins[:, :-1]
            neighbours[:, :-1] += spins[:, 1:]
            accepted = rng.random(spins.shape) < np.exp(-2 * spins * neighbours / temperature)
            spins[accepted & colour] *= -1
    return spins


def draw_map():
    """Draw a lattice with a temperature gradient, and the temperatures predicted for its blocks."""
    temperature = np.linspace(1.6, 3.2, 480)
    lattice = sample_gradient(temperature, 160, 1500, seed=0)
    train = make_ising(2000, 64, random_state=0, n_jobs=-1)
    model = BlockAveragingRegressor(
        16, descriptor="pair", max_epochs=8, stride=4, random_state=0
    ).fit(train.data, train.temperature)
    found = model.predict_blocks(lattice[np.newaxis])[0]
    figure = plt.figure(figsize=SIZE)
    above, below = figure.add_axes((0, 0.5, 1, 0.5)), figure.add_axes((0, 0, 1, 0.5))
    above.imshow(lattice, cmap=ListedColormap([DOWN, UP]), interpolation="nearest", aspect="auto")
    below.imshow(found, cmap="viridis", vmin=1.4, vmax=3.4, aspect="auto")
    label = {"ha": "left", "va": "bottom", "size": 10, "color": INK}
    box = {"boxstyle": "round,pad=0.3", "fc": "white", "ec": "none", "alpha": 0.85}
    above.text(0.02, 0.06, "spins, cold to hot", **label, transform=above.transAxes, bbox=box)
    below.text(0.02, 0.06, "predicted temperature", **label, transform=below.transAxes, bbox=box)
    for ax in (above, below):
        ax.set_axis_off()
    save(figure, "map")


def main():
    """Write all pictures."""
    plt.rcParams.update({"font.size": 11})
    draw_huge_lattice()
    draw_thermometer()
    draw_map()


if __name__ == "__main__":
    main()
