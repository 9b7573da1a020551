"""What to install for the parts of the package that need torch."""

_EXTRA_TORCH = ("torch", "skorch", "safetensors")


def explain_missing_torch(error, name):
    """Raise an ImportError that says what to install if `error` is that torch is missing.

    `name` is the public name that was to be imported. Other errors are left to the caller.
    """
    if error.name in _EXTRA_TORCH:
        raise ImportError(
            f"skising.{name} needs torch, skorch and safetensors, and {error.name} is not "
            "installed: python -m pip install torch skorch safetensors",
            name=error.name,
        ) from error
