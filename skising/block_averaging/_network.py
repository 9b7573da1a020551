"""The skorch network for a fitted descriptor: its torch module, optimizer and device."""

import numpy as np
import torch
from skorch import NeuralNet

from ..networks import FullyConnectedNetwork, OrbitNetwork
from ._dataset import keep_batch


def choose_module(net_params, descriptor, block_size, n_outputs):
    """Return the class of the torch module, and the arguments of its constructor.

    Parameters
    ----------
    net_params : dict or None
        The estimator's parameter. "module" is the class, `FullyConnectedNetwork` by default;
        "module__..." are arguments.
    descriptor : transformer
        Fitted to blocks of that size.
    block_size : int
    n_outputs : int

    Returns
    -------
    module : type
    arguments : dict

    Raises
    ------
    ValueError
        If the module is `OrbitNetwork` and the descriptor has no orbits.
    """
    net_params = net_params or {}
    module = net_params.get("module", FullyConnectedNetwork)
    if module is OrbitNetwork:
        if not hasattr(descriptor, "feature_grid_"):
            raise ValueError(
                "net_params with the module OrbitNetwork, which convolves over orbits, needs "
                f"descriptor='d4'; got {descriptor!r}."
            )
        arguments = {"feature_grid": descriptor.feature_grid_}
    else:
        arguments = {"n_features": descriptor.transform(example_block(block_size)).shape[1]}
    arguments["n_outputs"] = n_outputs
    prefix = "module__"
    arguments |= {
        name.removeprefix(prefix): value
        for name, value in net_params.items()
        if name.startswith(prefix)
    }
    return module, arguments


def example_block(block_size):
    """Return a valid block of spins, (1, l, l) int8, for what depends on the size alone."""
    return np.ones((1, block_size, block_size), np.int8)


def state_shapes(module, arguments):
    """Return the shape of each weight and buffer of a module, by name.

    Torch's "meta" device allocates no memory, however large the sizes in the arguments are.
    """
    with torch.device("meta"):
        state = module(**arguments).state_dict()
    return {name: tuple(tensor.shape) for name, tensor in state.items()}


def build_network(module, arguments, criterion, net_params, **parameters):
    """Return an untrained network, without a split into training and validation data.

    Parameters
    ----------
    module : type
    arguments : dict
        Of the module's constructor.
    criterion : dict
        The parameters "criterion" and "criterion__..." of `skorch.NeuralNet`.
    net_params : dict or None
        The estimator's parameter. It overrides `criterion` and the defaults here.
    **parameters
        Further parameters of `skorch.NeuralNet`, none of which is in `net_params`.

    Returns
    -------
    net : skorch.NeuralNet
    """
    net_params = net_params or {}
    defaults = {
        "optimizer": torch.optim.Adam,
        "iterator_train__collate_fn": keep_batch,
        "iterator_valid__collate_fn": keep_batch,
    }
    if not net_params.keys() & {"optimizer", "optimizer__foreach"}:
        # One kernel a step. Torch's default launches many, which take a tenth of the time of a fit.
        defaults["optimizer__fused"] = True
    skorch_parameters = defaults | criterion | net_params
    skorch_parameters |= {"module": module} | {
        f"module__{name}": value for name, value in arguments.items()
    }
    return NeuralNet(**skorch_parameters, **parameters, train_split=None, verbose=0)


def resolve_device(device):
    """Return the device where torch computes; "auto" is "cuda" if there is one, else "cpu".

    Raises
    ------
    ValueError
        If torch does not have the device.
    """
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(0, device=device)
    except (AssertionError, RuntimeError, TypeError) as error:
        raise ValueError(
            f"device must be 'auto' or a device that torch has here, such as 'cpu'; got "
            f"{device!r}: {str(error).splitlines()[0]}"
        ) from error
    return device
