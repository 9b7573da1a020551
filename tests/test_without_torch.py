"""The package without its optional dependencies: what works, and what says what to install."""

import subprocess
import sys
import textwrap

import pytest

# As if the packages were not installed.
BLOCK = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Blocker())
"""
TORCH = ("torch", "skorch", "safetensors")
NEED_TORCH = [
    "BlockAveragingClassifier",
    "BlockAveragingRegressor",
    "DistributedTraining",
    "load",
    "load_pretrained",
    "save",
    "networks",
]


def run(script, blocked, *arguments):
    """Run a script in a new process that cannot import some packages; return what it prints."""
    script = BLOCK.format(blocked=blocked) + textwrap.dedent(script)
    command = [sys.executable, "-c", script, *map(str, arguments)]
    process = subprocess.run(command, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    return process.stdout.splitlines()


NAMES = """
    import skising
    for name in [*skising.__all__, "networks"]:
        try:
            exec(f"from skising import {name}")
        except ImportError as error:
            print(name, error)
    try:
        from skising.networks import OrbitNetwork
    except ImportError as error:
        print(error)
"""
CALLS = """
    import sys
    import matplotlib
    import numpy as np
    import skising
    from skising import display, exact, observables, scaling, symmetry

    matplotlib.use("agg")
    skising.IsingSampler(8, random_state=0).fit([[1.5]]).transform([[2.0]])
    ising = skising.make_ising(
        40, 16, [1.5, 3.0], random_state=0, target="phase", out=sys.argv[1]
    )
    potts = skising.make_potts(4, 8, n_states=3, temperatures=[1.0], random_state=0)
    skising.PottsSampler(8, n_states=3, random_state=0).fit([[1.5]]).transform([[2.0]])
    clock = skising.make_clock(4, 8, n_states=6, temperatures=[1.0], random_state=0)
    skising.ClockSampler(8, n_states=6, random_state=0).fit([[1.5]]).transform([[2.0]])
    skising.as_lattices(np.asarray(ising.data) == 1)
    skising.staggered(np.asarray(ising.data))
    skising.states_from_angles(np.zeros((2, 4, 4)), n_states=8)
    blocks = skising.extract_blocks(ising.data, 4)
    skising.D4Descriptor().fit_transform(blocks.reshape(-1, 4, 4))
    blocks = skising.sample_blocks(potts.data, 4, 10, spins="potts", random_state=0)
    pair = skising.PairCorrelationDescriptor(2, spins="potts", n_states=3)
    pair.fit_transform(blocks.reshape(-1, 4, 4))
    observables.energy_density(ising.data)
    observables.correlation_function(ising.data[:20])
    exact.onsager_energy([2.0])
    symmetry.orbits(4)

    curve = scaling.observable_curve(
        "binder_cumulant",
        {16: ising.magnetization},
        {16: ising.temperature},
        groups={16: ising.chain},
    )
    display.CurveDisplay(curve).plot()
    scaling.PowerLaw().fit([8, 16, 32], [0.41, 0.20, 0.099], [0.01, 0.005, 0.002])
    print(sorted({"torch", "skorch", "safetensors"} & set(sys.modules)))
"""


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """Return what one process without torch prints: the errors of all names, then of all calls."""
    return run(NAMES + CALLS, TORCH, tmp_path_factory.mktemp("data") / "X.npy")


def test_what_needs_torch_says_what_to_install(printed):
    message = (
        "needs torch, skorch and safetensors, and torch is not installed: "
        "python -m pip install torch skorch safetensors"
    )
    assert printed[: len(NEED_TORCH) + 1] == [
        *(f"{name} skising.{name} {message}" for name in NEED_TORCH),
        f"skising.networks {message}",
    ]


def test_the_rest_works_without_torch(printed):
    assert printed[-1] == "[]"


@pytest.mark.parametrize("package", TORCH)
@pytest.mark.slow
def test_each_of_the_packages_is_named(package):
    script = """
    try:
        from skising import load
    except ImportError as error:
        print(error.name, error)
    """
    (line,) = run(script, [package])
    assert line.startswith(f"{package} skising.load needs")
    assert f"and {package} is not installed" in line


def test_an_import_error_of_another_package_is_left_as_it_is():
    script = """
    try:
        from skising import BlockAveragingRegressor
    except ImportError as error:
        print(type(error).__name__, error)
    """
    # The package that fails to be imported first, so that torch is not.
    assert run(script, ["numpy"]) == ["ModuleNotFoundError No module named 'numpy'"]


def test_exact_and_symmetry_need_neither_scikit_learn_nor_pandas():
    script = """
    from skising import exact, symmetry
    print(round(float(exact.onsager_energy(2.0)), 4), len(symmetry.__all__))
    """
    energy, n_names = run(script, ["sklearn", "pandas", "joblib", "numba", *TORCH])[0].split()
    assert (energy, int(n_names) > 0) == ("-1.7456", True)
