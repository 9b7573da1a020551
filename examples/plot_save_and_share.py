"""
Save a model, and share it with people who do not know you
==========================================================

`save` writes a fitted estimator into a file that holds numbers and words and no code, so that a
file from a stranger can do no harm. `load` returns the estimator, which predicts bit for bit what
the saved one did.
"""

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
same = load(folder / "energy.safetensors")

test = make_ising(40, 64, random_state=1)
is_equal = bool((same.predict(test.data) == model.predict(test.data)).all())
size = (folder / "energy.safetensors").stat().st_size
print(f"{same!r}\n{size / 1e3:.0f} kB, predictions bit-equal: {is_equal}")

# %%
# What a loaded estimator can do
# ------------------------------
# All that the saved one could: other numbers of blocks, and to learn on from other lattices, of a
# narrower range of temperatures for instance.

print("from 10 random blocks:", same.set_params(n_blocks=10).predict(test.data)[:3].round(3))
same.set_params(n_blocks=None, warm_start=True, max_epochs=5, lr=1e-3)
narrow = make_ising(500, 32, [1.5, 1.6, 1.7], random_state=2, n_jobs=-1)
same.fit(narrow.data, narrow.energy)
print(f"epochs so far: {len(same.history_)}")

# %%
# What is in the file
# -------------------
# It is a safetensors file, as machine learning commonly uses: the arrays of the network, and JSON
# in its header, which can be read without this package, or by eye.

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
# What is refused
# ---------------
# A file that was damaged on its way, by a single byte, does not pass its checksum.

data = bytearray((folder / "energy.safetensors").read_bytes())
data[-1] ^= 1
(folder / "damaged.safetensors").write_bytes(data)

# %%
# A pickle is a program: who loads it runs it, whatever it does. `load` never runs anything.


class Trojan:
    """What an attacker would send."""

    def __reduce__(self):
        return print, ("this could have been any program",)


(folder / "trojan.safetensors").write_bytes(pickle.dumps(Trojan()))
for name in ("damaged.safetensors", "trojan.safetensors"):
    try:
        load(folder / name)
    except ValueError as error:
        print(f"{name}: {str(error).replace(str(folder), '...')}")
