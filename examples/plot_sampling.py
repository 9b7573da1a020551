"""
Sample lattices and check them
==============================

The quality of a model depends on its training lattices. `make_ising` draws lattices by Monte Carlo
simulation. It reports the algorithm, the numbers of sweeps, the autocorrelation times, and the mean
energy beside the exact energy of the same lattice size.
"""

# %%
# Draw lattices and read the diagnostics
# --------------------------------------
# The diagnostics have a row for each temperature. By default ``algorithm="auto"`` chooses
# Metropolis, which updates 64 lattices at a time, wherever it is fast enough. Near the critical
# temperature, where local updates are slow, it chooses a cluster algorithm. ``n_discard`` is the
# number of sweeps before the first lattice of a chain, and ``thin`` the number of sweeps between
# two lattices. ``tau_energy`` and ``tau_m2`` are integrated autocorrelation times :math:`\tau` in
# sweeps: lattices that are :math:`2 \tau` apart have a correlation of about :math:`e^{-2}`, 13 %.
# They are measured during the burn-in, which is short, so use them only to check ``thin``.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy import stats

from skising import exact, make_ising
from skising.observables import binder_cumulant, integrated_autocorrelation_time

temperatures = np.linspace(1.2, 3.6, 25)
ising = make_ising(25 * 256, 64, temperatures, random_state=0, n_jobs=-1)
diagnostics = ising.diagnostics
columns = ["temperature", "algorithm", "n_discard", "thin", "tau_energy", "tau_m2", "mean_energy"]
print(diagnostics[columns].to_string(index=False, float_format="{:.4g}".format))

# %%
# Compare the energies with Kaufman's exact result
# ------------------------------------------------
# The energy of a finite, periodic lattice is known exactly. The deviations from it, divided by
# their standard errors, should be normally distributed, so :math:`\chi^2` should be close to the
# number of temperatures. A small p-value would indicate chains that are too short, a bad random
# number generator, or a bug.

deviation = diagnostics.mean_energy - diagnostics.exact_energy
deviation = deviation / diagnostics.mean_energy_error
chi_square = np.sum(deviation**2)
print(f"chi-square {chi_square:.1f} for {len(deviation)} temperatures, ", end="")
print(f"p = {stats.chi2.sf(chi_square, len(deviation)):.2f}; ", end="")
print(f"largest deviation {deviation.abs().max():.1f} errors")

plt.style.use("skising.display.skising")
STYLES = {"metropolis": ("C0", "o"), "swendsen-wang": ("C1", "s"), "wolff": ("C2", "^")}
figure, axes = plt.subplots(1, 2, figsize=(10, 4))
for algorithm, part in diagnostics.assign(deviation=deviation).groupby("algorithm"):
    color, marker = STYLES[algorithm]
    axes[0].plot(part.temperature, part.deviation, color + marker, label=algorithm)
    axes[1].errorbar(part.temperature, part.tau_energy, part.tau_energy_error, fmt=color + marker)
    axes[1].plot(part.temperature, part.thin / 2, color + "_", ms=12)
axes[0].axhspan(-2, 2, color="0.93", zorder=0)
axes[0].set(ylim=(-4, 4), ylabel="(Measured - exact energy) / error")
axes[0].legend(loc="upper left")
axes[1].plot([], [], "_", color="0.4", ms=12, label="thin / 2")
axes[1].set(yscale="log", ylabel=r"$\tau$ of the energy (sweeps)")
axes[1].legend()
for panel in axes:
    panel.axvline(exact.CRITICAL_TEMPERATURE, color="0.6", ls="--", zorder=0)
    panel.set_xlabel("Temperature $T$ ($J/k_B$)")
figure.savefig("sampling.png", dpi=150)

# %%
# Three algorithms, one distribution
# ----------------------------------
# The algorithms differ most at the critical temperature. With ``thin=1`` they return the lattice
# after every sweep (Wolff: after every cluster), so the autocorrelation can be seen and measured. A
# Metropolis sweep costs far less than a Swendsen-Wang sweep. A Wolff cluster covers only a part of
# the lattice, here about half on average.

LATTICE_SIZE = 32
figure, axes = plt.subplots(3, 1, figsize=(7, 5.4), sharex=True, sharey=True)
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
    panel.plot(series[0, :400], STYLES[algorithm][0], lw=1)
    panel.set_title(rf"{algorithm}, $\tau = {tau:.1f}$")
axes[1].set(ylabel="Energy per site ($J$)")
axes[2].set(xlabel="Sweeps (Wolff: clusters)")
figure.savefig("algorithms.png", dpi=150)

names = ["algorithm", "tau", "error of tau", "energy", "error", "(energy - exact) / error"]
print(pd.DataFrame(rows, columns=names).to_string(index=False, float_format="{:.4g}".format))

# %%
# Check the critical temperature
# ------------------------------
# Binder's cumulant :math:`U` hardly depends on the lattice size at the critical temperature. Its
# curves for several sizes therefore cross there. For large lattices its value at the crossing is
# 0.6107 (dotted line). The dashed line is Onsager's critical temperature.

near = np.linspace(2.15, 2.4, 11)
figure, panel = plt.subplots(figsize=(6.4, 4))
for size, fmt in [(8, "o-"), (16, "s-"), (32, "^-")]:
    lattices = make_ising(11 * 1500, size, near, random_state=2, n_jobs=-1)
    cumulant = binder_cumulant(lattices.magnetization.reshape(11, -1))
    panel.plot(near, cumulant, fmt, label=f"$L = {size}$")
panel.axvline(exact.CRITICAL_TEMPERATURE, color="0.6", ls="--", zorder=0)
panel.axhline(0.6107, color="0.6", ls=":", zorder=0)
panel.set(xlabel="Temperature $T$ ($J/k_B$)", ylabel="Binder cumulant $U$")
panel.legend()
figure.savefig("binder.png", dpi=150)
