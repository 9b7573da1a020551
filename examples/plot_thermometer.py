"""
A thermometer and the bound on its precision
============================================

A regressor can predict any intensive property, including the temperature of a lattice. For the
temperature the best possible precision is known: it is given by the Cramér-Rao bound.
"""

# %%
# The bound
# ---------
# In equilibrium the probability of a lattice is exp(-E / T) / Z. It depends on the spins only
# through the energy E, so the energy contains all the information about the temperature. The Fisher
# information is var(E) / T^4 = N C / T^2, where C is the specific heat per site. No unbiased
# estimate of T from one lattice of N sites has a standard deviation below
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
# are biased towards the middle at the ends of the training range. All temperatures are equally
# likely in training.

train = make_ising(8000, LATTICE_SIZE, np.linspace(1.3, 3.6, 200), random_state=0, n_jobs=-1)
test = make_ising(33 * 200, LATTICE_SIZE, temperatures, random_state=1, n_jobs=-1)
model = BlockAveragingRegressor(32, descriptor="pair", lr=3e-3, max_epochs=30, random_state=0)
model.fit(train.data, train.temperature)
error = (model.predict(test.data) - test.temperature).reshape(33, -1)

# %%
# Compare with the bound
# ----------------------
# The table compares the root mean square error with the bound. With 200 lattices per temperature
# the statistical error of the RMSE is 5 %. The summary leaves out temperatures within 0.15 of the
# critical temperature.

rmse, bias = np.sqrt(np.mean(error**2, axis=1)), error.mean(axis=1)
is_far = np.abs(temperatures - exact.CRITICAL_TEMPERATURE) > 0.15
table = pd.DataFrame(
    {
        "T": temperatures,
        "RMSE": rmse,
        "bias": bias,
        "bound": bound(temperatures),
        "RMSE / bound": rmse / bound(temperatures),
        "far from Tc": is_far,
    }
)
print(table.to_string(index=False, float_format="{:.4f}".format))
ratio = table["RMSE / bound"][is_far]
print(f"RMSE / bound far from Tc: mean {ratio.mean():.2f}, {ratio.min():.2f} to {ratio.max():.2f}")

# %%
# Close to the bound, except near Tc
# ----------------------------------
# Far from the critical temperature the RMSE is within some 6 % of the bound on average, although
# the network was not told to use the energy. Single ratios scatter by 5 %, the statistical error of
# an RMSE from 200 lattices. A ratio can also fall below 1 where the estimate is biased (crosses),
# because the bound holds for unbiased estimates. The network is furthest from the bound at the
# critical temperature, where the specific heat has its peak and the bound a sharp minimum.

plt.rcParams.update({"font.size": 11, "axes.spines.top": False, "axes.spines.right": False})
figure, axes = plt.subplots(1, 2, figsize=(10.5, 4.2), layout="constrained")
fine = np.linspace(1.6, 3.2, 200)
axes[0].plot(fine, bound(fine), color="black", lw=1.2, label=r"bound, $T / \sqrt{N C}$")
axes[0].plot(temperatures, rmse, "o", color="#0072b2", ms=5, label="RMSE of the network")
axes[0].plot(temperatures, np.abs(bias), "x", color="#d55e00", ms=5, label="|bias|")
axes[0].set(ylabel="error of the temperature  ($J/k_B$)", ylim=0)
axes[1].axhline(1, color="black", lw=1.2)
axes[1].plot(temperatures[is_far], ratio, "o", ms=5)
axes[1].lines[-1].set(color="#0072b2", label="far from $T_c$")
near = ~is_far
axes[1].plot(temperatures[near], rmse[near] / bound(temperatures[near]), "o", ms=5, mfc="none")
axes[1].lines[-1].set(color="#0072b2", label="within 0.15 of $T_c$")
axes[1].set(ylabel="RMSE / bound", ylim=(0, 1.6))
for panel in axes:
    panel.axvline(exact.CRITICAL_TEMPERATURE, color="0.6", ls="--", lw=1, zorder=0)
    panel.set_xlabel("temperature $T$  ($J/k_B$)")
    panel.legend(frameon=False)
figure.savefig("thermometer.png", dpi=150)
print("figure: thermometer.png")
