"""
Sampling lattices, and telling whether to trust them
====================================================

All that a model learns it learns from Monte Carlo lattices. `make_ising` draws them, and reports
how it did so: by which algorithm, after how many sweeps, how correlated, and how far from the exact
energy of a lattice of this very size.
"""

# %%
# Draw lattices, and read the report
# ----------------------------------
# There is a row for each temperature. "auto" has taken Metropolis, which moves 64 lattices at a
# time, wherever it is fast enough, and clusters around the critical temperature, where local
# updates get stuck. `thin` sweeps lie between two lattices of a chain, and `tau` is the
# integrated autocorrelation time in the same unit: two lattices 2 tau apart are worth two
# independent ones. `tau` is measured during the burn-in, which is short: take it for a check of
# `thin`, not for more.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy import stats

from skising import exact, make_ising
from skising.observables import binder_cumulant, integrated_autocorrelation_time

temperatures = np.linspace(1.2, 3.6, 25)
ising = make_ising(25 * 256, 64, temperatures, random_state=0, n_jobs=-1)
report = ising.diagnostics
columns = ["temperature", "algorithm", "n_discard", "thin", "tau_energy", "tau_m2", "mean_energy"]
print(report[columns].to_string(index=False, float_format="{:.4g}".format))

# %%
# Energies against Kaufman's
# --------------------------
# The energy of a finite, periodic lattice is known exactly. The deviations from it, in units of
# their errors, should be normal: their squares should add up to about their number. A small
# p-value would tell that something is wrong: chains too short, a bad generator, a bug.

deviation = (report.mean_energy - report.exact_energy) / report.mean_energy_error
chi_square = np.sum(deviation**2)
print(f"chi-square {chi_square:.1f} for {len(deviation)} temperatures, ", end="")
print(f"p = {stats.chi2.sf(chi_square, len(deviation)):.2f}; ", end="")
print(f"largest deviation {deviation.abs().max():.1f} errors")

COLORS = {"metropolis": "#0072b2", "swendsen-wang": "#d55e00", "wolff": "#009e73"}
MARKERS = {"metropolis": "o", "swendsen-wang": "s", "wolff": "^"}
plt.rcParams.update({"font.size": 11, "axes.spines.top": False, "axes.spines.right": False})
figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
for algorithm, part in report.assign(deviation=deviation).groupby("algorithm"):
    style = {"color": COLORS[algorithm], "marker": MARKERS[algorithm], "ls": "", "ms": 5}
    axes[0].plot(part.temperature, part.deviation, label=algorithm, **style)
    axes[1].errorbar(part.temperature, part.tau_energy, part.tau_energy_error, **style)
    axes[1].plot(part.temperature, part.thin / 2, "_", color=COLORS[algorithm], ms=12)
axes[0].axhspan(-2, 2, color="0.93", zorder=0)
axes[0].axhline(0, color="0.6", lw=0.8)
axes[0].set(ylim=(-4, 4), ylabel="(measured - exact energy) / error")
axes[0].legend(frameon=False, loc="upper left")
axes[1].set(yscale="log", ylabel=r"$\tau$ of the energy (sweeps)")
axes[1].plot([], [], "_", color="0.4", ms=12, label="thin / 2")
axes[1].legend(frameon=False)
for panel in axes:
    panel.axvline(exact.CRITICAL_TEMPERATURE, color="0.6", ls="--", lw=1, zorder=0)
    panel.set_xlabel("temperature $T$  ($J/k_B$)")
figure.savefig("sampling.png", dpi=150)
print("figure: sampling.png")

# %%
# Three algorithms, one distribution
# ----------------------------------
# At the critical temperature the algorithms differ most. With ``thin=1`` they return each step,
# so that the correlation can be seen, and measured. A Metropolis sweep costs far less than one of
# Swendsen-Wang; a Wolff cluster is only a part of the lattice, here about half.

LATTICE_SIZE = 32
figure, axes = plt.subplots(3, 1, figsize=(7, 5.4), layout="constrained", sharex=True, sharey=True)
rows = []
for panel, (algorithm, n_chains) in zip(
    axes, [("metropolis", 64), ("swendsen-wang", 4), ("wolff", 4)], strict=True
):
    chains = make_ising(
        96_000,
        LATTICE_SIZE,
        exact.CRITICAL_TEMPERATURE,
        algorithm=algorithm,
        thin=1,
        n_discard=2000,
        random_state=1,
    )
    series = chains.energy.reshape(n_chains, -1)
    tau, tau_error = integrated_autocorrelation_time(series)
    error = np.sqrt(2 * tau * series.var() / series.size)
    difference = series.mean() - exact.kaufman_energy(exact.CRITICAL_TEMPERATURE, LATTICE_SIZE)
    rows.append((algorithm, tau, tau_error, series.mean(), error, difference / error))
    panel.plot(series[0, :400], color=COLORS[algorithm], lw=1)
    panel.set_title(rf"{algorithm}, $\tau = {tau:.1f}$", size=11, loc="left")
axes[1].set(ylabel="energy per site  ($J$)")
axes[2].set(xlabel="sweeps, for Wolff clusters")
figure.savefig("algorithms.png", dpi=150)
print("figure: algorithms.png")

names = ["algorithm", "tau", "error of tau", "energy", "error", "(energy - exact) / error"]
print(pd.DataFrame(rows, columns=names).to_string(index=False, float_format="{:.4g}".format))

# %%
# Does the transition sit where it should?
# ----------------------------------------
# Binder's cumulant hardly depends on the size at the critical temperature, so that curves of
# several sizes cross there, at 0.6107 for large lattices (dotted). The dashed line is Onsager's
# temperature.

near = np.linspace(2.15, 2.4, 11)
figure, panel = plt.subplots(figsize=(6.4, 4), layout="constrained")
for size, color, marker in [(8, "#0072b2", "o"), (16, "#d55e00", "s"), (32, "#009e73", "^")]:
    lattices = make_ising(11 * 1500, size, near, random_state=2, n_jobs=-1)
    cumulant = binder_cumulant(lattices.magnetization.reshape(11, -1))
    panel.plot(near, cumulant, color=color, marker=marker, ms=5, lw=1.2, label=f"$L = {size}$")
panel.axvline(exact.CRITICAL_TEMPERATURE, color="0.6", ls="--", lw=1, zorder=0)
panel.axhline(0.6107, color="0.6", ls=":", lw=1, zorder=0)
panel.set(xlabel="temperature $T$  ($J/k_B$)", ylabel="Binder cumulant $U$")
panel.legend(frameon=False)
figure.savefig("binder.png", dpi=150)
print("figure: binder.png")
