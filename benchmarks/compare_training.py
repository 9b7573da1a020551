"""Error against the seconds of the training: this library, a CNN, and what needs no training.

The parts can be run one by one. `methods`: trained on lattices of 64 x 64 sites at the paper's 40
temperatures, tested on others of 64 x 64 and 256 x 256. Each row is a training of its own, because
the learning rate follows one cycle over all epochs. `cnn`: what one would write without this
library, on the same lattices: three layers of 3 x 3 kernels with 16 channels and periodic padding,
the average over the sites, a linear layer, Adam with a constant rate of 0.001, or one cycle up to
0.003. `lattices`: how many lattices and epochs a training needs. `features`: the descriptors alone
and together, and the linear path of regressors. `last_layer`: the energy before and after the last
layer is solved for in closed form. `paper`: lattices and epochs at the paper's L = 320.

Phases near Tc are tested at 24 temperatures within 0.15 of it. A second fit on one thread gives the
same network, and its time. The best possible classifier is a threshold on the energy of the whole
lattice.
"""

import copy
from functools import cache, partial
from pathlib import Path

import numpy as np
import torch
from _results import Column, Results, argument_parser
from _timing import timed
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from skising import (
    BlockAveragingClassifier,
    BlockAveragingRegressor,
    D4Descriptor,
    PairCorrelationDescriptor,
    extract_blocks,
    make_ising,
)
from skising.exact import CRITICAL_TEMPERATURE, probability_disordered
from skising.networks import OrbitNetwork
from skising.observables import energy_density, magnetization

TC = CRITICAL_TEMPERATURE
TEMPERATURES = np.linspace(1.2, 3.6, 40)
NEAR = TC + np.linspace(-0.15, 0.15, 24)
BOTH = FeatureUnion([("d4", D4Descriptor()), ("pair", PairCorrelationDescriptor())])
EPOCHS = (1, 2, 5, 10, 20)
PAPER_NETWORK_EPOCHS = (5, 20)
CNN_EPOCHS = (1, 2, 5, 10, 15)
PARTS = ("methods", "cnn", "lattices", "features", "last_layer", "paper")
TASKS = ("energy", "phase")
# Like the paper's networks, as in examples/reproduce_paper.py: of blocks of 16 x 16 sites.
PAPER_NETWORKS = {
    "energy": {"module": OrbitNetwork, "module__dropout": 0.2},
    "phase": {"module__hidden": (448, 224, 112, 56, 28), "module__dropout": 0.2},
}
# Name, l, descriptor, whether the network is the paper's.
METHODS = [
    ("d4", 16, "d4", False),
    ("d4, paper's network", 16, "d4", True),
    ("pair", 16, "pair", False),
    ("both", 16, BOTH, False),
    ("spins", 16, "spins", False),
    ("d4", 8, "d4", False),
    ("pair", 8, "pair", False),
]
ERRORS = {
    "energy": [Column("RMSE, L = 64", "J", ".4f"), Column("RMSE, L = 256", "J", ".4f")],
    "phase": [
        Column("wrong, L = 64", "", ".4f"),
        Column("near Tc, L = 64", "", ".3f"),
        Column("near Tc, L = 256", "", ".3f"),
    ],
}


@cache
def lattices(n_samples, size, seed, near=False):
    """Return lattices at the paper's temperatures, or near Tc."""
    temperatures = NEAR if near else TEMPERATURES
    return make_ising(n_samples, size, temperatures, random_state=seed, n_jobs=-1)


def test_sets(task):
    """Return the lattices that each of `ERRORS` is measured on."""
    if task == "energy":
        return lattices(1000, 64, 1), lattices(320, 256, 1)
    return lattices(1000, 64, 1), lattices(960, 64, 2, True), lattices(288, 256, 2, True)


def target(task, data):
    return data.energy if task == "energy" else data.temperature > TC


def error(task, predicted, data):
    """Return the RMSE of the energy, or the share of wrong phases."""
    wrong = np.asarray(predicted) - target(task, data) * 1.0
    return np.sqrt(np.mean(wrong**2)) if task == "energy" else np.mean(wrong != 0)


def errors(task, predict):
    return [error(task, predict(data.data), data) for data in test_sets(task)]


def estimator(task, block_size, descriptor, max_epochs, **parameters):
    """Return an estimator of this library with two threads."""
    kind = BlockAveragingRegressor if task == "energy" else BlockAveragingClassifier
    fixed = {"descriptor": descriptor, "max_epochs": max_epochs, "n_jobs": 2}
    return kind(block_size, **{"random_state": 0, **fixed, **parameters})


def seconds_of_fit(model, data, task):
    return timed(lambda: model.fit(data.data, target(task, data)))[0]


class CNN(nn.Module):
    """Three layers of convolutions, the average over the sites, a linear layer."""

    def __init__(self):
        super().__init__()
        layers, width = [], 1
        for _ in range(3):
            layers += [nn.Conv2d(width, 16, 3, padding=1, padding_mode="circular"), nn.ReLU()]
            width = 16
        self.convolutions, self.output = nn.Sequential(*layers), nn.Linear(width, 1)

    def forward(self, X):
        """Return the outputs (n,) for lattices (n, L, L)."""
        sites = self.convolutions(torch.as_tensor(X).float().unsqueeze(1))
        return self.output(sites.mean(dim=(2, 3))).squeeze(1)


def train_cnn(task, data, n_epochs, n_threads, lr, one_cycle):
    """Yield the seconds of the training until each epoch, and a function that predicts."""
    torch.set_num_threads(n_threads)
    torch.manual_seed(0)
    net, y = CNN(), torch.as_tensor(target(task, data)).float()
    optimizer, n_steps = torch.optim.Adam(net.parameters(), lr=lr), -(-len(y) // 32) * n_epochs
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, n_steps) if one_cycle else None
    loss = nn.MSELoss() if task == "energy" else nn.BCEWithLogitsLoss()

    def epoch():
        for rows in torch.randperm(len(y)).split(32):
            optimizer.zero_grad()
            loss(net(data.data[rows.numpy()]), y[rows]).backward()
            optimizer.step()
            if schedule is not None:
                schedule.step()

    def predict(X):
        with torch.no_grad():
            output = torch.cat([net(part) for part in np.array_split(X, len(X) // 16)]).numpy()
        return output if task == "energy" else output > 0

    total = 0
    for _ in range(n_epochs):
        total += timed(epoch)[0]
        yield total, predict


def without_training(task, data, add):
    """Add the rows of counted bonds, of a logistic regression, and of the best classifier."""
    if task == "energy":

        def of_bonds_in_blocks(X):
            blocks = extract_blocks(X, 16)
            bonds = PairCorrelationDescriptor(1).fit_transform(blocks.reshape(-1, 16, 16))
            return -2 * bonds.reshape(len(X), -1).mean(axis=1)

        add("all bonds counted", "", "", [None, None], errors(task, energy_density))
        add("bonds in blocks counted", 16, "", [None, None], errors(task, of_bonds_in_blocks))
        return

    def columns(X):
        return np.column_stack([energy_density(X), np.abs(magnetization(X))])

    model = make_pipeline(StandardScaler(), LogisticRegression())
    seconds, _ = timed(lambda: model.fit(columns(data.data), target(task, data)))
    found = errors(task, lambda X: model.predict(columns(X)))
    add("logistic, E and |m|", "", "", [seconds, None], found)
    best = []
    for test in test_sets(task):
        temperatures = np.unique(test.temperature)
        p = probability_disordered(test.energy, test.data.shape[1], temperatures)
        best.append(error(task, p > 0.5, test))
    add("best possible", "", "", [None, None], best)


def compare_methods(results):
    """Measure the error against the seconds of the training."""
    data = lattices(2000, 64, 0)
    seconds = [Column("two threads", "s", ".2f"), Column("one thread", "s", ".2f")]
    for task in TASKS:
        cases = {"method": 23, "l": 3, "epochs": 6}
        table = results.table(f"methods: {task}", cases, seconds + ERRORS[task])

        def add(method, block_size, epochs, times, found, table=table):
            table.row([method, block_size, epochs], [*times, *found])

        without_training(task, data, add)
        for name, block_size, descriptor, is_paper in METHODS:
            net_params = PAPER_NETWORKS[task] if is_paper else None
            # Loads the compiled kernels.
            estimator(task, block_size, descriptor, 1).fit(
                data.data[::32], target(task, data)[::32]
            )
            for epochs in PAPER_NETWORK_EPOCHS if is_paper else EPOCHS:
                model = estimator(task, block_size, descriptor, epochs, net_params=net_params)
                times = [
                    seconds_of_fit(model.set_params(n_jobs=n_jobs), data, task) for n_jobs in (2, 1)
                ]
                add(name, block_size, epochs, times, errors(task, model.predict))


def compare_cnn(results):
    """Measure the error of the CNN against the seconds of its training."""
    data = lattices(2000, 64, 0)
    seconds = [Column("two threads", "s", ".2f"), Column("one thread, scaled", "s", ".2f")]
    for task in TASKS:
        cases = {"schedule": 8, "epochs": 6}
        table = results.table(f"cnn: {task}", cases, seconds + ERRORS[task])
        ((one, _),) = train_cnn(task, data, 1, 1, 1e-3, one_cycle=False)
        for schedule in ("constant", "cycle"):
            cycle, first = schedule == "cycle", None
            points = train_cnn(task, data, CNN_EPOCHS[-1], 2, 3e-3 if cycle else 1e-3, cycle)
            for k, (two, predict) in enumerate(points, start=1):
                first = first or two
                if k == CNN_EPOCHS[-1] or (k in CNN_EPOCHS and not cycle):
                    # The time on one thread is scaled from the first epoch.
                    table.row([schedule, k], [two, two * one / first, *errors(task, predict)])


def compare_lattices(results):
    """Measure the error against the numbers of lattices and epochs."""
    for task in TASKS:
        cases = {"descriptor": 10, "lattices": 8, "epochs": 6}
        table = results.table(
            f"lattices: {task}, l = 16", cases, [Column("two threads", "s", ".2f"), *ERRORS[task]]
        )
        for descriptor in ("d4", "pair"):
            for n_lattices in (1000, 2000, 4000):
                data = lattices(n_lattices, 64, 0)
                for epochs in (*EPOCHS, 40):
                    model = estimator(task, 16, descriptor, epochs)
                    seconds = seconds_of_fit(model, data, task)
                    found = errors(task, model.predict)
                    table.row([descriptor, n_lattices, epochs], [seconds, *found])


def accuracy_of_blocks(model, data):
    """Return the share of single blocks whose phase is right."""
    expected = (data.temperature > TC)[:, np.newaxis, np.newaxis]
    return ((model.predict_blocks(data.data) > 0.5) == expected).mean()


def compare_features(results):
    """Measure the energy, and the phase of single blocks near Tc, by features of several kinds."""
    no_path = {"module__linear_path": False}
    kinds = [("d4", "d4", None), ("pair", "pair", None), ("both", BOTH, None)]
    kinds += [("both, no path", BOTH, no_path)]
    columns = [
        Column("RMSE, L = 64", "J", ".4f", "both: at most 1.2 times pair"),
        Column("RMSE, 40 lattices", "J", ".4f"),
        Column("accuracy of blocks near Tc", "", ".4f", "both: at least d4"),
        Column("its error", "", ".4f"),
    ]
    table = results.table("features, 15 epochs, 2 trainings", {"l": 3, "features": 13}, columns)
    data, few = lattices(2000, 64, 0), lattices(40, 64, 5)
    test, near = lattices(1000, 64, 1), lattices(288, 256, 2, True)
    for block_size in (8, 16, 32):
        for name, descriptor, net_params in kinds:
            found = []
            for seed in (0, 1):
                same = {"net_params": net_params, "random_state": seed}
                energy = [
                    estimator("energy", block_size, descriptor, 15, **same).fit(x.data, x.energy)
                    for x in (data, few)
                ]
                numbers = [error("energy", model.predict(test.data), test) for model in energy]
                accuracy = None
                if net_params is None:
                    phase = estimator("phase", block_size, descriptor, 15, **same)
                    phase.fit(data.data, target("phase", data))
                    accuracy = accuracy_of_blocks(phase, near)
                found.append([*numbers, accuracy])
            *numbers, accuracies = zip(*found, strict=True)
            values = [np.mean(of_one) for of_one in numbers]
            if accuracies[0] is None:
                values += [None, None]
            else:
                values += [np.mean(accuracies), np.ptp(accuracies) / 2]
            table.row([block_size, name], values)


def compare_last_layer(results):
    """Measure the energy before and after the last layer is solved for in closed form."""
    columns = [Column("RMSE", "J", ".4f")]
    for side in ("below", "above"):
        columns += [Column(f"mean {side} Tc", "J", ".4f", "0"), Column("its error", "J", ".4f")]
    table = results.table("last_layer, L = 128, l = 32", {"training": 8, "solved": 6}, columns)
    data, test = lattices(1000, 128, 0), lattices(600, 128, 1)
    for seed in (0, 1):
        settings = {"random_shift": True, "batch_size": 16, "random_state": seed}
        solved = estimator("energy", 32, "d4", 15, **settings).fit(data.data, data.energy)
        unsolved = copy.deepcopy(solved)
        unsolved._last_layer_solution.undo(unsolved.net_)
        for name, model in (("yes", solved), ("no", unsolved)):
            wrong = model.predict(test.data) - test.energy
            values = [np.sqrt(np.mean(wrong**2))]
            for some in (wrong[test.temperature < TC], wrong[test.temperature > TC]):
                values += [some.mean(), some.std(ddof=1) / np.sqrt(len(some))]
            table.row([seed, name], values)


def compare_paper(results, folder):
    """Measure the error against epochs and lattices at the paper's size, for l = 32."""
    cases = {"lattices": 8, "epochs": 6}
    columns = {
        "energy": [Column("RMSE", "J", ".5f")],
        "phase": [Column("accuracy of blocks near Tc", "", ".4f")],
    }
    test, near = lattices(1000, 320, 1), lattices(480, 320, 2, True)
    largest = make_ising(
        16_000, 320, TEMPERATURES, out=folder / "paper.npy", random_state=0, n_jobs=-1
    )
    # In order of the temperature, the same number at each.
    order = np.argsort(np.argsort(largest.temperature, kind="stable") % 400, kind="stable")
    for task in TASKS:
        table = results.table(
            f"paper: {task}, l = 32", cases, [Column("two threads", "s", ".1f"), *columns[task]]
        )
        for n_lattices, all_epochs in ((1000, (5, 20)), (4000, (5,)), (16000, (1, 2, 5))):
            rows = np.sort(order[:n_lattices])
            X, y = largest.data[rows], target(task, largest)[rows]
            for epochs in all_epochs:
                model = estimator(task, 32, "d4", epochs, random_shift=True)
                seconds, _ = timed(lambda model=model, X=X, y=y: model.fit(X, y))
                if task == "energy":
                    found = error(task, model.predict(test.data), test)
                else:
                    found = accuracy_of_blocks(model, near)
                table.row([n_lattices, epochs], [seconds, found])


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("parts", nargs="*", default=PARTS, metavar="PART", help=" ".join(PARTS))
    parser.add_argument(
        "--folder", type=Path, default=Path(), help="for the 1.6 GB of lattices of `paper` (here)"
    )
    options = parser.parse_args()
    results = Results(__file__, options)
    functions = {
        "methods": compare_methods,
        "cnn": compare_cnn,
        "lattices": compare_lattices,
        "features": compare_features,
        "last_layer": compare_last_layer,
        "paper": partial(compare_paper, folder=options.folder),
    }
    for part in options.parts:
        functions[part](results)
        results.write()  # after each part, since the parts take long


if __name__ == "__main__":
    main()
