"""
Choose the block size by cross-validation
=========================================

How large should blocks be? The estimators are scikit-learn's, so `GridSearchCV` can tell, together
with anything else there is to choose. The lattices of one Markov chain are correlated, and must not
be on both sides of a split.
"""

# %%
# Lattices near the critical temperature
# --------------------------------------
# Where the phase is hard to tell. `chain` says which Markov chain a lattice is from; with these
# as `groups`, `StratifiedGroupKFold` takes chains as a whole, and both phases in each fold.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.model_selection import (
    GridSearchCV,
    StratifiedGroupKFold,
    ValidationCurveDisplay,
)

from skising import BlockAveragingClassifier, make_ising

temperatures = np.linspace(2.07, 2.47, 20)
ising = make_ising(1600, 64, temperatures, target="phase", random_state=0, n_jobs=-1)
folds = StratifiedGroupKFold(n_splits=3, shuffle=True, random_state=0)
BLOCK_SIZES = [8, 16, 32]
model = BlockAveragingClassifier(lr=3e-3, max_epochs=5, random_shift=True, random_state=0)

# %%
# The search
# ----------
# By the log-likelihood of the right phase, which also counts how sure an answer is.

search = GridSearchCV(
    model,
    {"block_size": BLOCK_SIZES, "descriptor": ["d4", "pair"]},
    scoring="neg_log_loss",
    cv=folds,
    return_train_score=True,
)
search.fit(ising.data, ising.target, groups=ising.chain)
results = pd.DataFrame(search.cv_results_)
columns = ["param_descriptor", "param_block_size", "mean_test_score", "std_test_score"]
print(results[[*columns, "mean_fit_time"]].to_string(index=False, float_format="{:.3f}".format))
print("best:", search.best_params_)

# %%
# The best one, fitted to all lattices, is an estimator as any other. New lattices, of another
# size:

new = make_ising(400, 128, temperatures, target="phase", random_state=1, n_jobs=-1)
print(f"log-likelihood on lattices of 128 x 128: {search.score(new.data, new.target):.3f}")
right = search.predict(new.data) == new.target
print(f"accuracy there: {right.mean():.3f}")

# %%
# The validation curve
# --------------------
# scikit-learn draws it: the score on the lattices of the fit, and on the others. The distance
# between the two is what was learnt by heart. Larger blocks tell more about the phase, and have
# more features to get lost in: `D4Descriptor` has 1,792 for 32 x 32 sites,
# `PairCorrelationDescriptor` 9.

splits = [f"split{k}" for k in range(folds.get_n_splits())]
plt.rcParams.update({"font.size": 11, "axes.spines.top": False, "axes.spines.right": False})
figure, axes = plt.subplots(1, 2, figsize=(10.5, 4.2), layout="constrained", sharey=True)
for panel, descriptor in zip(axes, ("d4", "pair"), strict=True):
    of_one = results[results.param_descriptor == descriptor].sort_values("param_block_size")
    display = ValidationCurveDisplay(
        param_name="block_size",
        param_range=BLOCK_SIZES,
        train_scores=of_one[[f"{split}_train_score" for split in splits]].to_numpy(),
        test_scores=of_one[[f"{split}_test_score" for split in splits]].to_numpy(),
        score_name="log-likelihood",
    ).plot(ax=panel, line_kw={"marker": "o", "markersize": 5})
    colors = ("#0072b2", "#d55e00")
    for line, band, color in zip(display.lines_, display.fill_between_, colors, strict=True):
        line.set_color(color)
        band.set(facecolor=color, edgecolor="none", alpha=0.2)
    panel.set_title(f'descriptor="{descriptor}"', size=11, loc="left")
    panel.set(xlabel="block size (sites)", xticks=BLOCK_SIZES)
    panel.legend(display.lines_, ["lattices of the fit", "other lattices"], frameon=False)
figure.savefig("block_size.png", dpi=150)
print("figure: block_size.png")
