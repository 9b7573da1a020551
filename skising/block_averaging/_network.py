"""The skorch network for a fitted descriptor: its torch module, optimizer and device."""

from contextlib import contextmanager

import numpy as np
import torch
from torch.overrides import TorchFunctionMode

from ..networks import FullyConnectedNetwork, OrbitNetwork
from ._dataset import block_features, keep_batch
from ._features import features_of
from ._sharing_net import SharingNet


def choose_module(net_params, descriptor, block_size, n_outputs, linear_path):
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
    linear_path : bool
        Whether `FullyConnectedNetwork` has a linear path by default.

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
        arguments = {"n_features": features_of(descriptor, example_block(block_size)).shape[1]}
    arguments["n_outputs"] = n_outputs
    if linear_path and module is FullyConnectedNetwork:
        arguments["linear_path"] = True
    prefix = "module__"
    arguments |= {
        name.removeprefix(prefix): value
        for name, value in net_params.items()
        if name.startswith(prefix)
    }
    return module, arguments


def example_block(block_size, n_states=None):
    """Return a valid block of spins, (1, l, l), for what depends on its size and states alone.

    With `n_states`, the spins are in the highest state, from which a descriptor reads the number.
    """
    spin = np.int8(1) if n_states is None else np.int32(n_states - 1)
    return np.full((1, block_size, block_size), spin)


def state_layout(module, arguments):
    """Return the shape and the dtype of each weight and buffer of a module, by name.

    Torch's "meta" device allocates no memory, however large the sizes in the arguments are.
    """
    with torch.device("meta"):
        return layout_of(module(**arguments).state_dict())


def layout_of(tensors):
    """Return the shape and the dtype of each tensor, by name."""
    return {name: (tuple(tensor.shape), tensor.dtype) for name, tensor in tensors.items()}


class Uninitialized(TorchFunctionMode):
    """A context in which the weights of new layers keep whatever is in their memory.

    It is for weights that are loaded. Random ones would come from the generator that all threads
    share, so that they would change the results of a training in another thread.
    """

    def __torch_function__(self, func, types, args=(), kwargs=None):
        """Call the function, unless it fills a tensor with random numbers."""
        kwargs = kwargs or {}
        if func in (torch.nn.init.kaiming_uniform_, torch.nn.init.uniform_):
            return args[0] if args else kwargs["tensor"]
        return func(*args, **kwargs)


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
    with _errors_named(net_params):
        return SharingNet(**skorch_parameters, **parameters, train_split=None, verbose=0)


def initialize(net, net_params, dataset):
    """Initialize the weights, the optimizer and the callbacks, and try the network on features.

    Parameters
    ----------
    net : skorch.NeuralNet
        From `build_network`.
    net_params : dict or None
        The estimator's parameter.
    dataset : LatticeDataset
        To train on.

    Raises
    ------
    ValueError
        If `net_params` do not describe a network from features to outputs.
    """
    expected = (1, 1, net.module__n_outputs)
    with _errors_named(net_params):
        net.initialize()
        net.get_iterator(dataset, training=True)
        # The random numbers of the training must not depend on this trial.
        with torch.random.fork_rng([]):
            outputs = example_outputs(net, dataset)
    if not isinstance(outputs, torch.Tensor) or outputs.shape != expected:
        found = tuple(outputs.shape) if isinstance(outputs, torch.Tensor) else type(outputs)
        raise ValueError(
            "the module of net_params must map features (n_lattices, n_blocks, n_features) to "
            f"outputs (n_lattices, n_blocks, n_outputs), here to {expected}; got {found}."
        )
    empty = [name for name, weight in net.module_.named_parameters() if weight.numel() == 0]
    if empty:
        raise ValueError(
            f"net_params={net_params!r} describe layers without units: {', '.join(empty)} have no "
            "elements. Give every layer at least one unit."
        )


def example_outputs(net, dataset):
    """Return what the network of a training makes of one block, a tensor (1, 1, n_outputs)."""
    block = example_block(dataset.lattices.block_size)
    features = block_features(dataset.descriptor, block[np.newaxis])
    with torch.inference_mode():
        return net.module_.eval()(features.to(net.device))


@contextmanager
def _errors_named(net_params):
    try:
        yield
    except (AttributeError, AssertionError, RuntimeError, TypeError, ValueError) as error:
        raise ValueError(
            "net_params, with callbacks, must be valid parameters of skorch.NeuralNet; got "
            f"net_params={net_params!r}, for which it raised {type(error).__name__}: {error}"
        ) from error


def resolve_device(device):
    """Return the device where torch computes; "auto" is "cuda" if there is one, else "cpu".

    Raises
    ------
    TypeError
        If `device` is not a string.
    ValueError
        If torch does not have the device, or cannot compute there.
    """
    allowed = "device must be 'auto' or a device that torch has here, such as 'cpu'; got"
    if not isinstance(device, (str, torch.device)):
        raise TypeError(f"{allowed} {device!r} of type {type(device).__name__}.")
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        if torch.device(device).type == "meta":
            raise RuntimeError("this device computes no values")
        torch.zeros(1, device=device).cpu()
    except (AssertionError, RuntimeError) as error:
        raise ValueError(f"{allowed} {device!r}: {str(error).splitlines()[0]}") from error
    return device
