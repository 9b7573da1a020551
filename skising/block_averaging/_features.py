"""The features of blocks, from a fitted descriptor of this package or of another."""

from contextlib import contextmanager

import numpy as np
from sklearn import config_context

from .._numbers import as_numbers
from ..descriptors._base import BlockDescriptor

_BLOCKS_PER_TRANSFORM = 512


def is_of_this_package(descriptor):
    """Tell whether a descriptor computes its features by kernels of this package alone.

    Then several threads may use it at the same time, and the features of a block do not depend on
    the other blocks.
    """
    # A subclass of a user's may compute others.
    return getattr(type(descriptor), "transform", None) is BlockDescriptor.transform


def features_of(descriptor, blocks, memory=None):
    """Return the features of blocks, whatever kind of table a fitted descriptor makes of them.

    Parameters
    ----------
    descriptor : transformer
        Fitted.
    blocks : int8 array of shape (n_blocks, l, l)
    memory : float32 array of shape (n_blocks, n_features), default=None
        Where a descriptor of this package writes the features.

    Returns
    -------
    features : ndarray of shape (n_blocks, n_features), float32, C-contiguous

    Raises
    ------
    TypeError, ValueError
        If a descriptor of another package does not return such features of finite numbers.
    """
    is_known = is_of_this_package(descriptor)
    if is_known:
        if memory is None:
            memory = np.empty((len(blocks), descriptor.n_features_out_), np.float32)
        if descriptor._describe_here(blocks, memory):
            return memory
    # A user's configuration, such as transform_output="pandas", is meant for other transformers.
    with config_context(transform_output="default"):
        if is_known:
            return descriptor.transform(blocks)  # names the first wrong spin
        # A matrix product, as in PCA, rounds by the number of rows. The features of a block must
        # not depend on how many others there are.
        n_blocks, n_rows = len(blocks), _BLOCKS_PER_TRANSFORM
        padding = np.broadcast_to(blocks[:1], (-n_blocks % n_rows, *blocks.shape[1:]))
        padded = np.concatenate([blocks, padding])
        parts = [
            _checked_features(descriptor, padded[start : start + n_rows])
            for start in range(0, len(padded), n_rows)
        ]
    return np.concatenate(parts)[:n_blocks]


def _checked_features(descriptor, blocks):
    with errors_named(descriptor, "transform", blocks):
        output = descriptor.transform(blocks)
    required = f"descriptor={descriptor!r} must return features of shape (n_blocks, n_features)"
    if hasattr(output, "toarray"):
        raise TypeError(
            f"{required} as a dense array; got a sparse {type(output).__name__}. Set its parameter "
            "for dense output, such as sparse_output=False, or return output.toarray()."
        )
    features = as_numbers(output, f"the output of descriptor={descriptor!r}")
    if features.ndim != 2 or len(features) != len(blocks) or features.shape[1] == 0:
        raise ValueError(
            f"{required}, one row for each block and at least one column; got shape "
            f"{features.shape} for {len(blocks)} blocks."
        )
    with np.errstate(over="ignore"):
        features = np.ascontiguousarray(features, np.float32)
    if not np.isfinite(features).all():
        wrong = np.flatnonzero(~np.isfinite(features).all(axis=0))
        raise ValueError(
            f"{required} that are finite as float32; got NaN or inf in the column(s) "
            f"{wrong[:5].tolist()}. Leave out such features, or define their value for every block."
        )
    return features


@contextmanager
def errors_named(descriptor, step, blocks):
    """Name the descriptor in errors of its fit or transform."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"descriptor={descriptor!r} must {step} blocks of shape (n_blocks, l, l); with blocks "
            f"of shape {blocks.shape} its {step} raised {type(error).__name__}: {error}"
        ) from error
