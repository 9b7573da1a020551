"""Checks of the estimators whose predictions are analysed."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted


def best_estimator(estimator: Any) -> Any:
    """Return the best estimator of a fitted search, such as `GridSearchCV`; others as they are.

    Raises
    ------
    NotFittedError
        If `estimator` is a search that is not fitted.
    ValueError
        If `estimator` is a search that was fitted with ``refit=False``.
    """
    # All of scikit-learn's searches have these two parameters, and no other estimator has.
    if isinstance(estimator, type) or not (
        hasattr(estimator, "refit") and hasattr(estimator, "estimator")
    ):
        return estimator
    check_is_fitted(estimator)
    if not hasattr(estimator, "best_estimator_"):
        raise ValueError(
            f"estimator is a {type(estimator).__name__} without a best estimator; got "
            f"refit={estimator.refit!r}. Fit it with refit=True."
        )
    return estimator.best_estimator_


def check_classifiers(estimator: Any) -> dict[int, list[Any]]:
    """Return the fitted classifiers of two classes of each block size.

    Raises
    ------
    NotFittedError
        If an estimator is not fitted.
    TypeError, ValueError
        If an estimator is not a classifier of blocks with two classes, or two of one block size are
        the same, or differ in more than `random_state`.
    """
    if isinstance(estimator, Mapping):
        estimator = list(estimator.values())
    estimators = list(estimator) if isinstance(estimator, (list, tuple)) else [estimator]
    if not estimators:
        raise ValueError("estimator must hold at least one fitted classifier; got none.")
    of_size: dict[int, list[Any]] = {}
    for given in estimators:
        model = best_estimator(given)
        _check_classifier(model, given)
        of_size.setdefault(model.block_size_, []).append(model)
    for size, models in of_size.items():
        for k, model in enumerate(models[1:], start=1):
            _check_ensemble(models[:k], model, size)
    return of_size


def check_networks_differ(outputs, size):
    """Raise ValueError if two networks of one block size have the same outputs.

    Far from the transition different networks may all be certain, and then agree exactly. So
    outputs that are the same for all blocks prove nothing.

    Parameters
    ----------
    outputs : list of ndarray
        The outputs of each network for the same lattices.
    size : int
        The block size.
    """
    for k, output in enumerate(outputs):
        if np.ptp(output) > 0 and any(np.array_equal(output, other) for other in outputs[:k]):
            raise ValueError(
                f"estimator holds classifiers of block_size {size} with the same outputs, which "
                "show no scatter of the training. Fit each with another random_state."
            )


def _check_ensemble(others, model, size):
    """Raise ValueError unless a classifier can be averaged with others of its block size."""
    if any(model is other for other in others):
        raise ValueError(
            f"estimator holds the same classifier of block_size {size} twice. Fit clones of it, "
            "sklearn.base.clone(classifier), that differ in block_size or random_state."
        )
    mine, theirs = _parameters(model), _parameters(others[0])
    for name in sorted({*mine, *theirs}):
        if mine.get(name) != theirs.get(name):
            raise ValueError(
                "estimator must hold classifiers that differ in block_size, or several of one "
                f"block_size that differ in random_state alone; got {name}={theirs.get(name)} and "
                f"{name}={mine.get(name)} for block_size {size}. Measure the curve of each by "
                "itself."
            )


def _parameters(model):
    """Return what two networks of one ensemble must share, as text by name."""
    if not hasattr(model, "get_params"):
        return {}
    may_differ = ("random_state", "n_jobs", "verbose", "callbacks", "checkpoint", "device")
    parameters = model.get_params()
    return {
        name: repr(value)
        for name, value in parameters.items()
        if name.rpartition("__")[2] not in may_differ
    }


def _check_classifier(model, given):
    if not hasattr(model, "predict_blocks") or isinstance(model, type):
        raise TypeError(
            "estimator must be a fitted BlockAveragingClassifier, or a list or dict of them; "
            f"got {model!r}.{pipeline_hint(model, given)}"
        )
    check_is_fitted(model)
    classes = getattr(model, "classes_", ())
    if len(classes) != 2:
        raise ValueError(
            f"estimator must be a classifier of two classes; got {type(model).__name__} with "
            f"{len(classes)} classes."
        )


def pipeline_hint(model: Any, given: Any) -> str:
    """Return which step of a pipeline to pass, as the end of an error.

    Parameters
    ----------
    model : object
        The estimator, or the best one of a search. The advice is empty unless it is a pipeline.
    given : object
        What the user gave: the estimator or the search.
    """
    if not hasattr(model, "steps") or isinstance(model, type):
        return ""
    code = "pipeline" if model is given else "search.best_estimator_"
    if len(model.steps) == 1:
        return f" Pass the last step of the pipeline, {code}[-1]."
    return (
        f" Pass the last step of the pipeline, {code}[-1], and for X what the other steps return, "
        f"{code}[:-1].transform(X)."
    )
