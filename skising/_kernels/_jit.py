"""How every kernel is compiled."""

from numba import njit


def jit(function, **options):
    """Compile `function` at its first call.

    Serial, because numba's own threads abort under joblib's; without the GIL, so that joblib's
    threads run side by side. Where numba finds no directory that it may write its cache to (a
    read-only installation, an account without a home), the kernel is compiled in every process.
    """
    try:
        return njit(nogil=True, cache=True, **options)(function)
    except RuntimeError:
        return njit(nogil=True, **options)(function)


def inline_jit(function):
    """Compile `function` into each kernel that calls it, so that its vectors stay in registers."""
    return jit(function, forceinline=True)
