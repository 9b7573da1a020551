"""Checks of the estimators whose predictions are analysed."""

from collections.abc import Mapping
from typing import Any

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


def check_classifiers(estimator: Any) -> list[Any]:
    """Return fitted classifiers of two classes, of different block sizes, as a list.

    Raises
    ------
    NotFittedError
        If an estimator is not fitted.
    TypeError, ValueError
        If an estimator is not a classifier of blocks with two classes, or two have the same block
        size.
    """
    if isinstance(estimator, Mapping):
        estimator = list(estimator.values())
    estimators = list(estimator) if isinstance(estimator, (list, tuple)) else [estimator]
    estimators = [best_estimator(model) for model in estimators]
    for model in estimators:
        _check_classifier(model)
    sizes = [model.block_size_ for model in estimators]
    if not sizes or len(set(sizes)) < len(sizes):
        raise ValueError(
            f"estimator must hold exactly one classifier for each block size; got block sizes "
            f"{sizes}."
        )
    return estimators


def _check_classifier(model):
    if not hasattr(model, "predict_blocks") or isinstance(model, type):
        raise TypeError(
            "estimator must be a fitted BlockAveragingClassifier, or a list or dict of them; "
            f"got {model!r}.{_pipeline_hint(model)}"
        )
    check_is_fitted(model)
    classes = getattr(model, "classes_", ())
    if len(classes) != 2:
        raise ValueError(
            f"estimator must be a classifier of two classes; got {type(model).__name__} with "
            f"{len(classes)} classes."
        )


def _pipeline_hint(model):
    if not hasattr(model, "steps") or isinstance(model, type):
        return ""
    if len(model.steps) == 1:
        return " Pass the last step of the pipeline, pipeline[-1]."
    return (
        " Pass the last step of the pipeline, pipeline[-1], and for X what the other steps return, "
        "pipeline[:-1].transform(X)."
    )
