"""Draw the figures of the user guide from small data sets.

Run it in this folder; it takes about a minute on one core and writes to ``docs/images``.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from skising import (
    BlockAveragingClassifier,
    BlockAveragingRegressor,
    exact,
    make_ising,
    staggered,
    symmetry,
)
from skising.display import (
    AccuracyCurveDisplay,
    EnergyCurveDisplay,
    LatticeDisplay,
    TrainingDisplay,
)
from skising.observables import integrated_autocorrelation_time
from skising.scaling import accuracy_curve

OUT = Path(__file__).parents[1] / "images"
TC = exact.CRITICAL_TEMPERATURE


def save(figure, name):
    """Write a figure of the guide."""
    figure.savefig(OUT / f"guide_{name}.png", dpi=160)
    plt.close(figure)


def draw_sample():
    """Draw a lattice below, near and above the critical temperature."""
    temperatures = [1.8, 2.3, 3.0]
    ising = make_ising(3, 128, temperatures, random_state=1)
    figure, axes = plt.subplots(1, 3, figsize=(8, 3.6), layout="constrained")
    for ax, lattice, temperature in zip(axes, ising.data, temperatures, strict=True):
        LatticeDisplay.from_lattice(lattice, temperature=temperature, ax=ax)
    save(figure, "sample")


def draw_autocorrelation():
    """Draw the energy of a chain at Tc by two algorithms, and its autocorrelation."""
    figure, axes = plt.subplots(1, 2, figsize=(8, 2.9), layout="constrained")
    for algorithm, color in [("metropolis", "#d55e00"), ("swendsen-wang", "#0072b2")]:
        settings = {"algorithm": algorithm, "thin": 1, "n_discard": 1000, "random_state": 0}
        ising = make_ising(64 * 2000, 32, TC, **settings)
        energy = ising.energy.reshape(ising.diagnostics.n_chains[0], -1)
        tau = integrated_autocorrelation_time(energy).tau
        axes[0].plot(energy[0, :300], color=color, lw=1)
        deviation = energy - energy.mean()
        n_frames = energy.shape[1]
        rho = [np.mean(deviation[:, : n_frames - t] * deviation[:, t:]) for t in range(80)]
        axes[1].plot(np.divide(rho, rho[0]), color=color, label=rf"{algorithm}, $\tau$ = {tau:.0f}")
    axes[0].set(xlabel="sweep", ylabel="energy density  ($J$)")
    axes[1].set(xlabel="distance  (sweeps)", ylabel=r"autocorrelation $\rho$")
    axes[1].axhline(0, color="0.7", lw=0.8, zorder=0)
    axes[1].legend(frameon=False)
    save(figure, "autocorrelation")


def draw_describe():
    """Draw the orbits of a block, and one of them by its irreps."""
    size = 9
    figure, ax = plt.subplots(figsize=(3.6, 3.6), layout="constrained")
    colors = plt.get_cmap("tab20").colors
    for k, orbit in enumerate(symmetry.orbits(size)):
        for site in orbit.sites:
            row, column = divmod(int(site), size)
            ax.plot(column, -row, "o", color=colors[k % len(colors)], ms=19)
            ax.text(column, -row, k + 1, ha="center", va="center", color="white", size=9)
    ax.set(aspect="equal", xlim=(-0.7, size - 0.3), ylim=(0.3 - size, 0.7))
    ax.set_axis_off()
    save(figure, "describe")


def draw_train():
    """Draw the losses of a training that stops early."""
    train = make_ising(320, 32, temperatures=[1.6, 2.0, 2.5, 3.2], random_state=0)
    model = BlockAveragingRegressor(
        8, descriptor="pair", early_stopping=True, max_epochs=40, random_state=0
    ).fit(train.data, train.energy)
    figure, ax = plt.subplots(figsize=(5, 3), layout="constrained")
    TrainingDisplay.from_estimator(model, ax=ax)
    save(figure, "train")


def draw_predict():
    """Draw predicted energies of lattices larger than those of the training."""
    train = make_ising(1000, 64, random_state=0)
    model = BlockAveragingRegressor(16, descriptor="pair", random_state=0)
    model.fit(train.data, train.energy)
    test = make_ising(15, 256, np.linspace(1.4, 3.2, 15), random_state=1)
    figure, ax = plt.subplots(figsize=(5, 3.2), layout="constrained")
    EnergyCurveDisplay.from_estimator(model, test.data, test.temperature, y=test.energy, ax=ax)
    save(figure, "predict")


def draw_analyse():
    """Draw the accuracy of single blocks of several sizes."""
    temperatures = np.linspace(1.6, 3.0, 29)
    train = make_ising(1160, 64, temperatures, target="phase", random_state=0)
    test = make_ising(1160, 64, temperatures, target="phase", random_state=1)
    models = [
        BlockAveragingClassifier(size, descriptor="pair", max_epochs=8, random_state=0).fit(
            train.data, train.target
        )
        for size in (8, 16, 32)
    ]
    curve = accuracy_curve(models, test.data, test.target, test.temperature)
    figure, ax = plt.subplots(figsize=(5.4, 3.2), layout="constrained")
    AccuracyCurveDisplay.from_frame(curve, ax=ax)
    save(figure, "analyse")


def draw_own_lattices():
    """Draw an antiferromagnet and the same lattice staggered."""
    ferromagnet = make_ising(1, 64, 2.3, random_state=6).data
    figure, axes = plt.subplots(1, 2, figsize=(6.4, 3.2), layout="constrained")
    for ax, lattice, title in [
        (axes[0], staggered(ferromagnet)[0], "an antiferromagnet"),
        (axes[1], ferromagnet[0], "the same lattice, staggered"),
    ]:
        LatticeDisplay.from_lattice(lattice, ax=ax)
        ax.set_title(title, size=10)
    save(figure, "own_lattices")


def main():
    """Write all figures."""
    plt.rcParams.update({"font.size": 10, "axes.spines.top": False, "axes.spines.right": False})
    draw_sample()
    draw_autocorrelation()
    draw_describe()
    draw_train()
    draw_predict()
    draw_analyse()
    draw_own_lattices()


if __name__ == "__main__":
    main()
