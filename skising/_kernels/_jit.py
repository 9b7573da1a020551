"""How every kernel is compiled."""

from numba import njit


def jit(function):
    """Compile `function` at its first call.

    Serial, because numba's own threads abort under joblib's; without the GIL, so that joblib's
    threads run side by side. Where numba finds no directory that it may write its cache to (a
    read-only installation, an account without a home), the kernel is compiled in every process.
    """
    try:
        return njit(nogil=True, cache=True)(function)
    except RuntimeError:
        return njit(nogil=True)(function)
