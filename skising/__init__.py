"""Learn intensive properties of huge spin lattices from small blocks of them, with scikit-learn.

The method is that of Tian, Zhang and Chern, Phys. Rev. E 108, 065304 (2023). Public names are
loaded on first use, so that ``import skising`` is fast: it does not import torch or numba. Only the
estimators, their networks, `save` and `load` need torch, which the extra "torch" installs.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from ._extras import explain_missing_torch
from ._version import __version__

_MODULE_OF_NAME = {
    "BlockAveragingClassifier": "block_averaging",
    "BlockAveragingRegressor": "block_averaging",
    "ClockSampler": "montecarlo",
    "D4Descriptor": "descriptors",
    "DistributedTraining": "block_averaging",
    "IsingSampler": "montecarlo",
    "PairCorrelationDescriptor": "descriptors",
    "PottsSampler": "montecarlo",
    "as_lattices": "conversion",
    "extract_blocks": "blocks",
    "load": "persistence",
    "load_pretrained": "persistence",
    "make_clock": "montecarlo",
    "make_ising": "montecarlo",
    "make_potts": "montecarlo",
    "sample_blocks": "blocks",
    "save": "persistence",
    "staggered": "blocks",
    "states_from_angles": "blocks",
}

__all__ = [
    "BlockAveragingClassifier",
    "BlockAveragingRegressor",
    "ClockSampler",
    "D4Descriptor",
    "DistributedTraining",
    "IsingSampler",
    "PairCorrelationDescriptor",
    "PottsSampler",
    "__version__",
    "as_lattices",
    "display",
    "exact",
    "extract_blocks",
    "load",
    "load_pretrained",
    "make_clock",
    "make_ising",
    "make_potts",
    "observables",
    "sample_blocks",
    "save",
    "scaling",
    "staggered",
    "states_from_angles",
    "symmetry",
]

if TYPE_CHECKING:
    from . import display, exact, observables, scaling, symmetry
    from .block_averaging import (
        BlockAveragingClassifier,
        BlockAveragingRegressor,
        DistributedTraining,
    )
    from .blocks import extract_blocks, sample_blocks, staggered, states_from_angles
    from .conversion import as_lattices
    from .descriptors import D4Descriptor, PairCorrelationDescriptor
    from .montecarlo import (
        ClockSampler,
        IsingSampler,
        PottsSampler,
        make_clock,
        make_ising,
        make_potts,
    )
    from .persistence import load, load_pretrained, save


def __getattr__(name):
    if name in _MODULE_OF_NAME:
        try:
            module = import_module(f".{_MODULE_OF_NAME[name]}", __name__)
        except ImportError as error:
            explain_missing_torch(error, name)
            raise
        return getattr(module, name)
    if name in __all__:
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return __all__
