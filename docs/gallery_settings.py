"""The order and the thumbnails of the examples, and a hook that hides progress bars."""

from pathlib import Path

from PIL import Image
from tqdm import std

_original_init = std.tqdm.__init__

# From first steps to special topics.
_ORDER = (
    "quickstart",
    "energy",
    "phase_accuracy",
    "own_lattices",
    "save_and_share",
    "huge_lattice",
    "local_map",
    "thermometer",
    "objective",
    "equivariance",
    "unknown_tc",
    "data_collapse",
    "window_limit",
    "best_classifier",
    "first_order",
    "ising_reads_potts",
    "xy",
    "vacancies",
    "antiferromagnet",
    "sampling",
    "correlation_length",
    "descriptors",
    "block_size",
)
# The part of a figure that its thumbnail shows, from 0 for the left or upper end to 1.
_POSITIONS: dict[str, tuple[float, float]] = {}
_THUMBNAIL_SIZE = (480, 320)


def name_of(path):
    """Return the name of an example in `_ORDER`, from the path of its script."""
    return Path(path).stem.removeprefix("plot_")


def teaching_order(path):
    """Return the key by which minigalleries sort scripts: by `_ORDER`, then all others by name."""
    name = name_of(path)
    return (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)


class TeachingOrder:
    """The same key, as sphinx-gallery asks for it in a gallery."""

    def __init__(self, src_dir):
        self.src_dir = src_dir

    def __call__(self, filename):
        """Return the sort key of a file name."""
        return teaching_order(filename)


def crop_thumbnails(app):
    """Fill each thumbnail with a part of its figure, where sphinx-gallery shrinks all of it."""
    images = Path(app.srcdir) / "gallery" / "images"
    for name in _ORDER:
        figure, thumbnail = (
            images / f"sphx_glr_plot_{name}_001.png",
            images / "thumb" / f"sphx_glr_plot_{name}_thumb.png",
        )
        if figure.exists():
            _cropped(Image.open(figure), *_POSITIONS.get(name, (0, 0))).save(thumbnail)


def _cropped(figure, across, down):
    width, height = figure.size
    ratio = _THUMBNAIL_SIZE[0] / _THUMBNAIL_SIZE[1]
    shown = min(width, round(height * ratio)), min(height, round(width / ratio))
    left, top = round(across * (width - shown[0])), round(down * (height - shown[1]))
    box = left, top, left + shown[0], top + shown[1]
    return figure.convert("RGB").crop(box).resize(_THUMBNAIL_SIZE, Image.Resampling.LANCZOS)


def hide_progress_bars(gallery_conf, fname):
    """Disable progress bars, because each of their updates would be a line of the shown output."""

    def init_disabled(self, *args, **kwargs):
        _original_init(self, *args, **(kwargs | {"disable": True}))

    std.tqdm.__init__ = init_disabled
