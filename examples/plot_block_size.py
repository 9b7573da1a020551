"""
Choose the block size by cross-validation
=========================================

The estimators follow scikit-learn's interface, so ``GridSearchCV`` can choose the block size
together with any other parameter. The lattices of one Markov chain are correlated, so they must all
be on the same side of a split.
"""

# %%
# Lattices near the critical temperature
# --------------------------------------
# The phase is hard to tell near the critical temperature. ``chain`` is the number of the Markov
# chain of each lattice. With the chains as ``groups``, ``StratifiedGroupKFold`` keeps all lattices
# of a chain in one fold, and puts both phases in each fold.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold, ValidationCurveDisplay

from skising import BlockAveragingClassifier, exact, make_ising

temperatures = np.linspace(2.07, 2.47, 20)
ising = make_ising(1600, 64, temperatures, target="phase", random_state=0, n_jobs=-1)
folds = StratifiedGroupKFold(n_splits=3, shuffle=True, random_state=0)
BLOCK_SIZES = [8, 16, 32]
model = BlockAveragingClassifier(lr=3e-3, max_epochs=5, random_shift=True, random_state=0)

# %%
# The search
# ----------
# The score is the mean log-likelihood of the true phase. Unlike the accuracy, it depends on how
# confident the predictions are.

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
print(results[columns].to_string(index=False, float_format="{:.3f}".format))
best = search.best_params_
print(f'best: blocks of {best["block_size"]} sites per side, descriptor="{best["descriptor"]}"')

# %%
# The search has refitted the best model to all lattices. It predicts new lattices, here of another
# size. The best possible classifier is an exact threshold on the energy of the whole lattice; see
# :ref:`sphx_glr_gallery_plot_best_classifier.py`.

new = make_ising(2000, 128, temperatures, target="phase", random_state=1, n_jobs=-1)
print(f"log-likelihood on lattices of 128 x 128: {search.score(new.data, new.target):.3f}")
is_right = search.predict(new.data) == new.target
p = exact.probability_disordered(new.energy, 128, temperatures)
best_is_right = (p > 0.5) == new.target
print(f"accuracy on these lattices: {is_right.mean():.3f}, ", end="")
print(f"best possible: {best_is_right.mean():.3f}")

# %%
# The validation curve
# --------------------
# scikit-learn draws the score on the training lattices and on the other lattices. The difference
# between the two scores shows overfitting. Larger blocks contain more information about the phase.
# With `D4Descriptor` they also have more features, which makes overfitting easier: 1,792 for 32 x
# 32 sites. `PairCorrelationDescriptor` has 9 features for each of these sizes. Here both scores
# agree within the scatter of the folds for all models, so there is little overfitting.

splits = [f"split{k}" for k in range(folds.get_n_splits())]
plt.style.use("skising.display.skising")
figure, axes = plt.subplots(1, 2, figsize=(10.5, 4.2), sharey=True)
for panel, descriptor in zip(axes, ("d4", "pair"), strict=True):
    scores = results[results.param_descriptor == descriptor].sort_values("param_block_size")
    ValidationCurveDisplay(
        param_name="block_size",
        param_range=BLOCK_SIZES,
        train_scores=scores[[f"{split}_train_score" for split in splits]].to_numpy(),
        test_scores=scores[[f"{split}_test_score" for split in splits]].to_numpy(),
        score_name="Log-likelihood",
    ).plot(ax=panel, line_kw={"marker": "o"}, fill_between_kw={"alpha": 0.2})
    panel.set(title=f'descriptor="{descriptor}"', xlabel="Block size (sites)", xticks=BLOCK_SIZES)
    panel.legend(panel.lines, ["training lattices", "other lattices"])
    panel.label_outer()
figure.savefig("block_size.png", dpi=150)
