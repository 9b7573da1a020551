"""
Snapshots, windows and the correlation length
=============================================

A block tells what the lattice is like if it is larger than the correlation length xi. Lattices near
and far from the critical temperature, with both lengths drawn to scale, as in Fig. 4 of Phys. Rev.
E 108, 065304 (2023); then xi measured, beside the exact one.
"""

# %%
# What a block sees
# -----------------
# Below the critical temperature, close to it and above it, each with a block of 32 sites.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skising import exact, extract_blocks, make_ising
from skising.display import LatticeDisplay
from skising.observables import correlation_function, correlation_length

BLOCK_SIZE = 32
shown = [2.1, 2.29, 2.6]
snapshots = make_ising(3, 256, shown, random_state=4, n_jobs=-1)
figure, axes = plt.subplots(1, 3, figsize=(11, 4.8), layout="compressed")
for panel, lattice, temperature in zip(axes, snapshots.data, shown, strict=True):
    LatticeDisplay.from_lattice(lattice, block_size=BLOCK_SIZE, temperature=temperature, ax=panel)
figure.savefig("lattices.png", dpi=150)
print("figure: lattices.png")

# %%
# The same in numbers: how different are the blocks of one lattice? Far from the critical
# temperature all have about the same magnetization; close to it some are all black, others all
# white.

blocks = extract_blocks(snapshots.data, BLOCK_SIZE)
for temperature, m in zip(shown, blocks.mean(axis=(-2, -1)), strict=True):
    length = exact.correlation_length(temperature)
    print(f"T = {temperature}: xi = {length:5.1f}, magnetization of a block from ", end="")
    print(f"{m.min():+.2f} to {m.max():+.2f}")

# %%
# Measure the correlation length
# ------------------------------
# From the decay of the correlations at large distance, in lattices of 128 x 128 sites, with
# errors by the jackknife over chains. The temperatures stay away from the critical one, as far as
# xi is less than a tenth of the lattice; `correlation_length` warns where it is not.

temperatures = [1.9, 2.0, 2.1, 2.15, 2.2, 2.4, 2.5, 2.6, 2.8, 3.0, 3.3]
ising = make_ising(600 * len(temperatures), 128, temperatures, random_state=5, n_jobs=-1)
rows, functions = [], {}
for temperature in temperatures:
    at = ising.temperature == temperature
    xi, error = correlation_length(ising.data[at], groups=ising.chain[at])
    rows.append((temperature, xi, error, float(exact.correlation_length(temperature))))
    if temperature in (2.4, 2.6, 3.0):
        functions[temperature] = correlation_function(ising.data[at], groups=ising.chain[at])
table = pd.DataFrame(rows, columns=["T", "measured", "error", "exact"])
table["(measured - exact) / error"] = (table.measured - table.exact) / table.error
print(table.to_string(index=False, float_format="{:.3f}".format))

# %%
# All are within 2 % of the exact lengths. The errors tell what chance does to them; at 1.9, where
# xi is hardly more than a lattice constant, the estimate itself is a per cent too long, which
# they cannot tell. The correlations decay exponentially, and the correlation length diverges on
# both sides of the critical temperature, where it is twice as long above as at the same distance
# below.

plt.rcParams.update({"font.size": 11, "axes.spines.top": False, "axes.spines.right": False})
COLORS = ["#0072b2", "#d55e00", "#009e73"]
figure, axes = plt.subplots(1, 2, figsize=(10.5, 4.2), layout="constrained")
for (temperature, C), color, marker in zip(functions.items(), COLORS, "os^", strict=True):
    C = C[(C.direction == "axis") & (C.distance > 0) & (C.distance <= 40)]
    C = C[C.correlation > 3 * C.error]
    style = {"color": color, "marker": marker, "ms": 4, "ls": "", "capsize": 2}
    axes[0].errorbar(C.distance, C.correlation, C.error, **style, label=f"$T = {temperature}$")
    length = exact.correlation_length(temperature)
    # Ornstein and Zernike's prefactor; its height is that of the measured correlation at xi.
    shape = np.exp(-C.distance / length) / np.sqrt(C.distance)
    nearest = (C.distance - length).abs().idxmin()
    axes[0].plot(C.distance, shape * C.correlation[nearest] / shape[nearest], color=color, lw=1)
axes[0].plot([], [], color="0.3", lw=1, label=r"$e^{-r/\xi} / \sqrt{r}$, exact $\xi$")
axes[0].set(yscale="log", xlabel="distance $r$  (sites)", ylabel="correlation $C(r)$")
axes[0].legend(frameon=False)
for side in (np.linspace(1.9, 2.262, 300), np.linspace(2.28, 3.3, 300)):
    axes[1].plot(side, exact.correlation_length(side), color="black", lw=1.2)
axes[1].lines[0].set_label("exact")
axes[1].errorbar(
    table["T"], table.measured, table.error, ls="", marker="o", ms=5, color="#0072b2", capsize=2
)
axes[1].plot([], [], "o", ms=5, color="#0072b2", label="measured, $L = 128$")
axes[1].axhline(BLOCK_SIZE, color="#d55e00", lw=1.2, ls="--", label=r"block, $\ell = 32$")
axes[1].set(yscale="log", xlabel="temperature $T$  ($J/k_B$)", ylabel=r"$\xi$  (sites)")
axes[1].legend(frameon=False)
figure.savefig("correlation_length.png", dpi=150)
print("figure: correlation_length.png")
