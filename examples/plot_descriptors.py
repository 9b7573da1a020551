"""
Invariants of a block: orbits, irreps, and what they tell apart
===============================================================

A block of spins is mapped onto itself by the eight operations of the square, the group D4; the
energy of an Ising lattice is also unchanged when all spins flip. `D4Descriptor` computes features
that none of these 16 operations changes.
"""

# %%
# Orbits and irreps
# -----------------
# Sites that the operations take to each other form an orbit: of eight sites in general, of four on
# the axes and on the diagonals, and of one in the centre. Any block is the sum of five parts, each
# of which transforms in a way of its own: as one of the irreps A1, A2, B1, B2 and E.

import matplotlib.pyplot as plt
import numpy as np

from skising import D4Descriptor, make_ising, symmetry

plt.rcParams.update({"font.size": 11, "axes.spines.top": False, "axes.spines.right": False})
BLOCK_SIZE = 15
block = make_ising(1, 64, temperatures=[2.6], random_state=3).data[0, :BLOCK_SIZE, :BLOCK_SIZE]
orbits = symmetry.orbits(BLOCK_SIZE)

figure, axes = plt.subplots(2, 4, figsize=(11, 5.9), layout="constrained")
number = np.empty(BLOCK_SIZE**2, int)
for k, orbit in enumerate(orbits):
    # Neighbouring distances get distant colours.
    number[orbit.sites] = k * 7 % 20
panels = [
    ("orbits", number.reshape(block.shape), {"cmap": "tab20"}),
    ("spins", block, {"cmap": "gray", "vmin": -1, "vmax": 1}),
]
for irrep in symmetry.IRREPS:
    part = symmetry.project(block, irrep)
    share = (part**2).sum() / block.size
    panels.append((f"{irrep}: {share:.0%}", part, {"cmap": "RdBu_r", "vmin": -1, "vmax": 1}))
for panel, (title, values, style) in zip(axes.flat, panels, strict=False):
    picture = panel.imshow(values, interpolation="nearest", **style)
    panel.set(title=title, xticks=[], yticks=[])
    panel.spines[:].set_visible(True)
axes.flat[-1].axis("off")
scale = axes.flat[-1].inset_axes([0.1, 0.05, 0.08, 0.9])
figure.colorbar(picture, cax=scale, label="part of the spin")
figure.suptitle(f"A {BLOCK_SIZE} x {BLOCK_SIZE} block at $T = 2.6$: its orbits, spins and irreps")
figure.savefig("irreps.png", dpi=150)
print("figure: irreps.png")

# %%
# The orbits, by distance from the centre, and their irreps; E1 and E2 are two copies of E.

descriptor = D4Descriptor().fit(block[np.newaxis])
print(descriptor.orbits_.groupby("kind", sort=False)[["size", "irreps"]].first())

# %%
# The 16 images of one block
# --------------------------
# Their spins differ at many sites. Their features are the same to the last bit.

turned = [np.rot90(mirrored, k) for mirrored in (block, block[:, ::-1]) for k in range(4)]
images = np.array([sign * image for image in turned for sign in (1, -1)])
features = descriptor.transform(images)
names = descriptor.get_feature_names_out()
is_phase = np.array([name.startswith("phase") for name in names])
print("16 images, all features bit-equal:", bool((features == features[0]).all()))

figure, axes = plt.subplots(2, 1, figsize=(9, 6), layout="constrained")
axes[0].imshow(images.reshape(16, -1), cmap="gray", aspect="auto", interpolation="nearest")
axes[0].set(ylabel="image", xlabel="site", yticks=[], title="16 images of one block: their spins")
for color, label, chosen in [("#0072b2", "power", ~is_phase), ("#d55e00", "phase", is_phase)]:
    lines = axes[1].plot(np.flatnonzero(chosen), features[:, chosen].T, ".", color=color, ms=3)
    lines[0].set_label(label)
axes[1].set(
    ylabel="feature", xlabel="feature number", title="All 16 on top of each other: their features"
)
axes[1].legend(frameon=False, markerscale=4, loc="lower left")
figure.savefig("images.png", dpi=150)
print("figure: images.png")

# %%
# Which blocks they tell apart
# ----------------------------
# Of all 3 x 3 and 4 x 4 blocks, how many of those that no operation takes to each other have
# features of their own? Only "complete" separates all: 51 and 4,324.

print(f"{'invariants':>10}  {'3 x 3':>6}  {'4 x 4':>6}")
for invariants in ("power", "reference", "complete"):
    counts = []
    for size in (3, 4):
        bits = np.arange(2 ** (size * size))[:, np.newaxis] >> np.arange(size * size) & 1
        blocks = (2 * bits - 1).reshape(-1, size, size)
        found = D4Descriptor(invariants=invariants).fit_transform(blocks)
        counts.append(len(np.unique(found, axis=0)))
    print(f"{invariants:>10}  {counts[0]:>6,}  {counts[1]:>6,}")
