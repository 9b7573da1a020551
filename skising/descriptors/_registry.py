"""The descriptors by name."""

from sklearn.base import clone

from .._validation import check_choice
from ._d4 import D4Descriptor
from ._pairs import PairCorrelationDescriptor
from ._spins import SpinDescriptor

_BY_NAME = {
    "d4": D4Descriptor,
    "pair": PairCorrelationDescriptor,
    "spins": SpinDescriptor,
}


def resolve_descriptor(descriptor, block_size):
    """Return an unfitted descriptor for blocks of a size, from its name, or as a clone."""
    if isinstance(descriptor, str):
        check_choice(descriptor, "descriptor", tuple(_BY_NAME))
        # So that a search over block_size can go down to the smallest.
        near = {"max_distance": min(4, block_size - 1)} if descriptor == "pair" else {}
        return _BY_NAME[descriptor](**near)
    is_instance = not isinstance(descriptor, type)
    if not (is_instance and hasattr(descriptor, "fit") and hasattr(descriptor, "transform")):
        raise TypeError(
            "descriptor must be 'd4', 'pair', 'spins' or a transformer with fit and transform, "
            "from blocks (n_blocks, l, l) to features (n_blocks, n_features); got "
            f"{descriptor!r}."
        )
    return clone(descriptor)
