"""One training on two processes, which torch.distributed connects by a file."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from estimator_data import ENERGY, PHASE, X

import skising
from skising import BlockAveragingRegressor, DistributedTraining
from skising.networks import OrbitNetwork

TIMEOUT = 200  # seconds; processes that wait for each other do so for ever
# The last batch is a single lattice, so that the first process has nothing to compute.
ROWS = slice(0, 195, 3)

CASES = {
    "regressor": {},
    "classifier": {"estimator": "BlockAveragingClassifier", "descriptor": "pair"},
    "stopping": {"early_stopping": True, "random_shift": True, "objective": "block"},
    "orbits": {"net_params": {"module": OrbitNetwork, "module__dropout": 0.0}},
    "dropout": {"net_params": {"module__dropout": 0.2}, "n_jobs": 2},
}

PROCESS = """
import datetime, os, pickle, sys
import numpy as np
import torch.distributed as dist
from torch import nn
from skorch.callbacks import Callback
import skising
from skising import BlockAveragingRegressor, DistributedTraining
from skising.networks import FullyConnectedNetwork

folder, rank = sys.argv[1], int(sys.argv[2])
dist.init_process_group(
    "gloo", init_method=f"file://{folder}/store", rank=rank, world_size=2,
    timeout=datetime.timedelta(seconds=150),
)

class Own(FullyConnectedNetwork):
    "A network of the user's, with random numbers."
    def __init__(self, n_features, n_outputs):
        super().__init__(n_features, n_outputs, dropout=0.5)

def of(model):
    weights = model.net_.module_.state_dict().values()
    losses = [[e[k] for k in ("train_loss", "valid_loss") if k in e] for e in model.history_]
    return np.concatenate([w.numpy().ravel() for w in weights]), np.array(losses)

with open(f"{folder}/input.pickle", "rb") as file:
    X, energy, phase, cases = pickle.load(file)
results = {}
for name, case in cases.items():
    estimator = getattr(skising, case.pop("estimator", "BlockAveragingRegressor"))
    y = energy if estimator is BlockAveragingRegressor else phase
    parameters = {"max_epochs": 3, "random_state": 0} | case
    model = estimator(8, callbacks=[DistributedTraining()], **parameters).fit(X, y)
    results[name] = of(model)

small = {"max_epochs": 2, "callbacks": [DistributedTraining()]}
own = BlockAveragingRegressor(8, random_state=0, net_params={"module": Own}, **small)
results["own"] = of(own.fit(X, energy))

own = BlockAveragingRegressor(8, random_state=0, checkpoint=f"{folder}/checkpoint", **small)
own.fit(X, energy)
results["checkpoint"] = of(own)
results["resumed"] = of(own.fit(X, energy))
own.set_params(checkpoint=f"{folder}/checkpoint" if rank else f"{folder}/other")
for wrong in (own, BlockAveragingRegressor(8, random_state=rank, **small)):
    try:
        wrong.fit(X, energy)
    except ValueError as error:
        results[f"error {len(results)}"] = str(error)
with open(f"{folder}/{rank}.part", "wb") as file:
    pickle.dump(results, file)
os.replace(file.name, f"{folder}/{rank}.pickle")
dist.barrier()  # so that no process leaves while another one needs it
dist.destroy_process_group()
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Train on two processes; return what each has trained."""
    folder = tmp_path_factory.mktemp("distributed")
    (folder / "input.pickle").write_bytes(pickle.dumps((X[ROWS], ENERGY[ROWS], PHASE[ROWS], CASES)))
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", PROCESS, folder, str(rank)],
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    try:
        errors = [process.communicate(timeout=TIMEOUT)[1] for process in processes]
    finally:
        for process in processes:
            process.kill()
    # Torch may abort a process that leaves, after it has written its results
    # (github.com/pytorch/pytorch/issues/190489). Any other failure is one.
    aborted = "terminate called without an active exception"
    for process, error in zip(processes, errors, strict=True):
        assert process.returncode == 0 or aborted in error, "\n".join(errors)
    files = [folder / f"{rank}.pickle" for rank in range(2)]
    assert all(file.exists() for file in files), "\n".join(errors)
    return [pickle.loads(file.read_bytes()) for file in files]


@pytest.mark.slow
def test_all_processes_have_the_same_network(trained):
    first, second = trained
    assert first.keys() == second.keys()
    for name in {*CASES, "own", "checkpoint", "resumed"}:
        for one, other in zip(first[name], second[name], strict=True):
            np.testing.assert_array_equal(one, other, err_msg=name)


@pytest.mark.parametrize("name", sorted(CASES.keys() - {"dropout"}))
@pytest.mark.slow
def test_the_network_is_that_of_a_single_process_up_to_rounding(name, trained):
    case = dict(CASES[name])
    Estimator = getattr(skising, case.pop("estimator", "BlockAveragingRegressor"))
    y = ENERGY if Estimator is BlockAveragingRegressor else PHASE
    parameters = {"max_epochs": 3, "random_state": 0} | case
    model = Estimator(8, **parameters).fit(X[ROWS], y[ROWS])
    weights, losses = trained[0][name]
    expected = np.concatenate([w.numpy().ravel() for w in model.net_.module_.state_dict().values()])
    np.testing.assert_allclose(weights, expected, atol=2e-3 * np.abs(expected).max())
    keys = [key for key in ("train_loss", "valid_loss") if key in model.history_[0]]
    np.testing.assert_allclose(
        losses, [[epoch[key] for key in keys] for epoch in model.history_], rtol=1e-3
    )


@pytest.mark.slow
def test_a_checkpoint_is_resumed_by_all_processes(trained):
    for results in trained:
        for one, other in zip(results["resumed"], results["checkpoint"], strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.slow
def test_processes_that_differ_are_refused(trained):
    for results in trained:
        messages = [result for result in results.values() if isinstance(result, str)]
        assert len(messages) == 2
        assert "must be the same file for all processes" in messages[0]
        assert "must have the same parameters, X, y and first weights" in messages[1]


def test_processes_that_are_not_connected_are_refused():
    model = BlockAveragingRegressor(8, callbacks=[DistributedTraining()])
    with pytest.raises(RuntimeError, match="needs processes that are connected"):
        model.fit(X, ENERGY)
