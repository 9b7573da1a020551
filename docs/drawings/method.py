"""Draw the method: from a lattice by its blocks to a prediction with its error.

Run it in this folder. It trains a regressor on lattices of 64 x 64 sites, predicts a lattice of
128 x 128, and writes the drawing to ``docs/images``, for wide and for narrow pages. All spins,
features and outputs in it are those of this lattice.
"""

from itertools import pairwise
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.patches import ConnectionPatch, Rectangle

from skising import BlockAveragingRegressor, make_ising

OUT = Path(__file__).parents[1] / "images"
UP, DOWN, FRAME, INK, GREY = "#0072b2", "#e3e8ec", "#e66100", "#1d2830", "#66727c"
SPINS = ListedColormap([DOWN, UP])
L, SIZE = 128, 16  # of the lattice and of the blocks
SHOWN = 3, 2  # the block that is followed, as (row, column) of the partition


def results():
    """Return a lattice, its energy, the outputs for its blocks, a block, and its features."""
    train = make_ising(1500, 64, random_state=0, n_jobs=2)
    model = BlockAveragingRegressor(SIZE, descriptor="pair", max_epochs=10, random_state=0)
    model.fit(train.data, train.energy)
    test = make_ising(1, L, [2.35], random_state=3)
    lattice = test.data[0]
    block = blocks_of(lattice)[SHOWN]
    features = model.descriptor_.transform(block[np.newaxis])[0]
    outputs = model.predict_blocks(test.data)[0]
    return lattice, test.energy[0], outputs, block, features


def blocks_of(lattice):
    """Return the partition of a lattice, (rows, columns, l, l)."""
    n = L // SIZE
    return lattice.reshape(n, SIZE, n, SIZE).swapaxes(1, 2)


def draw_lattice(ax, lattice):
    """Draw the lattice with the lines of its partition, and return the corners of a block."""
    ax.imshow(lattice, cmap=SPINS, vmin=-1, vmax=1, extent=(0, L, L, 0), interpolation="nearest")
    for edge in range(0, L + 1, SIZE):
        ax.axhline(edge, color="white", lw=1.1)
        ax.axvline(edge, color="white", lw=1.1)
    row, column = np.array(SHOWN) * SIZE
    ax.add_patch(Rectangle((column, row), SIZE, SIZE, fill=False, ec=FRAME, lw=2.5, zorder=3))
    ax.set_axis_off()
    return column + SIZE, row, row + SIZE


def draw_block(ax, block):
    """Draw a block, and its 16 images around it."""
    ax.set(xlim=(0, 6), ylim=(6, 0), aspect="equal")
    ax.set_axis_off()
    ring = [(0, c) for c in range(6)] + [(r, 5) for r in range(1, 6)]
    ring += [(5, c) for c in range(4, -1, -1)] + [(r, 0) for r in range(4, 0, -1)]
    squares = [np.rot90(x, k) for x in (block, block.T) for k in range(4)]
    images = [sign * square for sign in (1, -1) for square in squares]
    places = [p for p in ring if p not in {(0, 0), (0, 5), (5, 0), (5, 5)}]
    for (row, column), image in zip(places, images, strict=True):
        extent = column + 0.08, column + 0.92, row + 0.92, row + 0.08
        ax.imshow(image, cmap=SPINS, vmin=-1, vmax=1, extent=extent, interpolation="nearest")
    extent = 1.15, 4.85, 4.85, 1.15
    ax.imshow(block, cmap=SPINS, vmin=-1, vmax=1, extent=extent, interpolation="nearest")
    ax.add_patch(Rectangle((1.15, 1.15), 3.7, 3.7, fill=False, ec=FRAME, lw=2.5))
    ax.set(xlim=(0, 6), ylim=(6, 0))


def draw_features(ax, features):
    """Draw the features of a block as bars."""
    ax.barh(np.arange(len(features)), features, color=UP, height=0.72)
    ax.set(ylim=(len(features), -1), xlim=(min(0, features.min()) - 0.01, features.max() * 1.03))
    ax.spines[:].set_visible(False)
    ax.spines["left"].set(visible=True, color=GREY)
    ax.set(xticks=[], yticks=[])


def draw_network(ax):
    """Draw a network with two hidden layers."""
    layers = [*(np.linspace(0.06, 0.94, n) for n in (5, 6, 6)), np.array([0.5])]
    for k, (left, right) in enumerate(pairwise(layers)):
        for a in left:
            for b in right:
                ax.plot([k, k + 1], [a, b], color="#c3ccd3", lw=0.7, zorder=1)
    for k, layer in enumerate(layers):
        color = FRAME if k == len(layers) - 1 else UP
        ax.plot(np.full(len(layer), k), layer, "o", ms=8, color=color, zorder=2)
    ax.set(xlim=(-0.3, 3.3), ylim=(-0.05, 1.05))
    ax.set_axis_off()


def draw_average(ax, outputs, energy):
    """Draw the outputs for all blocks, their mean and its error, and the measured energy."""
    values = outputs.ravel()
    mean, error = values.mean(), values.std() / np.sqrt(len(values))
    counts, _, _ = ax.hist(values, bins=13, color="#9cc7e3", ec="white")
    top = counts.max()
    ax.plot([outputs[SHOWN]] * 2, [0, 0.8], color=FRAME, lw=4, solid_capstyle="butt")
    ax.axvspan(mean - error, mean + error, ymax=0.9, color=UP, alpha=0.25, lw=0)
    ax.axvline(mean, ymax=0.9, color=UP, lw=2.2)
    ax.axvline(energy, ymax=0.9, color=INK, lw=1.3, ls=(0, (3, 2)))
    ax.set(ylim=(0, top * 1.12), yticks=[])
    ax.spines[["top", "left", "right"]].set_visible(False)
    ax.tick_params(labelsize=9, colors=INK)
    ax.set_xlabel("output for a block", size=9.5, color=INK, labelpad=2)
    return mean, error, values.std()


def captions(mean, error, sigma, energy):
    """Return the title and the text of each of the five panels."""
    return [
        ("Lattice", f"{L} x {L} spins,\ncut into blocks"),
        ("Block", "16 images of it have\nthe same energy"),
        ("Invariants  $G_\\alpha$", "the same numbers\nfor all 16 images"),
        ("Network  $f$", "one number for\neach block   (Eq. 1)"),
        (
            "Average over blocks",
            f"mean $-${-mean:.3f} ± {error:.3f}  (Eq. 3),\nspread {sigma:.2f}  (Eq. 4)\n"
            f"measured $-${-energy:.3f} (dashed); training\n"
            "minimises the squared difference  (Eq. 2)",
        ),
    ]


def draw(figure, axes, data, caption):
    """Draw the five panels."""
    lattice, energy, outputs, block, features = data
    right, top, bottom = draw_lattice(axes[0], lattice)
    draw_block(axes[1], block)
    draw_features(axes[2], features)
    draw_network(axes[3])
    found = draw_average(axes[4], outputs, energy)
    for ax, (title, text) in zip(axes, captions(*found, energy), strict=True):
        caption(ax, title, text)
    return right, top, bottom


def wide(data):
    """Draw the panels side by side."""
    figure = plt.figure(figsize=(11.6, 4.0), facecolor="white")
    boxes = [(0.01, 0.175), (0.225, 0.175), (0.445, 0.1), (0.59, 0.13), (0.755, 0.235)]
    axes = [figure.add_axes((x, 0.29, width, 0.58)) for x, width in boxes]
    axes[4].set_position((0.757, 0.395, 0.225, 0.45))

    def caption(ax, title, text):
        box = ax.get_position()
        x = (box.x0 + box.x1) / 2
        figure.text(x, 0.93, title, ha="center", size=13, weight="bold", color=INK)
        figure.text(
            x,
            0.21,
            text,
            ha="center",
            va="top",
            size=10,
            color=INK,
            linespacing=1.5,
        )

    right, top, bottom = draw(figure, axes, data, caption)
    for y, corner in ((top, (1.15, 1.15)), (bottom, (1.15, 4.85))):
        line = ConnectionPatch((right, y), corner, "data", "data", axesA=axes[0], axesB=axes[1])
        line.set(color=FRAME, lw=1.2)
        figure.add_artist(line)
    for x in (0.415, 0.562, 0.737):
        arrow(figure, (x, 0.56), (x + 0.022, 0.56))
    figure.savefig(OUT / "method.png", dpi=160)
    plt.close(figure)


def narrow(data):
    """Draw the panels below each other, each beside its text."""
    figure = plt.figure(figsize=(4.6, 8.6), facecolor="white")
    heights = [0.18, 0.18, 0.12, 0.11, 0.155]
    tops = [0.99, 0.785, 0.58, 0.435, 0.28]
    axes = []
    for k, (top, height) in enumerate(zip(tops, heights, strict=True)):
        box = (0.03, top - height, 0.36, height) if k < 4 else (0.06, 0.155, 0.88, 0.105)
        axes.append(figure.add_axes(box))

    def caption(ax, title, text):
        box = ax.get_position()
        if ax is axes[-1]:
            figure.text(0.06, 0.274, title, size=13, weight="bold", color=INK)
            figure.text(0.06, 0.055, text, size=10, va="center", color=INK, linespacing=1.5)
        else:
            y = (box.y0 + box.y1) / 2
            figure.text(0.47, y + 0.016, title, size=13, weight="bold", color=INK)
            figure.text(0.47, y, text, size=10.5, va="top", color=INK, linespacing=1.5)

    draw(figure, axes, data, caption)
    figure.savefig(OUT / "method_narrow.png", dpi=160)
    plt.close(figure)


def arrow(figure, start, end):
    """Draw an arrow in the coordinates of the figure."""
    style = {"arrowstyle": "-|>", "color": GREY, "lw": 1.8, "mutation_scale": 16}
    figure.add_artist(plt.matplotlib.patches.FancyArrowPatch(start, end, **style))


def main():
    """Write both drawings."""
    plt.rcParams.update({"font.size": 11, "mathtext.fontset": "dejavusans"})
    data = results()
    wide(data)
    narrow(data)


if __name__ == "__main__":
    main()
