"""
Save a model and share it safely
================================

`save` writes a fitted estimator to a file that contains numbers and text but no code. It is
therefore safe to load a file from someone you do not know. `load` returns an estimator whose
predictions are those of the saved one: bit for bit on the same kind of processor.
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
print(f"{loaded!r}\n{size / 1e3:.0f} kB, largest difference of the predictions: {difference}")

# %%
# What a loaded estimator can do
# ------------------------------
# A loaded estimator can do all that the saved one could. For example, it can predict from another
# number of blocks, or continue its training with other lattices, here from a narrower range of
# temperatures.

print("from 10 random blocks:", loaded.set_params(n_blocks=10).predict(test.data)[:3].round(3))
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
print("estimator: ", state["estimator"])
print("versions:  ", state["versions"])
print(
    "parameters:", {k: state["parameters"][k] for k in ("block_size", "descriptor", "max_epochs")}
)

# %%
# Which files `load` rejects
# --------------------------
# A damaged file fails its checksum, even if only a single byte has changed.

data = bytearray((folder / "energy.safetensors").read_bytes())
data[-1] ^= 1
(folder / "damaged.safetensors").write_bytes(data)

# %%
# Loading a pickle can execute any code that is in it. `load` never executes code from a file.


class Trojan:
    """An object whose pickle executes code when it is loaded."""

    def __reduce__(self):
        return print, ("this could have been any program",)


(folder / "trojan.safetensors").write_bytes(pickle.dumps(Trojan()))
for name in ("damaged.safetensors", "trojan.safetensors"):
    try:
        load(folder / name)
    except ValueError as error:
        print(f"{name}: {str(error).replace(str(folder), '...')}")
