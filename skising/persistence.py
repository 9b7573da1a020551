"""Fitted estimators to and from a file that can hold no code."""

import hashlib
import json
import os
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialize
from sklearn.utils.validation import check_is_fitted
from skorch.history import History

from ._files import replace
from ._validation import check_file_path
from ._version import __version__
from .block_averaging import BlockAveragingClassifier, BlockAveragingRegressor
from .block_averaging._training import seeded
from .descriptors import D4Descriptor, PairCorrelationDescriptor, SpinDescriptor
from .descriptors._registry import resolve_descriptor
from .networks import FullyConnectedNetwork, OrbitNetwork

__all__ = ["load", "save"]


def __dir__():
    return __all__


_FORMAT = 1
_ESTIMATORS = {"classifier": BlockAveragingClassifier, "regressor": BlockAveragingRegressor}
_DESCRIPTORS = {
    cls.__name__: cls for cls in (D4Descriptor, PairCorrelationDescriptor, SpinDescriptor)
}
_MODULES = {cls.__name__: cls for cls in (FullyConnectedNetwork, OrbitNetwork)}
_LARGEST_BLOCK = 1024  # bounds what a made-up file can ask for before its arrays are looked at
_LABELS = ("U", "O", "b1", *(f"{kind}{size}" for kind in "iuf" for size in (1, 2, 4, 8)))


def save(estimator, path):
    """Write a fitted estimator to a file.

    The file is in the safetensors format: the arrays as they are, and parameters, training history
    and versions as JSON in its header. It holds data alone, no pickle and no code, so that a file
    from a stranger is safe to `load`. An existing file is replaced only once the new one is whole.

    Parameters
    ----------
    estimator : BlockAveragingRegressor or BlockAveragingClassifier
        Fitted, with a descriptor of skising and parameters that are numbers, strings or None.
    path : str or path-like

    Raises
    ------
    NotFittedError
        Before `fit`.
    TypeError
        If the estimator is of another class, a parameter cannot be written as data (callbacks, a
        RandomState instance, a descriptor of another class), or `path` is no path.
    ValueError
        If its blocks are larger than 1024 x 1024.
    OSError
        If the file cannot be written.

    See Also
    --------
    load : Reads it.

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
            f"{type(estimator).__name__}. Of a pipeline or a search, save the estimator inside."
        )
    check_is_fitted(estimator)
    check_file_path(path, "path")
    if estimator.block_size_ > _LARGEST_BLOCK:
        raise ValueError(
            f"block_size must be at most {_LARGEST_BLOCK} to be saved; got {estimator.block_size_}."
        )
    tensors = dict(estimator.net_.module_.state_dict())
    state = {
        "format": _FORMAT,
        "versions": {"skising": __version__, "torch": torch.__version__, "numpy": np.__version__},
        "estimator": kinds[0],
        "parameters": {
            name: _parameter_as_data(name, value)
            for name, value in estimator.get_params(deep=False).items()
        },
        "fitted": _fitted_as_data(estimator, tensors),
        "history": estimator.history_.to_list(),
    }
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    text = json.dumps(state, default=float)
    metadata = {"skising": text, "sha256": _digest(text, tensors)}
    data = serialize(tensors, metadata=metadata)
    replace(Path(path), lambda file: file.write(data))


def load(path):
    """Read an estimator that `save` has written.

    It predicts bit for bit what the saved one did.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    estimator : BlockAveragingRegressor or BlockAveragingClassifier
        Fitted. `device` "auto" is resolved anew.

    Raises
    ------
    ValueError
        If the file was not written by `save`, is damaged, or is of a later version of the format.
    OSError
        If it cannot be read.

    See Also
    --------
    save : Writes it, with an example.
    """
    with open(path, "rb"):
        pass  # an OSError of Python's own where there is no file to read
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
            f"path must name a whole, undamaged file of skising.save; {os.fspath(path)!r} is none: "
            f"{error}"
        ) from error


def _read(file):
    metadata = file.metadata()
    if metadata is None or set(metadata) != {"skising", "sha256"}:
        raise ValueError("its header does not hold what skising writes there")
    state = json.loads(metadata["skising"])
    if state["format"] != _FORMAT:
        raise ValueError(f"its format is {state['format']!r}, and this version reads {_FORMAT}")
    tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    if _digest(metadata["skising"], tensors) != metadata["sha256"]:
        raise ValueError("its checksum does not fit its contents")
    estimator = _empty_estimator(state)
    _restore_fitted(estimator, state["fitted"], tensors)
    block = np.ones((1,) + (estimator.block_size,) * 2, np.int8)
    descriptor = resolve_descriptor(estimator.descriptor, estimator.block_size).fit(block)
    module, arguments = estimator._module(descriptor, estimator._n_outputs)
    # Without memory: what the file asks for is compared with what it holds before it is made.
    with torch.device("meta"):
        expected = module(**arguments).state_dict()
    if _shapes(tensors) != _shapes(expected):
        raise ValueError("its arrays are not those of the network that it describes")
    net = estimator._build_network(descriptor, estimator._n_outputs)
    with seeded(0, net.device):
        net.initialize()
    net.module_.load_state_dict(tensors)
    net.history_ = History(state["history"])
    estimator._become_fitted(net, descriptor, {})
    return estimator


def _empty_estimator(state):
    cls = _ESTIMATORS[state["estimator"]]
    parameters = dict(state["parameters"])
    if set(parameters) != set(cls().get_params(deep=False)):
        raise ValueError("its parameters are not those of the estimator")
    if isinstance(parameters["descriptor"], dict):
        name, values = parameters["descriptor"]["class"], parameters["descriptor"]["parameters"]
        parameters["descriptor"] = _DESCRIPTORS[name](**values)
    if parameters["net_params"] is not None:
        net_params = dict(parameters["net_params"])
        if not all(map(_is_of_module, net_params)):
            raise ValueError("its net_params are not those of a network of skising")
        if "module" in net_params:
            net_params["module"] = _MODULES[net_params["module"]]
        parameters["net_params"] = net_params
    estimator = cls(**parameters)
    estimator._check_parameters()
    if estimator.block_size > _LARGEST_BLOCK:
        raise ValueError(f"its block_size is above {_LARGEST_BLOCK}")
    return estimator


def _shapes(tensors):
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}


def _parameter_as_data(name, value):
    for label, cls in _DESCRIPTORS.items():
        if name == "descriptor" and type(value) is cls:
            return {"class": label, "parameters": value.get_params(deep=False)}
    if name == "net_params" and value is not None:
        return {key: _net_param_as_data(key, of_net) for key, of_net in value.items()}
    value = value.item() if isinstance(value, np.generic) else value
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(
        f"{name} must be a number, a string or None to be saved; got {value!r}, which only code "
        f"could restore. Use estimator.set_params({name}=...) first: after fit it is not needed."
    )


def _is_of_module(name):
    return name == "module" or name.startswith("module__")


def _net_param_as_data(name, value):
    if name == "module" and _MODULES.get(value.__name__) is value:
        return value.__name__
    numbers = value if isinstance(value, (list, tuple)) else [value]
    if name.startswith("module__") and all(type(number) in (int, float) for number in numbers):
        return value
    raise TypeError(
        "net_params must hold a network of skising, and its sizes as numbers, to be saved; got "
        f"{name}={value!r}, which only code could restore. What is not of the module is not needed "
        "after fit: leave it out by estimator.set_params(net_params=...)."
    )


def _fitted_as_data(estimator, tensors):
    """Return what `fit` found as JSON, with its float arrays added to the tensors."""
    if isinstance(estimator, BlockAveragingRegressor):
        tensors["y_mean_"] = torch.from_numpy(np.array(estimator.y_mean_))
        tensors["y_scale_"] = torch.from_numpy(np.array(estimator.y_scale_))
        return {"single_output": estimator._single_output}
    classes = estimator.classes_
    kind = "U" if classes.dtype.kind == "U" else classes.dtype.str.lstrip("<>|=")
    if kind not in _LABELS or not _is_plain(classes.tolist()):
        raise TypeError(
            f"classes must be numbers or strings to be saved; got dtype {classes.dtype}. Fit with "
            "such labels."
        )
    return {"classes": classes.tolist(), "dtype": kind}


def _restore_fitted(estimator, fitted, tensors):
    if isinstance(estimator, BlockAveragingRegressor):
        estimator.y_mean_ = tensors.pop("y_mean_").numpy()
        estimator.y_scale_ = tensors.pop("y_scale_").numpy()
        estimator._single_output = bool(fitted["single_output"])
        return
    kind = fitted["dtype"]
    if kind not in _LABELS or not _is_plain(fitted["classes"]):
        raise ValueError("its classes are neither numbers nor strings")
    estimator.classes_ = np.array(fitted["classes"], dtype=kind)


def _is_plain(labels):
    return all(isinstance(label, (bool, int, float, str)) for label in labels)


def _digest(text, tensors):
    digest = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        array = tensors[name].numpy()
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
