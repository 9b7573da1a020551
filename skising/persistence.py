"""Save fitted estimators to files without code, and load them."""

import copy
import hashlib
import io
import json
import os
import struct
import warnings
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load as deserialize
from safetensors.torch import save as serialize
from sklearn.utils.validation import check_is_fitted

from ._files import replace
from ._typing import PathLike
from ._validation import check_file_path, check_random_state
from ._version import __version__
from .block_averaging import BlockAveragingClassifier, BlockAveragingRegressor
from .block_averaging._as_data import (
    check_saved_block_size,
    descriptor_as_data,
    fitted_as_data,
    fitted_from_data,
    parameters_as_data,
    parameters_from_data,
)
from .block_averaging._network import resolve_device
from .descriptors._registry import resolve_descriptor, spins_of
from .networks import FullyConnectedNetwork

__all__ = ["load", "load_pretrained", "save"]


def __dir__():
    return __all__


_FORMAT = 2
_ESTIMATORS = {"classifier": BlockAveragingClassifier, "regressor": BlockAveragingRegressor}
_PRETRAINED = Path(__file__).parent / "pretrained"
_MAX_HEADER = 100_000_000  # bytes; the limit of the safetensors format


def save(estimator: BlockAveragingRegressor | BlockAveragingClassifier, path: PathLike) -> None:
    """Write a fitted estimator to a file.

    The file has the safetensors format: the arrays, and in the header the parameters, the training
    history and the versions as JSON. It holds no pickle and no code, so a file from a stranger is
    safe to `load`.

    What was fitted is written as it was fitted: the block size, the descriptor, the network.
    Parameters are written as they are now. One that was changed after `fit` has the meaning for the
    loaded estimator that it has for this one. The path in `checkpoint` is not written.

    Before the file is written, its contents are loaded and compared with the estimator. A model
    that is in the file already is replaced, with a warning, after the new one has been written
    completely. The file keeps its mode. If `path` is a symbolic link, the file that the link points
    to is replaced. A file that holds something else than a model is never replaced.

    Parameters
    ----------
    estimator : BlockAveragingRegressor or BlockAveragingClassifier
        Fitted. The descriptor and the network must be of classes of skising, other parameters
        numbers, strings or None.
    path : str or path-like

    Warns
    -----
    UserWarning
        If a model in the file was replaced.

    Raises
    ------
    NotFittedError
        Before `fit`.
    TypeError
        If the estimator is of another class, a parameter cannot be written as data (callbacks, a
        RandomState instance), the fitted descriptor or network is of another class, or `path` is
        not a path.
    ValueError
        If the blocks are larger than 1024 x 1024 sites, the tables of the descriptor larger than
        1 GiB, a parameter is invalid, or the fitted descriptor or network was changed after `fit`.
    OSError
        If the file cannot be written, or holds something else than a model (FileExistsError).

    See Also
    --------
    load : Read the file.

    Examples
    --------
    >>> import tempfile
    >>> from skising import BlockAveragingRegressor, load, make_ising, save
    >>> X, y = make_ising(40, 16, temperatures=[1.5, 3.0], return_X_y=True, random_state=0)
    >>> model = BlockAveragingRegressor(block_size=8, max_epochs=2, random_state=0).fit(X, y)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(model, f"{folder}/energy.safetensors")
    ...     same = load(f"{folder}/energy.safetensors")
    >>> bool((same.predict(X) == model.predict(X)).all())
    True
    """
    kinds = [kind for kind, cls in _ESTIMATORS.items() if type(estimator) is cls]
    if not kinds:
        raise TypeError(
            "estimator must be a BlockAveragingRegressor or a BlockAveragingClassifier; got a "
            f"{type(estimator).__name__}.{_inner_estimator_hint(estimator)}"
        )
    check_is_fitted(estimator)
    check_file_path(path, "path")
    replaces_model = _holds_model(path)
    check_saved_block_size(estimator.block_size_)
    text, tensors = _contents(estimator)
    digest = _digest(text, tensors)
    data = serialize(tensors, metadata={"skising": text, "sha256": digest})
    try:
        again = _read(io.BytesIO(data))
    except ValueError as error:
        raise ValueError(
            f"estimator cannot be saved as it is: a file of it could not be loaded: {error}"
        ) from error
    if _digest(*_contents(again)) != digest or _computed(again) != _computed(estimator):
        raise ValueError(
            "estimator cannot be saved as it is: its descriptor_ or net_ was changed after fit in "
            "a way that the file does not hold. Fit again, or keep it as a pickle."
        )
    replace(Path(path), lambda file: file.write(data))
    if replaces_model:
        warnings.warn(f"save has replaced the model in {os.fspath(path)!r}.", stacklevel=2)


def _inner_estimator_hint(estimator):
    """Return which estimator of a pipeline or a search to save, as the end of an error."""
    inner, code = estimator, "estimator"
    while True:
        if hasattr(inner, "best_estimator_"):
            inner, code = inner.best_estimator_, f"{code}.best_estimator_"
        elif hasattr(inner, "steps"):
            inner, code = inner.steps[-1][1], f"{code}[-1]"
        else:
            break
    if type(inner) not in _ESTIMATORS.values():
        return ""
    return f" Save {code}, its {type(inner).__name__}."


def _holds_model(path):
    """Return whether a file holds a model, False if there is no file or an empty one.

    Raises
    ------
    FileExistsError
        If it holds something else.
    """
    path = Path(path)
    if not path.is_file() or path.stat().st_size == 0:
        return False
    try:
        with path.open("rb") as file:
            _read_header(file)
    except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError, struct.error):
        raise FileExistsError(
            f"path={os.fspath(path)!r} holds something else than a model of skising. Give another "
            "path, or remove the file."
        ) from None
    return True


def load(path: PathLike) -> BlockAveragingRegressor | BlockAveragingClassifier:
    """Load an estimator from a file that `save` has written.

    Its predictions are those of the saved estimator, on the same kind of processor to the last bit.
    Other processors, and other versions of torch, round differently.

    A file from a stranger is safe to load. No code of the file is executed. The arrays are compared
    with the sizes in the file before memory is allocated for them. Loading takes the time and the
    memory of building the network and the descriptor anew.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    estimator : BlockAveragingRegressor or BlockAveragingClassifier
        Fitted. `device="auto"` is the GPU of this machine if it has one, else the CPU. If torch
        does not have the saved `device` here, it becomes "auto", with a warning. `checkpoint` is
        None.

    Raises
    ------
    ValueError
        If the file was not written by `save`, is damaged, or is of a later version of the format.
    OSError
        If the file cannot be read.

    See Also
    --------
    save : Write the file; with an example.
    """
    try:
        with open(path, "rb") as file:
            estimator = _read(file)
    except ValueError as error:
        raise ValueError(
            "path must name a whole, undamaged file of skising.save; "
            f"{os.fspath(path)!r} is not: {error}"
        ) from error
    try:
        device = resolve_device(estimator.device)
    except ValueError:
        device = resolve_device("auto")
        warnings.warn(
            f"device={estimator.device!r} of the saved estimator is not on this machine. The "
            f"loaded one has device='auto', which is {device!r} here.",
            stacklevel=2,
        )
        estimator.device = "auto"
    if device != "cpu":
        estimator.net_.device = device
        estimator.net_.module_.to(device)
    return estimator


def load_pretrained(name: str) -> BlockAveragingRegressor | BlockAveragingClassifier:
    """Load a trained estimator that comes with the package.

    Both read periodic and open lattices of +1 and -1 of any size from 16 x 16 sites on, of the
    Ising model with J = k_B = 1. They were trained by ``benchmarks/make_pretrained.py``, which
    prints their accuracy.

    - "ising-energy-16": a regressor of the energy per site, in units of J, from pair correlations.
    - "ising-phase-16": a classifier of the phase, 0 below the critical temperature and 1 above it,
      from D4 invariants.

    Parameters
    ----------
    name : {"ising-energy-16", "ising-phase-16"}

    Returns
    -------
    estimator : BlockAveragingRegressor or BlockAveragingClassifier
        Fitted. On a GPU if there is one.

    Raises
    ------
    ValueError
        If there is no such estimator.

    Examples
    --------
    >>> from skising import load_pretrained, make_ising
    >>> lattices = make_ising(3, 128, temperatures=[1.8, 2.1, 2.8], random_state=0).data
    >>> load_pretrained("ising-phase-16").predict(lattices)
    array([0, 0, 1])
    """
    names = sorted(path.stem for path in _PRETRAINED.glob("*.safetensors"))
    if name not in names:
        raise ValueError(f"name must be one of {', '.join(map(repr, names))}; got {name!r}.")
    return load(_PRETRAINED / f"{name}.safetensors")


def _contents(estimator):
    """Return the JSON text and the tensors of the file of a fitted estimator."""
    # First what was fitted: a class that is not of skising cannot be mended by parameters.
    fitted = fitted_as_data(estimator)
    parameters = parameters_as_data(estimator)
    fitted_state, tensors = estimator._fitted_state()
    state = {
        "format": _FORMAT,
        "versions": {"skising": __version__, "torch": torch.__version__, "numpy": np.__version__},
        "estimator": next(k for k, cls in _ESTIMATORS.items() if type(estimator) is cls),
        "parameters": parameters,
        "fitted": fitted,
        **fitted_state,
    }
    try:
        return json.dumps(state, default=float), tensors
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"history_ must hold numbers and strings to be saved; {error}. Remove what a callback "
            "has recorded there."
        ) from error


def _computed(estimator):
    """Return the features and the outputs of fixed blocks, as bytes."""
    shape = (16, estimator.block_size_, estimator.block_size_)
    n_states = spins_of(estimator.descriptor_).n_states
    values = np.array([-1, 1], np.int8) if n_states is None else np.arange(n_states)
    blocks = np.random.default_rng(0).choice(values, shape)
    features = np.asarray(estimator.descriptor_.transform(blocks))
    module = copy.deepcopy(estimator.net_.module_).cpu().eval()
    with torch.inference_mode():
        outputs = module(torch.from_numpy(features))
    return features.tobytes() + outputs.numpy().tobytes()


def _read(file):
    """Return the estimator in an open file, on the CPU, or raise ValueError."""
    try:
        return _estimator_of(*_read_contents(file))
    except (
        SafetensorError,
        ArithmeticError,
        AttributeError,
        LookupError,
        RecursionError,
        RuntimeError,
        TypeError,
        ValueError,
        struct.error,
    ) as error:
        raise ValueError(str(error)) from error


def _read_header(file):
    """Return the first bytes of an open file, to the end of its header, and our entries in it."""
    start = file.read(8)
    (length,) = struct.unpack("<Q", start)
    if length > _MAX_HEADER:
        raise ValueError("it is not a safetensors file")
    header = file.read(length)
    metadata = json.loads(header).get("__metadata__")
    if metadata is None or set(metadata) != {"skising", "sha256"}:
        raise ValueError("its header does not hold what skising writes there")
    return start + header, metadata


def _read_contents(file):
    """Return the state and the tensors in an open file, if the checksum fits them."""
    header, metadata = _read_header(file)
    state = json.loads(metadata["skising"])
    if state["format"] not in (1, _FORMAT):
        raise ValueError(
            f"its format is {state['format']!r}, and this version reads 1 to {_FORMAT}"
        )
    tensors = deserialize(header + file.read())
    if _digest(metadata["skising"], tensors) != metadata["sha256"]:
        raise ValueError("its checksum does not fit its contents")
    return state if state["format"] == _FORMAT else _upgraded(state), tensors


def _upgraded(state):
    """Return the state of a file of format 1, which had only parameters, as that of format 2."""
    parameters = state["parameters"]
    block_size, descriptor = parameters["block_size"], parameters["descriptor"]
    if isinstance(descriptor, str):
        check_saved_block_size(block_size)
        descriptor = descriptor_as_data(resolve_descriptor(descriptor, block_size))
    net_params = parameters["net_params"] or {}
    network = {"class": net_params.get("module", FullyConnectedNetwork.__name__)}
    if "module__dropout" in net_params:
        network["dropout"] = net_params["module__dropout"]
    fitted = {"block_size": block_size, "descriptor": descriptor, "network": network}
    return state | {"fitted": fitted, "target": state["fitted"], "last_layer": "unknown"}


def _estimator_of(state, tensors):
    """Return the estimator that the state and the tensors of a file describe."""
    estimator = _unfitted_estimator(state)
    descriptor, module = fitted_from_data(state["fitted"], tensors)
    epochs = state["history"]
    if type(epochs) is not list or not all(type(epoch) is dict for epoch in epochs):
        raise ValueError("its history is not a list of epochs")
    estimator._restore_fitted_state(state, tensors, descriptor, module, "cpu")
    return estimator


def _unfitted_estimator(state):
    cls = _ESTIMATORS[state["estimator"]]
    # Earlier versions had no n_jobs.
    parameters = {"n_jobs": None} | dict(state["parameters"])
    if set(parameters) != set(cls().get_params(deep=False)):
        raise ValueError("its parameters are not those of the estimator")
    estimator = cls(**parameters_from_data(parameters))
    estimator._check_parameters()
    check_random_state(estimator.random_state)
    if not isinstance(estimator.device, str):
        raise ValueError(f"its device is {estimator.device!r}")
    return estimator


def _digest(text, tensors):
    digest = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        array = tensors[name].numpy()
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
