"""Descriptors: blocks of spins to features."""

from ._d4 import D4Descriptor
from ._pairs import PairCorrelationDescriptor
from ._spins import SpinDescriptor

__all__ = ["D4Descriptor", "PairCorrelationDescriptor", "SpinDescriptor"]


def __dir__():
    return __all__
