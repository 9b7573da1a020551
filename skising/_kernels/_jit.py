"""The options with which every kernel is compiled."""

from numba import njit
from numba.core.caching import FunctionCache


class _Cache(FunctionCache):
    """A cache whose damaged files, which a kill or a full disk leaves, are written anew."""

    def load_overload(self, sig, target_context):
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # damaged pickles raise errors of many kinds
            self.flush()
            return None


def jit(function, **options):
    """Return `function` as a kernel that is compiled when it is first called.

    Kernels are serial, because numba's threads abort under those of joblib. They release the GIL,
    so that joblib's threads run in parallel. If numba finds no writable directory for its cache (a
    read-only installation, an account without a home), every process compiles the kernel anew.
    """
    kernel = njit(nogil=True, **options)(function)
    try:
        kernel._cache = _Cache(function)
    except RuntimeError:
        return kernel
    return kernel


def inline_jit(function):
    """Return `function` as a kernel that is inlined, so that its vectors stay in registers."""
    return jit(function, forceinline=True)
