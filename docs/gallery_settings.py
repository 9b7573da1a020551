"""How sphinx-gallery runs and sorts the examples."""

from tqdm import std

_make_bar = std.tqdm.__init__

# From first steps on, not by the alphabet.
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


def hide_progress_bars(gallery_conf, fname):
    """Keep progress bars, whose every state would be a line, out of what a page shows as output."""

    def make_hidden_bar(self, *args, **kwargs):
        _make_bar(self, *args, **(kwargs | {"disable": True}))

    std.tqdm.__init__ = make_hidden_bar
