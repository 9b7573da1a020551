"""
Save a model and share it safely
================================

`save` writes a fitted estimator to a file that contains numbers and text but no code. It is
therefore safe to load a file from someone you do not know. `load` returns an estimator whose
predictions are those of the saved one, bit for bit on the same kind of processor and with the same
version of torch.
"""

# sphinx_gallery_thumbnail_path = "_static/social_card.png"

# %%
# Save, load, compare
# -------------------

import json
import pickle
import tempfile
from pathlib import Path

from safetensors import safe_open

from skising import BlockAveragingRegressor, load, make_ising, save

train = make_ising(2000, 32, random_state=0, n_jobs=-1)
model = BlockAveragingRegressor(16, descriptor="pair", max_epochs=15, random_state=0)
model.fit(train.data, train.energy)

folder = Path(tempfile.mkdtemp())
save(model, folder / "energy.safetensors")
loaded = load(folder / "energy.safetensors")

test = make_ising(40, 64, random_state=1)
difference = abs(loaded.predict(test.data) - model.predict(test.data)).max()
size = (folder / "energy.safetensors").stat().st_size
print(loaded)
print(f"size of the file: {size / 1e3:.0f} kB")
print(f"largest difference between the predictions of both: {difference}")

# %%
# What a loaded estimator can do
# ------------------------------
# A loaded estimator can do all that the saved one could. For example, it can predict from another
# number of blocks, or continue its training with other lattices, here from a narrower range of
# temperatures.

for n_blocks in (None, 10):
    energy = loaded.set_params(n_blocks=n_blocks).predict(test.data[:1])[0]
    print(f"energy from {n_blocks or 'all'} blocks: {energy:.3f} J, ", end="")
    print(f"measured: {test.energy[0]:.3f} J")
loaded.set_params(n_blocks=None, warm_start=True, max_epochs=5, lr=1e-3)
narrow = make_ising(500, 32, [1.5, 1.6, 1.7], random_state=2, n_jobs=-1)
loaded.fit(narrow.data, narrow.energy)
print(f"epochs so far: {len(loaded.history_)}")

# %%
# What is in the file
# -------------------
# It is a safetensors file, a format that is common in machine learning. It contains the arrays of
# the network, and JSON in its header. Both can be read without this package.

with safe_open(folder / "energy.safetensors", framework="numpy") as file:
    for name in sorted(file.keys()):
        print(f"{name:>32} {file.get_slice(name).get_shape()}")
    state = json.loads(file.metadata()["skising"])
print(f"estimator: {state['estimator']}, of skising {state['versions']['skising']}")
for name in ("block_size", "descriptor", "max_epochs", "lr"):
    print(f"{name}: {state['parameters'][name]}")

# %%
# Which files load rejects
# ------------------------
# A damaged file fails its checksum, even if only one bit has changed. A pickle can execute any code
# when it is loaded. `load` never executes code from a file.


class Trojan:
    """An object whose pickle executes code when it is loaded."""

    def __reduce__(self):
        return print, ("this could have been any program",)


data = bytearray((folder / "energy.safetensors").read_bytes())
data[-1] ^= 1
(folder / "damaged.safetensors").write_bytes(data)
(folder / "trojan.safetensors").write_bytes(pickle.dumps(Trojan()))
for name in ("damaged.safetensors", "trojan.safetensors"):
    try:
        load(folder / name)
    except ValueError as error:
        print(str(error).replace(str(folder), "..."))
