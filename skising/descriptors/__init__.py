"""Descriptors: blocks of spins to features."""

from ._descriptors import D4Descriptor, PairCorrelationDescriptor, SpinDescriptor

__all__ = ["D4Descriptor", "PairCorrelationDescriptor", "SpinDescriptor"]


def __dir__():
    return __all__
