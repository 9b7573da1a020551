"""Torch modules: networks from the features of a block to outputs, losses of lattice averages."""

import math
from itertools import pairwise
from typing import Literal, Self, cast

import numpy as np
from numpy.typing import ArrayLike

from ._extras import explain_missing_torch

try:
    import torch
    from torch import nn
except ImportError as error:
    explain_missing_torch(error, "networks")
    raise

__all__ = [
    "FullyConnectedNetwork",
    "LatticeCrossEntropyLoss",
    "LatticeMSELoss",
    "OrbitNetwork",
    "class_log_probabilities",
]


def __dir__():
    return __all__


_LINEAR_PATH = "linear_path.weight"  # in the state dict of a `FullyConnectedNetwork`


class _Module(nn.Module):
    def train(self, mode: bool = True) -> Self:
        """Set the mode of all layers. This costs nothing when the mode is set already."""
        # skorch sets the mode before each batch.
        return self if self.training == mode else super().train(mode)


class _Linear(nn.Linear):
    """A linear layer that rounds the outputs of a row the same at each place in the batch.

    Torch's matrix product does so, except for 2 to 11 outputs of more than 4 inputs whose number is
    no multiple of 4. Then zeros are appended to the inputs, and to the weights that multiply them.
    """

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        n_inputs = self.in_features
        if not (1 < self.out_features < 12 and n_inputs > 4 and n_inputs % 4):
            return super().forward(input)
        padding = (0, -n_inputs % 4)
        pad = nn.functional.pad
        return nn.functional.linear(pad(input, padding), pad(self.weight, padding), self.bias)


class _ZeroLinear(_Linear):
    """A linear layer whose weights are 0 at first. They draw no random numbers."""

    def reset_parameters(self) -> None:
        nn.init.zeros_(self.weight)


class OrbitNetwork(_Module):
    """Convolutions over the orbits of a block, then fully connected layers.

    This is the network of Phys. Rev. E 108, 065304 (2023), Sec. II B. Each orbit is a point, and
    its features are the channels of the point. Points are ordered by the distance of the orbits
    from the centre of the block. A channel that an orbit does not have is 0.

    Parameters
    ----------
    feature_grid : array-like of shape (n_features, 2)
        Channel and point of each feature, from `D4Descriptor.feature_grid_`.
    n_outputs : int
        Outputs for each block.
    channels : tuple of int, default=(16, 16)
        Output channels of each convolution.
    kernel_size : int, default=3
        Points in the kernel of a convolution.
    hidden : tuple of int, default=(128, 64)
        Widths of the fully connected layers before the output.
    dropout : float, default=0.2
        Fraction of the last hidden layer's outputs that is dropped in training.
    """

    position: torch.Tensor

    def __init__(
        self,
        feature_grid: ArrayLike,
        n_outputs: int,
        *,
        channels: tuple[int, ...] = (16, 16),
        kernel_size: int = 3,
        hidden: tuple[int, ...] = (128, 64),
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        grid = np.asarray(feature_grid)
        self.n_channels, self.n_points = (int(size) + 1 for size in grid.max(axis=0))
        self.register_buffer("position", torch.from_numpy(grid @ [self.n_points, 1]))
        widths = (self.n_channels, *channels)
        convolutions = []
        for n_in, n_out in pairwise(widths):
            convolutions += [nn.Conv1d(n_in, n_out, kernel_size, padding="same"), nn.ReLU()]
        self.convolutions = nn.Sequential(*convolutions)
        self.head = FullyConnectedNetwork(
            widths[-1] * self.n_points, n_outputs, hidden=hidden, dropout=dropout
        )

    @staticmethod
    def _sizes(shapes):
        """Return the arguments, without `feature_grid` and `dropout`, as `FullyConnectedNetwork`.

        The number of features is beside them, as "n_features".
        """
        convolutions = _weights(shapes, "convolutions.")
        head = FullyConnectedNetwork._sizes(_part(shapes, "head."))
        (n_features,) = shapes["position"]
        sizes = {"channels": [shape[0] for shape in convolutions]}
        if convolutions:
            sizes["kernel_size"] = convolutions[0][2]
        return head | sizes | {"n_features": n_features}

    @property
    def dropout(self) -> float:
        """Fraction of the last hidden layer's outputs that is dropped in training."""
        return self.head.dropout

    @property
    def output_layer(self) -> nn.Linear:
        """The last layer, which is linear."""
        return self.head.output_layer

    def hidden(self, features: torch.Tensor) -> torch.Tensor:
        """Map features (..., n_features) to the inputs of the output layer."""
        flat = features.flatten(0, -2)
        grid = flat.new_zeros(len(flat), self.n_channels * self.n_points)
        grid.index_copy_(1, self.position, flat)
        grid = self.convolutions(grid.view(-1, self.n_channels, self.n_points))
        return self.head.hidden(grid.flatten(1)).unflatten(0, features.shape[:-1])

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Map features (..., n_features) to outputs (..., n_outputs)."""
        return self.output_layer(self.hidden(features))


class FullyConnectedNetwork(_Module):
    """Fully connected layers, with optional dropout before the output.

    With a linear path, a linear map of the features is added to the output of the layers.

    Parameters
    ----------
    n_features : int
        Inputs for each block.
    n_outputs : int
        Outputs for each block.
    hidden : tuple of int, default=(128, 128)
        Widths of the layers before the output.
    dropout : float, default=0.0
        Fraction of the last hidden layer's outputs that is dropped in training.
    linear_path : bool, default=False
        Whether there is a linear path. Its weights are 0 at first, and gradient descent does not
        change them. Without hidden layers there is none, because the network is linear.
    """

    linear_path: nn.Linear | None

    def __init__(
        self,
        n_features: int,
        n_outputs: int,
        *,
        hidden: tuple[int, ...] = (128, 128),
        dropout: float = 0.0,
        linear_path: bool = False,
    ) -> None:
        super().__init__()
        layers, width = [], n_features
        for n_hidden in hidden:
            layers += [_Linear(width, n_hidden), nn.ReLU()]
            width = n_hidden
        self.layers = nn.Sequential(*layers, nn.Dropout(dropout), _Linear(width, n_outputs))
        self.linear_path = None
        if linear_path and layers:
            self.linear_path = _ZeroLinear(n_features, n_outputs, bias=False)
            self.linear_path.requires_grad_(False)

    @staticmethod
    def _sizes(shapes):
        """Return the arguments, without `dropout`, of a module with such weights.

        Parameters
        ----------
        shapes : dict of str to tuple of int
            The shape of each weight, by the name in the state dict.

        Returns
        -------
        sizes : dict

        Raises
        ------
        IndexError, KeyError, ValueError
            If no module has such weights.
        """
        weights = _weights(shapes, "layers.")
        widths = [weights[0][1], *(shape[0] for shape in weights)]
        sizes = {"n_features": widths[0], "n_outputs": widths[-1], "hidden": widths[1:-1]}
        return sizes | ({"linear_path": True} if _LINEAR_PATH in shapes else {})

    @property
    def dropout(self) -> float:
        """Fraction of the last hidden layer's outputs that is dropped in training."""
        return cast(nn.Dropout, self.layers[-2]).p

    @property
    def output_layer(self) -> nn.Linear:
        """The last layer, which is linear."""
        return cast(nn.Linear, self.layers[-1])

    def hidden(self, features: torch.Tensor) -> torch.Tensor:
        """Map features (..., n_features) to the inputs of the output layer."""
        return self.layers[:-1](features)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Map features (..., n_features) to outputs (..., n_outputs)."""
        outputs = self.layers(features)
        return outputs if self.linear_path is None else outputs + self.linear_path(features)

    def __setstate__(self, state):
        super().__setstate__(state)
        # Modules in pickles of earlier versions have no linear path.
        if not hasattr(self, "linear_path"):
            self.linear_path = None

    def _load_from_state_dict(self, state_dict, prefix, *args):
        # Networks of earlier versions have no linear path.
        if self.linear_path is not None:
            state_dict.setdefault(prefix + _LINEAR_PATH, torch.zeros_like(self.linear_path.weight))
        super()._load_from_state_dict(state_dict, prefix, *args)


def _part(shapes, prefix):
    """Return the shapes whose names have a prefix, without it."""
    return {k.removeprefix(prefix): shape for k, shape in shapes.items() if k.startswith(prefix)}


def _weights(shapes, prefix):
    """Return the shapes of the weights, without the biases, of numbered layers in their order."""
    suffix = ".weight"
    weights = {k: shape for k, shape in _part(shapes, prefix).items() if k.endswith(suffix)}
    return [weights[name] for name in sorted(weights, key=lambda k: int(k.removesuffix(suffix)))]


class LatticeMSELoss(_Module):
    """Mean squared error of the average over the blocks of a lattice.

    It is Eq. 2 of Phys. Rev. E 108, 065304 (2023).

    Parameters
    ----------
    objective : {"lattice", "block"}, default="lattice"
        "block" averages the squared errors of the blocks.
    """

    def __init__(self, objective: Literal["lattice", "block"] = "lattice") -> None:
        super().__init__()
        self.objective = objective

    def forward(self, outputs: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return the loss of outputs (n_lattices, n_blocks, k) against targets (n_lattices, k)."""
        if self.objective == "block":
            return (outputs - target.unsqueeze(1)).square().mean()
        return (outputs.mean(dim=1) - target).square().mean()


class LatticeCrossEntropyLoss(_Module):
    """Cross entropy of class probabilities that are averaged over the blocks of a lattice.

    It is Eq. 6 of Phys. Rev. E 108, 065304 (2023).

    Parameters
    ----------
    objective : {"lattice", "block"}, default="lattice"
        "block" averages the cross entropies of the blocks.
    pooling : {"probability", "logit"}, default="probability"
        What is averaged over the blocks: their probabilities, as in Eq. 6, or their logits.
    """

    def __init__(
        self,
        objective: Literal["lattice", "block"] = "lattice",
        pooling: Literal["probability", "logit"] = "probability",
    ) -> None:
        super().__init__()
        self.objective = objective
        self.pooling = pooling

    def forward(self, outputs: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return the loss of outputs (n_lattices, n_blocks, k) against classes (n_lattices,)."""
        if self.objective == "block":
            log_probabilities = class_log_probabilities(outputs).flatten(0, 1)
            target = target.repeat_interleave(outputs.shape[1])
        elif self.pooling == "logit":
            log_probabilities = class_log_probabilities(outputs.mean(dim=1))
        else:
            # The average is computed from logarithms, since a small probability is rounded to 0.
            log_sum = class_log_probabilities(outputs).logsumexp(dim=1)
            log_probabilities = log_sum - math.log(outputs.shape[1])
        return nn.functional.nll_loss(log_probabilities, target)


def class_log_probabilities(outputs: torch.Tensor) -> torch.Tensor:
    """Return log probabilities (..., n_classes); one output is the logit of the second class."""
    if outputs.shape[-1] == 1:
        outputs = torch.cat([torch.zeros_like(outputs), outputs], dim=-1)
    return outputs.log_softmax(dim=-1)
