"""
Invariants of a block: orbits, irreps, and which blocks they separate
=====================================================================

The eight operations of the square, the group D4, map the sites of a block to each other. The energy
of an Ising lattice is also invariant under a flip of all spins. `D4Descriptor` computes features
that are invariant under these 16 operations.
"""

# %%
# Orbits and irreps
# -----------------
# Sites that the operations map to each other form an orbit. An orbit has eight sites in general,
# four sites on the axes or the diagonals, and one site in the centre. Every block is the sum of
# five parts, each of which transforms as one of the irreps A1, A2, B1, B2 and E. The percentage in
# the figure is the weight of a part, its share of the sum of squares.

import matplotlib.pyplot as plt
import numpy as np

from skising import D4Descriptor, make_ising, symmetry

plt.style.use("skising.display.skising")
BLOCK_SIZE = 15
block = make_ising(1, 64, temperatures=[2.6], random_state=3).data[0, :BLOCK_SIZE, :BLOCK_SIZE]
orbits = symmetry.orbits(BLOCK_SIZE)

figure, axes = plt.subplots(2, 4, figsize=(11, 5.9))
color_number = np.empty(BLOCK_SIZE**2, int)
for k, orbit in enumerate(orbits):
    # Multiples of 7 give different colours to orbits at similar distances.
    color_number[orbit.sites] = k * 7 % 20
panels = [
    ("orbits", color_number.reshape(block.shape), {"cmap": "tab20"}),
    ("spins", block, {"cmap": "gray", "vmin": -1, "vmax": 1}),
]
for irrep in symmetry.IRREPS:
    part = symmetry.project(block, irrep)
    weight = (part**2).sum() / block.size
    panels.append((f"{irrep}: {weight:.0%}", part, {"cmap": "RdBu_r", "vmin": -1, "vmax": 1}))
for panel, (title, values, style) in zip(axes.flat, panels, strict=False):
    picture = panel.imshow(values, **style)
    panel.set(title=title, xticks=[], yticks=[])
    panel.spines[:].set_visible(True)
axes.flat[-1].axis("off")
scale = axes.flat[-1].inset_axes([0.1, 0.05, 0.08, 0.9])
figure.colorbar(picture, cax=scale, label="Part of the spin")
figure.suptitle(f"A {BLOCK_SIZE} x {BLOCK_SIZE} block at $T = 2.6$: its orbits, spins and irreps")
figure.savefig("irreps.png", dpi=150)

# %%
# The table lists the kinds of orbits with their sizes and irreps. E1 and E2 are two copies of E.

descriptor = D4Descriptor().fit(block[np.newaxis])
print(descriptor.orbits_.groupby("kind", sort=False)[["size", "irreps"]].first())

# %%
# The 16 images of one block
# --------------------------
# The spins of the images differ at many sites. Their features are the same to the last bit.

turned = [np.rot90(start, k) for start in (block, block[:, ::-1]) for k in range(4)]
images = np.array([sign * image for image in turned for sign in (1, -1)])
features = descriptor.transform(images)
names = descriptor.get_feature_names_out()
is_phase = np.array([name.startswith("phase") for name in names])
difference = np.ptp(features, axis=0).max()
print(f"{(images[0] != images[1:]).mean():.0%} of the spins differ from those of the first image")
print(f"largest difference between the features of the 16 images: {difference}")

figure, axes = plt.subplots(2, 1, figsize=(9, 6))
axes[0].imshow(images.reshape(16, -1), cmap="gray", aspect="auto")
axes[0].set(ylabel="Image", xlabel="Site", yticks=[], title="16 images of one block: their spins")
for color, label, columns in [("C0", "power", ~is_phase), ("C1", "phase", is_phase)]:
    lines = axes[1].plot(np.flatnonzero(columns), features[:, columns].T, ".", color=color, ms=3)
    lines[0].set_label(label)
axes[1].set(ylabel="Feature", xlabel="Feature number", title="Their features, on top of each other")
axes[1].legend(markerscale=4, loc="lower left")
figure.savefig("images.png", dpi=150)

# %%
# Which blocks the features separate
# ----------------------------------
# There are 51 inequivalent blocks of 3 x 3 sites and 4,324 of 4 x 4. The table counts how many
# different sets of features they have. Only ``invariants="complete"`` separates all blocks.

print(f"{'invariants':>10}  {'3 x 3':>6}  {'4 x 4':>6}")
for invariants in ("power", "reference", "complete"):
    counts = []
    for size in (3, 4):
        bits = np.arange(2 ** (size * size))[:, np.newaxis] >> np.arange(size * size) & 1
        blocks = (2 * bits - 1).reshape(-1, size, size)
        features = D4Descriptor(invariants=invariants).fit_transform(blocks)
        counts.append(len(np.unique(features, axis=0)))
    print(f"{invariants:>10}  {counts[0]:>6,}  {counts[1]:>6,}")
