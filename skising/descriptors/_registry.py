"""The descriptors by name: the one place that lists them."""

from sklearn.base import clone
from sklearn.pipeline import Pipeline

from .._spins import ANY_NUMBERS, spins_of_kind
from .._validation import check_choice
from ._base import BlockDescriptor
from ._d4 import D4Descriptor
from ._pairs import PairCorrelationDescriptor
from ._spins import SpinDescriptor

DESCRIPTORS = {
    "d4": D4Descriptor,
    "pair": PairCorrelationDescriptor,
    "spins": SpinDescriptor,
}
"""Class of each descriptor, a `BlockDescriptor`, by the name that estimators accept."""


def resolve_descriptor(descriptor, block_size):
    """Return an unfitted descriptor, made from its name or cloned from an instance.

    Parameters
    ----------
    descriptor : str or transformer
        A key of `DESCRIPTORS`, or an instance with fit and transform.
    block_size : int
        Sites per side of the blocks, l. A name gives a descriptor that suits this size.

    Raises
    ------
    TypeError
        If `descriptor` is neither a name nor such an instance.
    ValueError
        If the name is unknown.
    """
    if isinstance(descriptor, str):
        check_choice(descriptor, "descriptor", tuple(DESCRIPTORS))
        return DESCRIPTORS[descriptor]._for_block_size(block_size)
    is_instance = not isinstance(descriptor, type)
    if not (is_instance and hasattr(descriptor, "fit") and hasattr(descriptor, "transform")):
        raise TypeError(
            f"descriptor must be {', '.join(map(repr, DESCRIPTORS))} or a transformer with fit "
            "and transform, from blocks (n_blocks, l, l) to features (n_blocks, n_features); got "
            f"{descriptor!r}."
        )
    return clone(descriptor)


def spins_of(descriptor):
    """Return what the spins of lattices may be for a descriptor.

    Parameters
    ----------
    descriptor : transformer
        It says what it takes by its attributes `spins`, one of `skising._spins.KINDS`, and
        `n_states`. Without `spins` it takes any finite numbers. A pipeline takes what its first
        step takes.

    Returns
    -------
    spins : AnyNumbers

    Raises
    ------
    TypeError, ValueError
        If an attribute has another value.
    """
    while isinstance(descriptor, Pipeline):
        descriptor = descriptor.steps[0][1]
    if isinstance(descriptor, BlockDescriptor) and hasattr(descriptor, "block_size_"):
        return descriptor._spins
    kind = getattr(descriptor, "spins", None)
    if kind is None:
        return ANY_NUMBERS
    n_states = getattr(descriptor, "n_states", None)
    return spins_of_kind(kind, getattr(descriptor, "n_states_", n_states))
