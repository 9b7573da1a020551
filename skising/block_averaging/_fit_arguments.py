"""What the weights of a fit depend on, as short texts: parameters, data and first weights."""

import hashlib
import math

import numpy as np
import torch

from .._version import __version__

# Parameters of the estimators on which the weights do not depend.
_IRRELEVANT_PARAMETERS = {"n_blocks", "stride", "device", "checkpoint", "n_jobs", "verbose"}
_MAX_SITES = 1 << 28  # of larger data, a sample of this many sites is read
_MAX_SAMPLED_LATTICES = 1 << 10


def fit_arguments(parameters, lattices, target, first_weights):
    """Return the arguments that the weights of a fit depend on, each as a short text.

    Parameters
    ----------
    parameters : dict
        Of the estimator, checked.
    lattices : Lattices
    target : ndarray of shape (n_samples, ...)
    first_weights : list of Tensor
        Those that the training begins with, if they are not drawn at random; else empty.

    Returns
    -------
    arguments : dict of str
    """
    relevant = {
        name: _describe(value)
        for name, value in parameters.items()
        if name not in _IRRELEVANT_PARAMETERS
    }
    return relevant | {
        "version of skising": __version__,
        "shape of X": str(lattices.shape),
        "sha256 of X": _digest_of_lattices(lattices),
        "sha256 of y": digest(target),
        "first weights": _describe(first_weights),
    }


def digest(*buffers):
    """Return the first 16 hexadecimal digits of the SHA-256 of some arrays or bytes."""
    sha = hashlib.sha256()
    for buffer in buffers:
        sha.update(np.ascontiguousarray(buffer) if isinstance(buffer, np.ndarray) else buffer)
    return sha.hexdigest()[:16]


def _digest_of_lattices(lattices):
    """Return a digest of all spins or, of more than 2^28, of a sample spread over the lattices."""
    if math.prod(lattices.shape) <= _MAX_SITES:
        return digest(*lattices.pieces())
    n_samples, n_rows, n_cols = lattices.shape
    n_lattices = min(n_samples, _MAX_SAMPLED_LATTICES)
    height = max(1, min(n_rows, _MAX_SITES // (n_lattices * n_cols)))
    samples = np.linspace(0, n_samples - 1, n_lattices).astype(int)
    tops = np.arange(n_lattices) * height % (n_rows - height + 1)
    return digest(
        *(
            lattices.read(slice(sample, sample + 1), slice(top, top + height), slice(0, n_cols))
            for sample, top in zip(samples.tolist(), tops.tolist(), strict=True)
        )
    )


def _describe(value):
    """Return a text that differs for values that differ, and is the same in every process."""
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.ndarray) and value.dtype != object:
        return f"array of shape {value.shape}, {value.dtype}, sha256 {digest(value)}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {_describe(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__}({', '.join(map(_describe, value))})"
    if hasattr(value, "get_params") and not isinstance(value, type):
        return f"{_name_of(type(value))}({_describe(value.get_params(deep=False))})"
    if callable(value) and hasattr(value, "__qualname__"):
        return _name_of(value)
    # The default text of an object holds its address, and not its attributes.
    if type(value).__repr__ is object.__repr__:
        return f"{_name_of(type(value))}({_describe(vars(value))})"
    return repr(value)


def _name_of(definition):
    return f"{definition.__module__}.{definition.__qualname__}"
