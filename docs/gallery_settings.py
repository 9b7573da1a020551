"""The order of the examples in the gallery, and a hook that hides progress bars."""

from tqdm import std

_original_init = std.tqdm.__init__

# From first steps to special topics.
_ORDER = (
    "quickstart",
    "sampling",
    "energy",
    "phase_accuracy",
    "data_collapse",
    "window_limit",
    "first_order",
    "best_classifier",
    "correlation_length",
    "thermometer",
    "block_size",
    "objective",
    "huge_lattice",
    "local_map",
    "descriptors",
    "equivariance",
    "own_lattices",
    "unknown_tc",
    "antiferromagnet",
    "vacancies",
    "ising_reads_potts",
    "xy",
    "save_and_share",
)


class TeachingOrder:
    """Sort key for sphinx-gallery: examples in the order of `_ORDER`, then all others by name."""

    def __init__(self, src_dir):
        self.src_dir = src_dir

    def __call__(self, filename):
        """Return the sort key of a file name."""
        name = filename.removeprefix("plot_").removesuffix(".py")
        return (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)


def hide_progress_bars(gallery_conf, fname):
    """Disable progress bars, because each of their updates would be a line of the shown output."""

    def init_disabled(self, *args, **kwargs):
        _original_init(self, *args, **(kwargs | {"disable": True}))

    std.tqdm.__init__ = init_disabled
