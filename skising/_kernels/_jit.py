"""The options with which every kernel is compiled."""

from numba import njit


def jit(function, **options):
    """Return `function` as a kernel that is compiled when it is first called.

    Kernels are serial, because numba's threads abort under those of joblib. They release the GIL,
    so that joblib's threads run in parallel. If numba finds no writable directory for its cache (a
    read-only installation, an account without a home), every process compiles the kernel anew.
    """
    try:
        return njit(nogil=True, cache=True, **options)(function)
    except RuntimeError:
        return njit(nogil=True, **options)(function)


def inline_jit(function):
    """Return `function` as a kernel that is inlined, so that its vectors stay in registers."""
    return jit(function, forceinline=True)
