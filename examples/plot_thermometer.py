"""
A thermometer and the bound on its precision
============================================

A regressor can predict any intensive property, including the temperature of a lattice. For the
temperature the best possible precision is known: it is given by the Cramér-Rao bound.
"""

# %%
# The bound
# ---------
# In equilibrium the probability of a lattice is :math:`e^{-E / T} / Z`. It depends on the spins
# only through the energy :math:`E`, so the energy contains all the information about the
# temperature. The Fisher information is :math:`\mathrm{var}(E) / T^4 = N C / T^2`, where :math:`C`
# is the specific heat per site. No unbiased estimate of :math:`T` from one lattice of :math:`N`
# sites has a standard deviation below
#
# .. math:: \sigma_T = \frac{T}{\sqrt{N\, C(T)}}.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skising import BlockAveragingRegressor, exact, make_ising

LATTICE_SIZE = 64
temperatures = np.linspace(1.6, 3.2, 33)


def bound(temperature):
    """Return the smallest standard deviation of an unbiased estimate from one lattice."""
    heat = exact.kaufman_specific_heat(temperature, LATTICE_SIZE)
    return temperature / (LATTICE_SIZE * np.sqrt(heat))


# %%
# Train on the temperature
# ------------------------
# The features are the correlations of pairs of spins. The correlation of nearest neighbours is
# proportional to the energy. The training range is wider than the test range, because predictions
# at the ends of the training range are biased towards its middle. All temperatures are equally
# likely in training.

train = make_ising(8000, LATTICE_SIZE, np.linspace(1.3, 3.6, 200), random_state=0, n_jobs=-1)
test = make_ising(33 * 200, LATTICE_SIZE, temperatures, random_state=1, n_jobs=-1)
model = BlockAveragingRegressor(32, descriptor="pair", lr=3e-3, max_epochs=30, random_state=0)
model.fit(train.data, train.temperature)
error = (model.predict(test.data) - test.temperature).reshape(33, -1)

# %%
# Compare with the bound
# ----------------------
# The table compares the root mean square error (RMSE) with the bound. With 200 lattices per
# temperature the statistical error of the RMSE is 5 %. The summary leaves out temperatures within
# 0.15 of the critical temperature.

rmse, bias = np.sqrt(np.mean(error**2, axis=1)), error.mean(axis=1)
is_far = np.abs(temperatures - exact.CRITICAL_TEMPERATURE) > 0.15
table = pd.DataFrame(
    {
        "T": temperatures,
        "RMSE": rmse,
        "bias": bias,
        "bound": bound(temperatures),
        "RMSE / bound": rmse / bound(temperatures),
        "far from Tc": np.where(is_far, "yes", "no"),
    }
)
print(table.to_string(index=False, float_format="{:.4f}".format))
ratio = table["RMSE / bound"][is_far]
print(f"RMSE / bound far from Tc: mean {ratio.mean():.2f}, {ratio.min():.2f} to {ratio.max():.2f}")

# %%
# Close to the bound, except at the critical temperature
# ------------------------------------------------------
# Far from the critical temperature the RMSE is 4 % above the bound on average, although the network
# was not told to use the energy. There the ratio is largest below :math:`T = 1.75`, up to 1.23.
# Single ratios scatter by 5 %, the statistical error of an RMSE from 200 lattices. A ratio can also
# fall below 1 where the estimate is biased (crosses), because the bound holds for unbiased
# estimates. The network is furthest from the bound at the critical temperature, where the specific
# heat has its peak and the bound a sharp minimum.

plt.style.use("skising.display.skising")
figure, axes = plt.subplots(1, 2, figsize=(10.5, 4.2))
fine = np.linspace(1.6, 3.2, 200)
axes[0].plot(fine, bound(fine), "k", label=r"bound, $T / \sqrt{N C}$")
axes[0].plot(temperatures, rmse, "o", label="RMSE of the network")
axes[0].plot(temperatures, np.abs(bias), "x", label="|bias|")
axes[0].set(ylabel="Error of the temperature ($J/k_B$)", ylim=0)
near, near_ratio = temperatures[~is_far], (rmse / bound(temperatures))[~is_far]
axes[1].axhline(1, color="k")
axes[1].plot(temperatures[is_far], ratio, "C0o", label="far from $T_c$")
axes[1].plot(near, near_ratio, "C0o", mfc="none", label="within 0.15 of $T_c$")
axes[1].set(ylabel="RMSE / bound", ylim=(0, 1.6))
for panel in axes:
    panel.axvline(exact.CRITICAL_TEMPERATURE, color="0.6", ls="--", zorder=0)
    panel.set_xlabel("Temperature $T$ ($J/k_B$)")
    panel.legend()
figure.savefig("thermometer.png", dpi=150)
