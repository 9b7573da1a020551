"""
Reproduce the paper's figures
=============================

This program reproduces Figs. 3 to 8 of Phys. Rev. E 108, 065304 (2023), and prints a table of their
numbers with errors beside those of the paper. Figs. 1 and 2 are sketches of the method. Run it by::

    python examples/reproduce_paper.py --out reproduced
    python examples/reproduce_paper.py --out reproduced --scale paper

The default scale, "laptop", takes some minutes on two cores: it uses smaller and fewer lattices.
The scale "paper" uses the lattices of the paper: 320 x 320 sites, 40,000 training lattices and
8,000 test lattices for the energy, 50,000 and 10,000 for the phases. The paper trains for 500
epochs, this program for 10 and for 4 (docs/reproduction.rst). It writes 11 GB of lattices to the
folder ``--out`` and reads them by parts. It saves the state of each training after every epoch.
If it is killed, start it again and it continues where it stopped. ``times.csv`` lists the seconds
of each part, of the last start only if it was killed.

``--network paper`` trains networks like the paper's in place of the library's default. For
energies these are convolutions over the orbits of a block and fully connected layers. For phases
they are six fully connected layers: one keeps the number of features, four halve it, and the last
has one output. Before each output there is a dropout of 0.2. The paper does not print the widths.
They are those of `OrbitNetwork` for energies, and a choice of this program for phases.
"""

# sphinx_gallery_thumbnail_path = "images/reproduced/figure_5.png"

import argparse
import dataclasses
import time
import warnings
from contextlib import contextmanager, nullcontext
from pathlib import Path

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.metrics import PredictionErrorDisplay

from skising import (
    BlockAveragingClassifier,
    BlockAveragingRegressor,
    D4Descriptor,
    exact,
    load,
    make_ising,
    save,
    symmetry,
)
from skising.display import (
    AccuracyCurveDisplay,
    DataCollapseDisplay,
    EnergyCurveDisplay,
    LatticeDisplay,
    TemperatureWindowDisplay,
)
from skising.networks import OrbitNetwork
from skising.scaling import DataCollapse, PowerLaw, accuracy_curve, temperature_window

TC = exact.CRITICAL_TEMPERATURE
PAPER_TEMPERATURES = np.linspace(1.2, 3.6, 40)


@dataclasses.dataclass(frozen=True)
class Scale:
    """The amounts of data and training: `n_energy` and `n_phase` are (training, test) lattices."""

    lattice_size: int
    n_energy: tuple
    n_phase: tuple
    energy_epochs: int
    phase_epochs: int
    batch_size: int
    energy_block_sizes: tuple
    phase_block_sizes: tuple


SCALES = {
    "laptop": Scale(
        lattice_size=192,
        n_energy=(4000, 320),
        n_phase=(4800, 3440),
        energy_epochs=15,
        phase_epochs=15,
        batch_size=16,
        energy_block_sizes=(32, 64),
        phase_block_sizes=(8, 12, 16, 24, 32, 48),
    ),
    "paper": Scale(
        lattice_size=320,
        n_energy=(40_000, 8_000),
        n_phase=(50_000, 10_000),
        energy_epochs=10,
        phase_epochs=4,
        batch_size=32,
        energy_block_sizes=(32, 64),
        phase_block_sizes=(8, 10, 16, 20, 32, 40, 64),
    ),
}


def energy_network(network):
    """Return `net_params` for the energy."""
    return None if network == "default" else {"module": OrbitNetwork, "module__dropout": 0.2}


def phase_network(network, block_size):
    """Return `net_params` for the phases of blocks of this size."""
    if network == "default":
        return None
    blocks = np.ones((1, block_size, block_size), np.int8)
    width = D4Descriptor().fit(blocks).n_features_out_
    hidden = tuple(max(1, width >> k) for k in range(5))  # the output is the fifth reducing layer
    return {"module__hidden": hidden, "module__dropout": 0.2}


class Results:
    """The lattices, networks, figures and numbers at one scale, in a folder."""

    def __init__(self, scale, out, device, network="default"):
        self.scale, self.out, self.device, self.network = scale, out, device, network
        self.rows = []
        out.mkdir(parents=True, exist_ok=True)

    def lattices(self, name, n_samples, temperatures, seed):
        """Return lattices from the folder; draw those that are missing."""
        path = self.out / f"{name}.npy"
        with nullcontext() if path.exists() else self.keep_time(name):
            return make_ising(
                n_samples,
                self.scale.lattice_size,
                temperatures,
                out=path,
                random_state=seed,
                n_jobs=-1,
                verbose=1,
            )

    @contextmanager
    def keep_time(self, name):
        """Add the seconds of a part of the work to a file."""
        start = time.perf_counter()
        yield
        with open(self.out / "times.csv", "a", encoding="utf-8") as file:
            file.write(f"{name},{time.perf_counter() - start:.0f}\n")

    def fitted(self, name, model, X, y):
        """Return the fitted model from the folder; train it if it is missing."""
        name += "" if self.network == "default" else f"_{self.network}"
        path = self.out / f"{name}.safetensors"
        if path.exists():
            return load(path)
        checkpoint = self.out / f"{name}.checkpoint"
        is_energy = isinstance(model, BlockAveragingRegressor)
        model.set_params(
            max_epochs=self.scale.energy_epochs if is_energy else self.scale.phase_epochs,
            batch_size=self.scale.batch_size,
            random_shift=True,
            device=self.device,
            checkpoint=str(checkpoint),
            random_state=0,
            verbose=1,
        )
        print(name, flush=True)
        with self.keep_time(name):
            model.fit(X, y)
        save(model.set_params(checkpoint=None, device="auto"), path)
        checkpoint.unlink()
        return model

    def add_row(self, figure, quantity, value, error, paper):
        """Add a number to the table."""
        row = {"figure": figure, "quantity": quantity, "value": value, "error": error}
        self.rows.append(row | {"paper": paper})

    def save_figure(self, figure, name):
        """Write a figure to the folder."""
        figure.savefig(self.out / f"{name}.png", dpi=150)
        plt.close(figure)


def energy(results):
    """Draw the energy density against temperature and against measured energies: Fig. 3."""
    train = results.lattices("energy_train", results.scale.n_energy[0], PAPER_TEMPERATURES, 0)
    test = results.lattices("energy_test", results.scale.n_energy[1], PAPER_TEMPERATURES, 1)
    sizes = results.scale.energy_block_sizes
    figure, axes = plt.subplots(len(sizes), 2, figsize=(10, 7.6))
    for letters, row, size in zip(["ac", "bd"], axes, sizes, strict=True):
        model = BlockAveragingRegressor(size, net_params=energy_network(results.network))
        model = results.fitted(f"energy_{size}", model, train.data, train.energy)
        predicted, sigma = model.predict(test.data, return_std=True)
        EnergyCurveDisplay.from_predictions(
            test.temperature, predicted, sigma=sigma, y=test.energy, ax=row[0]
        )
        PredictionErrorDisplay.from_predictions(
            test.energy,
            predicted,
            kind="actual_vs_predicted",
            ax=row[1],
            scatter_kwargs={"color": "#0072b2", "s": 8, "alpha": 0.5, "rasterized": True},
            line_kwargs={"color": "black", "lw": 1},
        )
        row[1].set(xticks=[-2, -1.5, -1, -0.5], yticks=[-2, -1.5, -1, -0.5])
        row[1].set(xlabel="Predicted $e$ ($J$)", ylabel="Measured $e$ ($J$)")
        for letter, panel in zip(letters, row, strict=True):
            panel.set_title(rf"({letter}) $\ell = {size}$")
        difference = predicted - test.energy
        results.add_row(
            "3",
            f"RMSE of the energy, l = {size}",
            np.sqrt(np.mean(difference**2)),
            np.nan,
            "no number given",
        )
        for side, is_on_side, paper in [
            ("below", test.temperature < TC, "too low, more so for l = 32"),
            ("above", test.temperature > TC, "too high, more so for l = 32"),
        ]:
            errors = difference[is_on_side]
            mean, standard_error = errors.mean(), errors.std(ddof=1) / np.sqrt(len(errors))
            results.add_row("3", f"mean error {side} Tc, l = {size}", mean, standard_error, paper)
    results.save_figure(figure, "figure_3")


def snapshots(results):
    """Draw a lattice far from the critical temperature and one near it, with a block: Fig. 4."""
    shown = [4.2, 2.28]
    lattices = make_ising(2, 320, shown, random_state=4)
    figure, axes = plt.subplots(1, 2, figsize=(9, 5.4), layout="compressed")
    for letter, panel, lattice, temperature in zip("ab", axes, lattices.data, shown, strict=True):
        LatticeDisplay.from_lattice(lattice, block_size=32, temperature=temperature, ax=panel)
        panel.set_title(rf"({letter}) $T = {temperature}\,J/k_B$")
    results.save_figure(figure, "figure_4")


def phase_models(results):
    """Return a classifier for each block size."""
    train = results.lattices("phase_train", results.scale.n_phase[0], PAPER_TEMPERATURES, 2)
    models = []
    for size in results.scale.phase_block_sizes:
        model = BlockAveragingClassifier(size, net_params=phase_network(results.network, size))
        models.append(results.fitted(f"phase_{size}", model, train.data, train.temperature > TC))
    return models


def accuracy(results, models):
    """Draw the accuracy of single blocks and its window, Fig. 5; return the curve and resamples."""
    temperatures = np.unique(
        [*np.linspace(1.4, 2.0, 7), *np.linspace(2.0, 2.56, 29), *np.linspace(2.6, 3.4, 7)]
    )
    test = results.lattices("phase_test", results.scale.n_phase[1], temperatures, 3)
    curve, resamples = accuracy_curve(
        models, test.data, test.temperature > TC, test.temperature, n_resamples=200, random_state=0
    )
    curve.to_csv(results.out / "accuracy.csv", index=False)
    figure, axes = plt.subplots(1, 2, figsize=(11, 4.4))
    AccuracyCurveDisplay.from_frame(curve, ax=axes[0], linewidth=1.2, markersize=4)
    windows, fits = [], {}
    for threshold in (0.85, 0.9):
        window = temperature_window(curve, threshold, random_state=0).assign(threshold=threshold)
        windows.append(window)
        closed = window[window.block_size >= 12].dropna()
        for offset, size in [(0, "l"), (1, "l - 1")]:
            fit = PowerLaw(x_offset=offset)
            fit.fit(closed.block_size, closed.width, closed.width_error)
            fits[threshold, offset] = fit
            name = f"A < {threshold}, size {size}"
            exponent = fit.exponent_, fit.exponent_std_
            results.add_row("5(b)", f"exponent of the window, {name}", *exponent, "-1")
            chi2 = fit.reduced_chi2_
            results.add_row("5(b)", f"reduced chi-square, {name}", chi2, np.nan, "no number given")
    windows = pd.concat(windows)
    windows.to_csv(results.out / "windows.csv", index=False)
    TemperatureWindowDisplay.from_frame(windows, ax=axes[1], power_law=fits[0.85, 1])
    for letter, panel in zip("ab", axes, strict=True):
        panel.set_title(f"({letter})")
    results.save_figure(figure, "figure_5")
    return curve, resamples


def collapse(results, curve, resamples):
    """Draw the collapse of the accuracies: Fig. 6."""
    is_near = (curve.temperature - TC).abs() * curve.block_size < 4
    is_used = is_near & (curve.block_size >= 12)
    # A block has l - 1 bonds across, and theta is 0 at a continuous transition. The second fit is a
    # check of both.
    fits = {
        "theta = 0, size l - 1": DataCollapse(theta=0, size_offset=1, random_state=0),
        "all free, size l": DataCollapse(random_state=0),
        "exponents of the paper": DataCollapse(
            critical_temperature=TC, nu=1, theta=0.12, random_state=0
        ),
    }
    for fit in fits.values():
        fit.fit_curve(curve[is_used], resamples[is_used.to_numpy()])
    figure, axes = plt.subplots(1, 2, figsize=(11, 4.4))
    shown = {"theta = 0, size l - 1": r"(a) $\theta = 0$, size $\ell - 1$"}
    shown["exponents of the paper"] = "(b) exponents of the paper"
    for panel, (name, title) in zip(axes, shown.items(), strict=True):
        DataCollapseDisplay.from_estimator(fits[name], ax=panel, markersize=4)
        panel.set_title(title)
    results.save_figure(figure, "figure_6")
    words = {"critical_temperature": "critical temperature", "nu": "nu", "theta": "theta"}
    known = {"critical_temperature": f"{TC:.4f} (exact)", "nu": "1", "theta": "0.12"}
    for name, fit in fits.items():
        for parameter, row in fit.summary().iterrows():
            if row["fitted"]:
                quantity = f"{words[parameter]}, {name}"
                results.add_row("6", quantity, row["estimate"], row["std"], known[parameter])
        results.add_row("6", f"quality, {name}", fit.quality_, np.nan, "no number given")


def orbits_and_domains(results):
    """Draw orbits of sites and the domains of the reference: Fig. 7."""
    size, half = 9, 4
    figure, axes = plt.subplots(1, 3, figsize=(10, 3.6))
    orbits = {orbit.representative: orbit for orbit in symmetry.orbits(size)}
    panels = [
        (axes[0], "(a) four sites", {(0, 3): "#0072b2", (2, 2): "#d55e00"}),
        (axes[1], "(b) eight sites", {(1, 3): "#009e73"}),
    ]
    for panel, title, shown in panels:
        panel.set_title(title)
        for representative, color in shown.items():
            for number, site in enumerate(orbits[representative].sites, 1):
                row, column = divmod(site, size)
                panel.plot(column - half, half - row, "o", color=color, ms=15, zorder=3)
                panel.text(
                    column - half, half - row, number, color="white", ha="center", va="center"
                )
    axes[2].set_title("(c) domains of the reference")
    for k, name in enumerate("ABCDEFGH"):
        angle = np.pi / 8 * (2 * k + 1)
        center = 2.7 * np.cos(angle), 2.7 * np.sin(angle)
        axes[2].text(*center, name, size=15, ha="center", va="center")
        sides = np.pi / 4 * np.array([k, k + 1])
        corners = half * np.sign(np.round([np.cos(sides), np.sin(sides)], 9))
        axes[2].fill(*np.column_stack([[0, 0], corners]), color=("0.8", "0.92")[k % 2], lw=0)
    sites = np.stack(np.meshgrid(*2 * [np.arange(-half, half + 1)]), -1).reshape(-1, 2)
    for panel in axes:
        panel.plot(*sites.T, ".", color="0.6", ms=4, zorder=1)
        panel.set(aspect="equal", xticks=[], yticks=[])
        panel.spines[:].set_visible(False)
    results.save_figure(figure, "figure_7")


def equivariance(results):
    """Draw the predictions for the eight images of lattices: Fig. 8."""
    train = results.lattices("energy_train", results.scale.n_energy[0], PAPER_TEMPERATURES, 0)
    test = results.lattices("energy_test", results.scale.n_energy[1], PAPER_TEMPERATURES, 1)
    lattices = test.data[:: len(test.data) // 320]
    energy = test.energy[:: len(test.data) // 320]
    images = [np.rot90(x, k, (1, 2)) for x in (lattices, lattices[:, :, ::-1]) for k in range(4)]
    figure, axes = plt.subplots(1, 2, figsize=(10, 4.4))
    for name, descriptor, color in [
        ("energy_32_spins", "spins", "#d55e00"),
        ("energy_32", "d4", "#0072b2"),
    ]:
        # There are no orbits to convolve over in raw spins.
        net_params = energy_network(results.network) if descriptor == "d4" else None
        model = BlockAveragingRegressor(32, descriptor=descriptor, net_params=net_params)
        model = results.fitted(name, model, train.data, train.energy)
        predicted = np.array([model.predict(image) for image in images])
        for panel in axes:
            lines = panel.plot(predicted.T, energy, ".", color=color, ms=3)
        lines[0].set_label(f'descriptor="{descriptor}"')
        ranges = np.ptp(predicted, axis=0)
        paper = "0" if descriptor == "d4" else "noticeable"
        results.add_row(
            "8", f"largest range over images, {descriptor}", ranges.max(), np.nan, paper
        )
        results.add_row("8", f"mean range over images, {descriptor}", ranges.mean(), np.nan, paper)
    panels = [("(a)", axes[0], -2.02, -0.4), ("(b) low energies", axes[1], -2.005, -1.9)]
    for title, panel, low, high in panels:
        panel.axline((-1, -1), slope=1, color="black", lw=0.8)
        panel.set(xlim=(low, high), ylim=(low, high))
        panel.set(xlabel="Predicted $e$ ($J$)", ylabel="Measured $e$ ($J$)")
        panel.set_title(title)
    axes[1].legend(markerscale=3)
    results.save_figure(figure, "figure_8")


def write_table(results):
    """Write the table as CSV and as markdown, and print it."""
    table = pd.DataFrame(results.rows)
    table.to_csv(results.out / "table.csv", index=False)
    lines = ["| figure | quantity | here | the paper |", "|---|---|---|---|"]
    for row in results.rows:
        if np.isnan(row["error"]):
            value = f"{row['value']:.3g}"
        else:
            decimals = max(0, 1 - int(np.floor(np.log10(row["error"]))))
            value = f"{row['value']:.{decimals}f} +- {row['error']:.{decimals}f}"
        lines.append(f"| {row['figure']} | {row['quantity']} | {value} | {row['paper']} |")
    text = "\n".join(lines) + "\n"
    (results.out / "table.md").write_text(text, encoding="utf-8")
    print(text)


def main():
    """Reproduce the paper's figures."""
    parser = argparse.ArgumentParser(description="Reproduce the paper's figures.")
    parser.add_argument("--scale", choices=SCALES, default="laptop")
    parser.add_argument("--out", type=Path, default=Path("reproduced"), help="output folder")
    parser.add_argument("--network", choices=("default", "paper"), default="default")
    parser.add_argument("--device", default="auto", help="device for torch, e.g. cuda")
    arguments = parser.parse_args()
    plt.style.use("skising.display.skising")
    start = time.perf_counter()
    scale, out = SCALES[arguments.scale], arguments.out / arguments.scale
    results = Results(scale, out, arguments.device, arguments.network)
    with warnings.catch_warnings():
        # The accuracy of a large block may stay above the threshold. Its window is then NaN.
        warnings.filterwarnings("ignore", message="block_size .* no crossing")
        energy(results)
        snapshots(results)
        curve, resamples = accuracy(results, phase_models(results))
        collapse(results, curve, resamples)
        orbits_and_domains(results)
        equivariance(results)
    write_table(results)
    print(f"{(time.perf_counter() - start) / 60:.1f} minutes; figures in {results.out}")


if __name__ == "__main__":
    main()
