"""Parameters, descriptors and networks of estimators, to and from values that JSON can hold.

Data may come from a file that a stranger has written.
"""

import numpy as np

from .._validation import check_integer, check_n_jobs
from ..descriptors._registry import DESCRIPTORS, spins_of
from ..networks import FullyConnectedNetwork, OrbitNetwork
from ._network import example_block

_DESCRIPTORS = {cls.__name__: cls for cls in DESCRIPTORS.values()}
_MODULES = {cls.__name__: cls for cls in (FullyConnectedNetwork, OrbitNetwork)}
# These bound the memory of the descriptor that a forged file asks for.
_MAX_BLOCK_SIZE = 1024
_MAX_TABLE_BYTES = 1 << 30


def fitted_as_data(estimator):
    """Return the block size, the descriptor and the network of a fitted estimator as a dict.

    Raises
    ------
    TypeError
        If the descriptor or the network is not of a class of skising.
    """
    return {
        "block_size": int(estimator.block_size_),
        "descriptor": _fitted_descriptor_as_data(estimator.descriptor_),
        "network": _network_as_data(estimator.net_.module_),
    }


def fitted_from_data(data, tensors):
    """Return what `fitted_as_data` has described, if it fits the tensors in a file.

    The sizes of the network are those of the tensors, so that no more memory is allocated than the
    file has. Those of the descriptor are compared with the tensors first.

    Parameters
    ----------
    data : dict
    tensors : dict of str to Tensor
        The weights of the network, and other arrays.

    Returns
    -------
    descriptor : BlockDescriptor
        Fitted.
    module : (type, dict)
        The class of the torch module, and the arguments of its constructor.

    Raises
    ------
    LookupError, TypeError, ValueError
        If the data or the tensors are something else.
    """
    if not all(tensor.numel() for tensor in tensors.values()):
        raise ValueError("one of its arrays is empty")
    network = data["network"]
    module = _MODULES[network["class"]]
    arguments = module._sizes({name: tuple(tensor.shape) for name, tensor in tensors.items()})
    if "dropout" in network:
        if not 0 <= network["dropout"] <= 1:
            raise ValueError(f"its dropout is {network['dropout']}")
        arguments["dropout"] = network["dropout"]
    descriptor = _fitted_descriptor(data["descriptor"], data["block_size"], arguments["n_features"])
    if module is OrbitNetwork:
        del arguments["n_features"]
        arguments["feature_grid"] = descriptor.feature_grid_
    return descriptor, (module, arguments)


def parameters_as_data(estimator):
    """Return the parameters of an estimator as a dict.

    Raises
    ------
    TypeError
        If only code could restore a parameter.
    """
    parameters = estimator.get_params(deep=False)
    return {name: _parameter_as_data(name, value) for name, value in parameters.items()}


def parameters_from_data(data):
    """Return the parameters that `parameters_as_data` has written.

    Raises
    ------
    LookupError, TypeError, ValueError
        If the data are something else.
    """
    return {name: _parameter_from_data(name, value) for name, value in data.items()}


def descriptor_as_data(descriptor):
    """Return the class and the parameters of a descriptor of skising as a dict."""
    parameters = descriptor.get_params(deep=False)
    return {
        "class": type(descriptor).__name__,
        "parameters": {name: _without_numpy(value) for name, value in parameters.items()},
    }


def check_saved_block_size(block_size):
    """Raise TypeError or ValueError unless blocks of this size may be saved."""
    check_integer(block_size, "block_size", minimum=2)
    if block_size > _MAX_BLOCK_SIZE:
        raise ValueError(
            f"block_size must be at most {_MAX_BLOCK_SIZE} to be saved; got {block_size}."
        )


def _fitted_descriptor_as_data(descriptor):
    if type(descriptor) not in _DESCRIPTORS.values():
        raise TypeError(
            "descriptor must be one of skising in fit, for the estimator to be saved; it was a "
            f"{type(descriptor).__name__}, which only code could restore. Keep the estimator as a "
            "pickle, or fit it with another descriptor."
        )
    data = descriptor_as_data(descriptor)
    if descriptor.n_states is None and spins_of(descriptor).n_states is not None:
        data["n_states"] = spins_of(descriptor).n_states  # read from the lattices of fit
    return data


def _network_as_data(module):
    name = type(module).__name__
    if _MODULES.get(name) is not type(module):
        raise TypeError(
            "net_params must name a network of skising in fit, for the estimator to be saved; the "
            f"network is a {name}, which only code could restore. Keep the estimator as a pickle, "
            "or fit it with a network of skising."
        )
    return {"class": name, "dropout": module.dropout}


def _parameter_as_data(name, value):
    if name == "checkpoint":
        return None  # a path of this machine
    if name == "descriptor" and type(value) in _DESCRIPTORS.values():
        return descriptor_as_data(value)
    if name == "net_params" and value is not None:
        return {key: _net_param_as_data(key, entry) for key, entry in value.items()}
    value = _without_numpy(value)
    if _is_plain(value):
        return value
    raise TypeError(
        f"{name} must be a number, a string or None to be saved; got {value!r}, which only code "
        f"could restore. Set it with estimator.set_params({name}=...) first: what was fitted stays."
    )


def _net_param_as_data(name, value):
    if name == "module" and value in _MODULES.values():
        return value.__name__
    numbers = value if isinstance(value, (list, tuple)) else [value]
    numbers = [_without_numpy(number) for number in numbers]
    if _is_size(name, numbers):
        return numbers if isinstance(value, (list, tuple)) else numbers[0]
    raise TypeError(
        "net_params must hold a network of skising, and its sizes as numbers, to be saved; got "
        f"{name}={value!r}, which only code could restore. Leave out the rest with "
        "estimator.set_params(net_params=...) first: the fitted network stays."
    )


def _is_plain(value):
    return value is None or isinstance(value, (bool, int, float, str))


def _is_size(name, numbers):
    return name.startswith("module__") and all(type(n) in (bool, int, float) for n in numbers)


def _without_numpy(value):
    return value.item() if isinstance(value, np.generic) else value


def _parameter_from_data(name, value):
    if name == "checkpoint":
        return None  # a path that others have chosen
    if name == "descriptor" and isinstance(value, dict):
        return _descriptor_from_data(value)
    if name == "net_params" and value is not None:
        return {key: _net_param_from_data(key, entry) for key, entry in value.items()}
    if not _is_plain(value):
        raise ValueError(f"its {name} is {value!r}")
    return value


def _net_param_from_data(name, value):
    if name == "module":
        return _MODULES[value]
    if not _is_size(name, value if isinstance(value, list) else [value]):
        raise ValueError(f"its net_params are not those of a network of skising: {name}={value!r}")
    return value


def _descriptor_from_data(data):
    descriptor = _DESCRIPTORS[data["class"]](**data["parameters"])
    descriptor._check_parameters()
    check_n_jobs(descriptor.n_jobs)
    return descriptor


def _fitted_descriptor(data, block_size, n_features):
    """Return a fitted descriptor, if a network of so many features can be one for it."""
    check_saved_block_size(block_size)
    descriptor = _descriptor_from_data(data)
    if descriptor._count_features(block_size) != n_features:
        raise ValueError(f"its arrays are not those of a network for {descriptor!r}")
    n_bytes = descriptor._count_table_bytes(block_size)
    if n_bytes > _MAX_TABLE_BYTES:
        raise ValueError(
            f"the tables of {descriptor!r} for blocks of {block_size} x {block_size} sites may "
            f"have {_MAX_TABLE_BYTES >> 20} MiB; they have {n_bytes >> 20}"
        )
    n_states = descriptor.n_states
    if n_states is None and "n_states" in data:
        n_states = check_integer(data["n_states"], "n_states", minimum=2, maximum=1 << 16)
    return descriptor.fit(example_block(block_size, n_states))
