"""
Where a block is too small: accuracy against temperature and block size
=======================================================================

How often is the phase of a lattice predicted correctly from a single block? Close to the critical
temperature the correlation length is large, and a single block is not enough. The window of
temperatures in which the accuracy is low narrows as the block size increases. This example
corresponds to Figs. 5(a) and (b) of Phys. Rev. E 108, 065304 (2023).
"""

# %%
# A classifier for each block size
# --------------------------------
# The predictions come from single blocks, so the loss is taken on each block:
# ``objective="block"``.

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skising import BlockAveragingClassifier, exact, make_ising
from skising.display import AccuracyCurveDisplay, TemperatureWindowDisplay
from skising.scaling import PowerLaw, accuracy_curve, temperature_window

train = make_ising(3000, 64, random_state=0, n_jobs=-1)
models = [
    BlockAveragingClassifier(
        block_size,
        objective="block",
        lr=3e-3,
        max_epochs=6,
        random_shift=True,
        random_state=0,
    ).fit(train.data, train.temperature > exact.CRITICAL_TEMPERATURE)
    for block_size in (6, 8, 12, 16, 24, 32)
]

# %%
# Accuracy of a single block
# --------------------------
# The test lattices have 128 x 128 sites. Their temperatures differ from those of the training
# lattices and are closely spaced near the critical temperature.

temperatures = np.unique(
    [*np.linspace(1.5, 2.0, 6), *np.linspace(2.0, 2.56, 15), *np.linspace(2.6, 3.4, 7)]
)
test = make_ising(40 * len(temperatures), 128, temperatures, random_state=1, n_jobs=-1)
is_disordered = test.temperature > exact.CRITICAL_TEMPERATURE
# n_blocks is 1 for a single block and None for the whole lattice.
curve = accuracy_curve(
    models, test.data, is_disordered, test.temperature, n_blocks=[1, 4, 16, None], random_state=0
)
single = curve[curve.n_blocks == 1]
table = single.pivot(index="temperature", columns="block_size", values="accuracy")
print(table.to_string(float_format="{:.3f}".format))

# %%
# Width of the temperature window
# -------------------------------
# `temperature_window` finds the temperatures between which the accuracy is below a threshold. The
# scaling hypothesis of the paper says that the width of this window falls as :math:`1 / \ell` if
# the block size :math:`\ell` is large compared with the lattice constant. The fit includes blocks
# of 12 sites and more. A reduced :math:`\chi^2` near 1 means that a power law describes the widths
# within their errors.

windows, fits = [], {}
for threshold in (0.85, 0.9):
    window = temperature_window(single, threshold, random_state=0).assign(threshold=threshold)
    large = window[window.block_size >= 12]
    fit = PowerLaw().fit(large.block_size, large.width, large.width_error)
    print(f"threshold {threshold}: exponent {fit.exponent_:.3f}({fit.exponent_std_:.3f}), ", end="")
    print(f"reduced chi-square {fit.reduced_chi2_:.1f}; the paper: -1")
    windows.append(window)
    fits[threshold] = fit
windows = pd.concat(windows)
shown = ["threshold", "block_size", "T_minus", "T_plus", "width", "width_error"]
print(windows[shown].to_string(index=False, float_format="{:.3f}".format))

plt.style.use("skising.display.skising")
figure, axes = plt.subplots(1, 2, figsize=(11, 4.4))
AccuracyCurveDisplay.from_frame(single, ax=axes[0])
axes[0].set_title("(a) single blocks", y=1)
TemperatureWindowDisplay.from_frame(windows, ax=axes[1], power_law=fits[0.85])
axes[1].set_title("(b) window of low accuracy")
figure.savefig("phase_accuracy.png", dpi=150)

# %%
# Averages over several blocks
# ----------------------------
# The limit applies to a single block and not to the method, which averages over blocks. With 4 and
# 16 blocks of the same lattice the window is narrower, and with all 64 blocks it is narrowest. The
# dashed line is the best possible accuracy for whole lattices, that of the exact threshold on the
# energy; see :ref:`sphx_glr_gallery_plot_best_classifier.py`. It is the best on average over the
# temperatures. At a single temperature another rule can be better.

block_size_16 = curve[curve.block_size == 16]
with warnings.catch_warnings():
    # A curve that never falls below the threshold has no window. This is expected here.
    warnings.simplefilter("ignore", UserWarning)
    window = temperature_window(block_size_16, 0.85, random_state=0)
columns = ["n_blocks", "width", "width_error"]
print(window[columns].to_string(index=False, float_format="{:.3f}".format))

p = exact.probability_disordered(test.energy, 128, temperatures)
best = pd.Series((p > 0.5) == is_disordered).groupby(test.temperature).mean()

figure, axes = plt.subplots(figsize=(6.8, 4.2))
AccuracyCurveDisplay.from_frame(block_size_16, ax=axes)
axes.plot(best.index, best, color="0.2", ls="--", lw=1, label="best possible")
axes.set(xlim=(1.9, 2.7), title="averages of several blocks")
axes.legend()
figure.savefig("n_blocks.png", dpi=150)
