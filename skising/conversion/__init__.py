"""Arrays and files of all kinds to lattices of spins."""

from ._as_lattices import as_lattices

__all__ = ["as_lattices"]


def __dir__():
    return __all__
