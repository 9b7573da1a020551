"""The order of the gallery: from first steps on, not by the alphabet."""

_ORDER = (
    "quickstart",
    "sampling",
    "energy",
    "phase_accuracy",
    "data_collapse",
    "window_limit",
    "correlation_length",
    "thermometer",
    "block_size",
    "objective",
    "huge_lattice",
    "local_map",
    "descriptors",
    "equivariance",
    "own_lattices",
    "save_and_share",
)


class FromFirstStepsOn:
    """Sort key of sphinx-gallery: by the list above, and then by name."""

    def __init__(self, src_dir):
        self.src_dir = src_dir

    def __call__(self, filename):
        """Return what to sort a file name by."""
        name = filename.removeprefix("plot_").removesuffix(".py")
        return (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)
