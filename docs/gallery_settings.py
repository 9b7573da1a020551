"""The order, thumbnails and links of the examples, and a hook that hides progress bars."""

from pathlib import Path

from PIL import Image, ImageOps
from sphinx.util.nodes import make_refnode
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
# The part of a figure that its thumbnail shows: left and upper end, width and height, as fractions.
_LEFT_HALF = (0, 0, 0.49, 1)
_PARTS = {
    "antiferromagnet": (0, 0, 0.45, 1),
    "best_classifier": _LEFT_HALF,
    "block_size": (0, 0, 0.535, 1),
    "correlation_length": (0, 0, 0.665, 1),
    "data_collapse": (0, 0.5, 0.5, 0.5),
    "descriptors": (0, 0, 1, 1),
    "energy": (0, 0, 0.49, 0.5),
    "equivariance": (0.55, 0, 0.45, 1),
    "first_order": (0.5, 0.51, 0.5, 0.49),
    "huge_lattice": (0, 0, 0.285, 1),
    "ising_reads_potts": (0.68, 0, 0.32, 1),
    "local_map": (0, 0, 0.88, 0.57),
    "objective": _LEFT_HALF,
    "own_lattices": (0, 0, 0.61, 1),
    "phase_accuracy": _LEFT_HALF,
    "quickstart": (0, 0, 1, 0.61),
    "sampling": _LEFT_HALF,
    "thermometer": _LEFT_HALF,
    "unknown_tc": _LEFT_HALF,
    "vacancies": (0, 0, 0.2, 1),
    "window_limit": _LEFT_HALF,
    "xy": (0.5, 0, 0.5, 0.5),
}
_THUMBNAIL_SIZE = (480, 320)
_LINKED_TYPES = ("function", "class", "data")


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
    """Make each thumbnail of a part of its figure, where sphinx-gallery shrinks all of it."""
    images = Path(app.srcdir) / "gallery" / "images"
    for name, part in _PARTS.items():
        figure = images / f"sphx_glr_plot_{name}_001.png"
        if figure.exists():
            thumbnail = images / "thumb" / f"sphx_glr_plot_{name}_thumb.png"
            _thumbnail_of(Image.open(figure), *part).save(thumbnail)


def _thumbnail_of(figure, left, top, width, height):
    size = figure.size * 2
    box = [round(a * b) for a, b in zip((left, top, left + width, top + height), size, strict=True)]
    part = figure.convert("RGB").crop(box)
    return ImageOps.pad(part, _THUMBNAIL_SIZE, Image.Resampling.LANCZOS, color="white")


def link_public_names(app, env, node, contnode):
    """Link a name in single backticks in the text of an example, such as `make_ising`.

    Pages of the gallery have no current module in which Sphinx would look names up. A name that
    several modules have is not linked.
    """
    if not node["refdoc"].startswith("gallery/") or node.get("reftype") != "obj":
        return None
    domain = env.get_domain("py")
    found = domain.find_obj(env, None, None, node["reftarget"], None, searchmode=1)
    # An alias is the name in the private module that defines the object.
    public = [
        (name, entry)
        for name, entry in found
        if entry.objtype in _LINKED_TYPES and not entry.aliased
    ]
    if len(public) != 1:
        return None
    name, entry = public[0]
    page = node["refdoc"]
    return make_refnode(app.builder, page, entry.docname, entry.node_id, contnode, name)


def hide_progress_bars(gallery_conf, fname):
    """Disable progress bars, because each of their updates would be a line of the shown output."""

    def init_disabled(self, *args, **kwargs):
        _original_init(self, *args, **(kwargs | {"disable": True}))

    std.tqdm.__init__ = init_disabled
