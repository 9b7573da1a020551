"""The program that reproduces the paper's figures runs on little data and writes its files."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def program(monkeypatch):
    spec = importlib.util.spec_from_file_location("reproduce", EXAMPLES / "reproduce_paper.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "reproduce", module)
    spec.loader.exec_module(module)
    small = module.Scale(64, (160, 320), (1600, 430), 2, 2, 16, (32, 64), (12, 16, 21))
    monkeypatch.setitem(module.SCALES, "laptop", small)
    return module


@pytest.mark.slow
def test_draws_all_figures_and_reuses_saved_networks(program, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["reproduce_paper.py", "--out", str(tmp_path)])
    program.main()
    folder = tmp_path / "laptop"
    figures = {path.stem for path in folder.glob("figure_*.png")}
    assert figures == {f"figure_{k}" for k in range(3, 9)}
    table = pd.read_csv(folder / "table.csv")
    assert set(table.figure) == {"3", "5(b)", "6", "8"}
    assert np.isfinite(table.value).all()
    assert table.paper.notna().all()
    value = table.set_index("quantity").value
    assert value["largest range over images, d4"] == 0
    assert value["largest range over images, spins"] > 0
    assert (folder / "table.md").read_text().count("\n") == len(table) + 2
    times = pd.read_csv(folder / "times.csv", names=["part", "seconds"])
    parts = {path.stem for path in [*folder.glob("*.npy"), *folder.glob("*.safetensors")]}
    assert set(times.part) == parts
    written = {path: path.stat().st_mtime_ns for path in folder.glob("*.safetensors")}
    assert len(written) == 6
    capsys.readouterr()

    # A second call reads the networks from the folder and does not train them again.
    program.main()
    assert {path: path.stat().st_mtime_ns for path in folder.glob("*.safetensors")} == written
    pd.testing.assert_frame_equal(pd.read_csv(folder / "table.csv"), table)
    assert len(pd.read_csv(folder / "times.csv", names=["part", "seconds"])) == len(times)


@pytest.mark.slow
def test_trains_networks_like_those_of_the_paper(program, tmp_path):
    scale = program.Scale(32, (40, 40), (40, 40), 1, 1, 16, (8, 16), (8,))
    results = program.Results(scale, tmp_path, "cpu", network="paper")
    program.energy(results)
    (classifier,) = program.phase_models(results)
    network = classifier.net_.module_
    widths = [layer.out_features for layer in network.layers if hasattr(layer, "out_features")]
    assert widths == [112, 56, 28, 14, 7, 1]
    assert network.dropout == 0.2
    orbits = program.load(tmp_path / "energy_16_paper.safetensors").net_.module_
    assert type(orbits) is program.OrbitNetwork
    assert orbits.dropout == 0.2
    assert (tmp_path / "phase_8_paper.safetensors").exists()
    assert (tmp_path / "figure_3.png").exists()
