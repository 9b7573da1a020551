"""Save fitted estimators to files without code, and load them."""

import hashlib
import json
import os
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialize
from sklearn.utils.validation import check_is_fitted

from ._files import replace
from ._typing import PathLike
from ._validation import check_file_path
from ._version import __version__
from .block_averaging import BlockAveragingClassifier, BlockAveragingRegressor
from .descriptors._registry import DESCRIPTORS
from .networks import FullyConnectedNetwork, OrbitNetwork

__all__ = ["load", "save"]


def __dir__():
    return __all__


_FORMAT = 1
_ESTIMATORS = {"classifier": BlockAveragingClassifier, "regressor": BlockAveragingRegressor}
_DESCRIPTORS = {cls.__name__: cls for cls in DESCRIPTORS.values()}
_MODULES = {cls.__name__: cls for cls in (FullyConnectedNetwork, OrbitNetwork)}
# Bounds the memory of the descriptor that a forged file asks for, before its arrays are checked.
_MAX_BLOCK_SIZE = 1024


def save(estimator: BlockAveragingRegressor | BlockAveragingClassifier, path: PathLike) -> None:
    """Write a fitted estimator to a file.

    The file has the safetensors format: the arrays, and in the header the parameters, the training
    history and the versions as JSON. It holds no pickle and no code, so a file from a stranger is
    safe to `load`. An existing file is replaced only after the new one has been written completely.

    Parameters
    ----------
    estimator : BlockAveragingRegressor or BlockAveragingClassifier
        Fitted. The descriptor must be one of skising, other parameters numbers, strings or None.
    path : str or path-like

    Raises
    ------
    NotFittedError
        Before `fit`.
    TypeError
        If the estimator is of another class, a parameter cannot be written as data (callbacks, a
        RandomState instance, a descriptor of another class), or `path` is not a path.
    ValueError
        If the blocks are larger than 1024 x 1024 sites.
    OSError
        If the file cannot be written.

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
            f"{type(estimator).__name__}. From a pipeline or a search, save the estimator inside."
        )
    check_is_fitted(estimator)
    check_file_path(path, "path")
    if estimator.block_size_ > _MAX_BLOCK_SIZE:
        raise ValueError(
            f"block_size must be at most {_MAX_BLOCK_SIZE} to be saved; got "
            f"{estimator.block_size_}."
        )
    parameters = {
        name: _parameter_as_data(name, value)
        for name, value in estimator.get_params(deep=False).items()
    }
    fitted_state, tensors = estimator._fitted_state()
    state = {
        "format": _FORMAT,
        "versions": {"skising": __version__, "torch": torch.__version__, "numpy": np.__version__},
        "estimator": kinds[0],
        "parameters": parameters,
        **fitted_state,
    }
    text = json.dumps(state, default=float)
    metadata = {"skising": text, "sha256": _digest(text, tensors)}
    data = serialize(tensors, metadata=metadata)
    replace(Path(path), lambda file: file.write(data))


def load(path: PathLike) -> BlockAveragingRegressor | BlockAveragingClassifier:
    """Load an estimator from a file that `save` has written.

    Its predictions are those of the saved estimator to the last bit.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    estimator : BlockAveragingRegressor or BlockAveragingClassifier
        Fitted. `device="auto"` is the GPU of this machine if it has one, else the CPU.

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
    with open(path, "rb"):
        pass  # raises OSError if there is no such file; safetensors raises other errors
    try:
        with safe_open(os.fspath(path), framework="pt") as file:
            return _read(file)
    except (
        SafetensorError,
        AttributeError,
        KeyError,
        OverflowError,
        RecursionError,
        RuntimeError,
        TypeError,
        ValueError,
    ) as error:
        raise ValueError(
            "path must name a whole, undamaged file of skising.save; "
            f"{os.fspath(path)!r} is not: {error}"
        ) from error


def _read(file):
    metadata = file.metadata()
    if metadata is None or set(metadata) != {"skising", "sha256"}:
        raise ValueError("its header does not hold what skising writes there")
    state = json.loads(metadata["skising"])
    if state["format"] != _FORMAT:
        raise ValueError(f"its format is {state['format']!r}, and this version reads {_FORMAT}")
    names = file.keys()
    tensors = {name: file.get_tensor(name) for name in names}
    if _digest(metadata["skising"], tensors) != metadata["sha256"]:
        raise ValueError("its checksum does not fit its contents")
    estimator = _empty_estimator(state)
    estimator._restore_fitted_state(state, tensors)
    return estimator


def _empty_estimator(state):
    """Return the unfitted estimator that a file describes."""
    cls = _ESTIMATORS[state["estimator"]]
    parameters = dict(state["parameters"])
    if set(parameters) != set(cls().get_params(deep=False)):
        raise ValueError("its parameters are not those of the estimator")
    if isinstance(parameters["descriptor"], dict):
        name, values = parameters["descriptor"]["class"], parameters["descriptor"]["parameters"]
        parameters["descriptor"] = _DESCRIPTORS[name](**values)
    if parameters["net_params"] is not None:
        net_params = dict(parameters["net_params"])
        if not all(map(_sets_module, net_params)):
            raise ValueError("its net_params are not those of a network of skising")
        if "module" in net_params:
            net_params["module"] = _MODULES[net_params["module"]]
        parameters["net_params"] = net_params
    estimator = cls(**parameters)
    estimator._check_parameters()
    if estimator.block_size > _MAX_BLOCK_SIZE:
        raise ValueError(f"its block_size is above {_MAX_BLOCK_SIZE}")
    return estimator


def _parameter_as_data(name, value):
    for label, cls in _DESCRIPTORS.items():
        if name == "descriptor" and type(value) is cls:
            return {"class": label, "parameters": value.get_params(deep=False)}
    if name == "net_params" and value is not None:
        return {key: _net_param_as_data(key, entry) for key, entry in value.items()}
    value = value.item() if isinstance(value, np.generic) else value
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(
        f"{name} must be a number, a string or None to be saved; got {value!r}, which only code "
        f"could restore. It is not needed after fit: use estimator.set_params({name}=...) first."
    )


def _sets_module(name):
    return name == "module" or name.startswith("module__")


def _net_param_as_data(name, value):
    if name == "module" and _MODULES.get(value.__name__) is value:
        return value.__name__
    numbers = value if isinstance(value, (list, tuple)) else [value]
    if name.startswith("module__") and all(type(number) in (int, float) for number in numbers):
        return value
    raise TypeError(
        "net_params must hold a network of skising, and its sizes as numbers, to be saved; got "
        f"{name}={value!r}, which only code could restore. After fit only the module and its sizes "
        "are needed: leave out the rest with estimator.set_params(net_params=...)."
    )


def _digest(text, tensors):
    digest = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        array = tensors[name].numpy()
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
