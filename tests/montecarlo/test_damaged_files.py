"""Damaged data sets: what is drawn again when a run continues, and which errors users see."""

import json
import os
import re
import shutil

import numpy as np
import pytest
import zarr
from data_sets import COLUMNS, FORMATS, PARAMETERS, contents

from skising import make_ising
from skising.montecarlo import _lock, _parallel, _zarr_store
from skising.montecarlo._zarr_store import ZarrStore

pytestmark = pytest.mark.usefixtures("small_chunks")
EXPECTED = make_ising(**PARAMETERS)
SITES = 12 * 12


WHOLE = {}


def files_of_an_uninterrupted_call(name, tmp_path):
    key = name, _zarr_store._SITES_PER_CHUNK, _zarr_store._MOST_FILES
    if key not in WHOLE:
        folder = tmp_path / "whole"
        folder.mkdir()
        make_ising(**PARAMETERS, out=folder / name)
        WHOLE[key] = contents(folder)
        shutil.rmtree(folder)
    return WHOLE[key]


def assert_continues(path, tmp_path, n_damaged=None):
    """Assert that a call with the same arguments writes the files of an uninterrupted call."""
    if n_damaged:
        with pytest.warns(UserWarning, match=rf"{n_damaged} of the 3 finished runs.*drawn again"):
            make_ising(**PARAMETERS, out=path)
    else:
        make_ising(**PARAMETERS, out=path)
    assert contents(tmp_path) == files_of_an_uninterrupted_call(path.name, tmp_path)


def npy_rows(path):
    """Return the rows of an unfinished .npy file, writable; the first three runs hold 14."""
    return np.load(path.with_name(path.name + ".partial"), mmap_mode="r+")


@pytest.mark.parametrize(
    ("damage", "n_damaged"),
    [
        (lambda X: X[6].fill(0), 1),
        (lambda X: X[:].fill(0), 3),
        (lambda X: np.negative(X[6], out=X[6]), 1),
        (lambda X: np.negative(X[6, :1, :1], out=X[6, :1, :1]), 1),
        (lambda X: X[6, 3].fill(3), 1),
        (lambda X: X[6].fill(-128), 1),
    ],
)
def test_changed_rows_of_an_npy_file_are_drawn_again(damage, n_damaged, unfinished, tmp_path):
    path = unfinished("X.npy")
    X = npy_rows(path)
    damage(X)
    X.flush()
    assert_continues(path, tmp_path, n_damaged)


@pytest.mark.parametrize(
    ("n_bytes", "n_damaged"), [(0, 3), (60, 3), (128, 3), (128 + 7 * SITES, 2)]
)
def test_a_truncated_npy_file_continues(n_bytes, n_damaged, unfinished, tmp_path):
    path = unfinished("X.npy")
    os.truncate(path.with_name("X.npy.partial"), n_bytes)
    assert_continues(path, tmp_path, n_damaged)


def chunk(path, k):
    return path.with_name(path.name + ".partial") / "data" / f"c.{k}.0.0"


def flip(path, byte, bit=0):
    data = bytearray(path.read_bytes())
    data[byte] ^= 1 << bit
    path.write_bytes(data)


# The runs have rows 0 to 4, 5 to 9 and 10 to 13, the chunks 0 to 2, 3 to 5, 6 to 8, ...
@pytest.mark.parametrize(
    ("damage", "n_damaged"),
    [
        (lambda path: chunk(path, 0).unlink(), 1),
        (lambda path: chunk(path, 1).unlink(), 2),
        (lambda path: flip(chunk(path, 1), 70), 2),
        (lambda path: os.truncate(chunk(path, 2), 40), 1),
        (lambda path: os.truncate(chunk(path, 2), 0), 1),
        (lambda path: chunk(path, 3).write_bytes(chunk(path, 0).read_bytes()), 2),
        (lambda path: os.truncate(chunk(path, 0).with_name("zarr.json"), 0), 3),
        (lambda path: chunk(path, 0).with_name("zarr.json").unlink(), 3),
        (lambda path: os.truncate(chunk(path, 0).parents[1] / "zarr.json", 0), 3),
        (lambda path: shutil.rmtree(chunk(path, 0).parent), 3),
    ],
)
def test_a_damaged_zarr_store_continues(damage, n_damaged, unfinished, tmp_path):
    path = unfinished("X.zarr")
    damage(path)
    assert_continues(path, tmp_path, n_damaged)


# The runs have rows 0 to 4, 5 to 9 and 10 to 13, the shards 0 to 11, 12 to 23, ...
@pytest.mark.parametrize(
    ("damage", "n_damaged"),
    [
        (lambda path: chunk(path, 0).unlink(), 3),
        (lambda path: chunk(path, 1).unlink(), 1),
        # In the last chunk of the shard, which no row of the first two runs is in.
        (lambda path: flip(chunk(path, 0), chunk(path, 0).stat().st_size - 90), 3),
        (lambda path: flip(chunk(path, 1), 30), 1),
        (lambda path: os.truncate(chunk(path, 1), 40), 1),
    ],
)
@pytest.mark.usefixtures("small_shards")
def test_a_damaged_shard_is_drawn_again(damage, n_damaged, unfinished, tmp_path):
    path = unfinished("X.zarr")
    damage(path)
    assert_continues(path, tmp_path, n_damaged)


@pytest.mark.parametrize(
    ("size", "rows"), [("small_chunks", slice(3, 6)), ("small_shards", slice(12, 24))]
)
def test_a_flipped_bit_in_a_file_never_gives_other_spins(size, rows, request, tmp_path):
    request.getfixturevalue(size)
    path = tmp_path / "X.zarr"
    X = make_ising(**PARAMETERS, out=path).data
    file = path / "data" / "c.1.0.0"
    for byte in range(0, file.stat().st_size, 5):
        flip(file, byte, byte % 8)
        with pytest.raises(ValueError, match="checksum do not match"):
            X[rows]
        flip(file, byte, byte % 8)
    np.testing.assert_array_equal(X[rows], EXPECTED.data[rows])


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("line", [pytest.param(1, marks=pytest.mark.slow), 3])
def test_a_damaged_line_of_the_journal_is_drawn_again(suffix, line, unfinished, tmp_path):
    path = unfinished(f"X{suffix}")
    journal = path.with_name(path.name + ".journal")
    lines = journal.read_bytes().splitlines(keepends=True)
    rng = np.random.default_rng(line)
    copy = tmp_path / "copy"
    files = [journal, path.with_name(path.name + ".partial")]
    for byte in rng.integers(0, len(lines[line]), 6):
        copy.mkdir()
        for file in files:
            (shutil.copytree if file.is_dir() else shutil.copy)(file, copy / file.name)
        flip(copy / journal.name, sum(map(len, lines[:line])) + byte, rng.integers(8))
        ising = make_ising(**PARAMETERS, out=copy / path.name)
        np.testing.assert_array_equal(ising.data[:], EXPECTED.data)
        np.testing.assert_array_equal(ising.diagnostics.tau_m2, EXPECTED.diagnostics.tau_m2)
        np.testing.assert_array_equal(ising.energy, EXPECTED.energy)
        shutil.rmtree(copy)


@pytest.mark.parametrize(
    "header", [b"", b"{\n", b"[]\n", b"{}\n", b'{"arguments": 1, "version": 2}\n']
)
def test_a_journal_without_a_header_is_refused(header, unfinished, tmp_path):
    path = unfinished("X.npy")
    journal = path.with_name("X.npy.journal")
    _, *lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(header + b"".join(lines if header else []))
    before = contents(tmp_path)
    with pytest.raises(FileExistsError, match=r"journal' exists and is not part .* or is damaged"):
        make_ising(**PARAMETERS, out=path)
    assert contents(tmp_path) == before


# Finished data sets


@pytest.mark.slow
@pytest.mark.parametrize("suffix", FORMATS)
def test_flipped_bits_of_a_finished_data_set_are_errors_or_harmless(suffix, tmp_path):
    path = tmp_path / f"X{suffix}"
    make_ising(**PARAMETERS, out=path)
    files = [tmp_path / "X.npz", path]
    if suffix == ".zarr":
        columns = ("", "data/", "energy/", "autocorrelation_times/")
        files = [path / f"{column}zarr.json" for column in columns]
        files += [path / "energy" / "c" / "0", path / "magnetization" / "c" / "0"]
    rng, n_errors = np.random.default_rng(0), 0
    for file in files:
        # Of the .npy file only the header: nothing tells a spin from its opposite.
        n_bytes = 128 if file.suffix == ".npy" else file.stat().st_size
        for byte in rng.integers(0, n_bytes, 60):
            bit = rng.integers(8)
            flip(file, byte, bit)
            n_errors += not gives_the_right_data_set(path)
            flip(file, byte, bit)
    assert n_errors > 60
    assert gives_the_right_data_set(path)


def gives_the_right_data_set(path):
    """Return True if it is right, False if there is a clear error, and raise otherwise."""
    try:
        ising = make_ising(**PARAMETERS, out=path)
    except (FileExistsError, ValueError) as error:
        message = str(error)
    else:
        message = None
    if message:
        assert re.search("or is damaged|was made with other arguments", message)
        return False
    np.testing.assert_array_equal(ising.data[:], EXPECTED.data)
    for name in COLUMNS:
        np.testing.assert_array_equal(ising[name], EXPECTED[name])
    np.testing.assert_array_equal(ising.diagnostics.tau_m2, EXPECTED.diagnostics.tau_m2)
    return True


@pytest.mark.parametrize("n_bytes", [0, 50, 127, 128, 1000])
def test_a_truncated_finished_npy_file_is_refused(n_bytes, tmp_path):
    path = tmp_path / "X.npy"
    make_ising(**PARAMETERS, out=path)
    os.truncate(path, n_bytes)
    with pytest.raises(FileExistsError, match=r"X\.npy' exists and is not part .* or is damaged"):
        make_ising(**PARAMETERS, out=path)


def test_a_finished_zarr_store_without_a_chunk_is_refused(tmp_path):
    path = tmp_path / "X.zarr"
    make_ising(**PARAMETERS, out=path)
    (path / "data" / "c.2.0.0").unlink()
    with pytest.raises(FileExistsError, match=r"damaged \(1 of 12 chunks are missing\)\. Give"):
        make_ising(**PARAMETERS, out=path)


@pytest.mark.usefixtures("small_shards")
def test_a_finished_zarr_store_without_a_shard_is_refused(tmp_path):
    path = tmp_path / "X.zarr"
    make_ising(**PARAMETERS, out=path)
    (path / "data" / "c.1.0.0").unlink()
    with pytest.raises(FileExistsError, match=r"damaged \(4 of 12 chunks are missing\)\. Give"):
        make_ising(**PARAMETERS, out=path)


# Power cuts


class Disk:
    """What is on a disk: files at their last fsync, names at the last fsync of their directory."""

    def __init__(self, monkeypatch):
        self.files, self.directories, self._fsync = {}, {}, os.fsync
        monkeypatch.setattr(os, "fsync", self.fsync)

    def fsync(self, descriptor):
        self._fsync(descriptor)
        path = os.readlink(f"/proc/self/fd/{descriptor}")
        if os.path.isdir(path):
            # An inode number may be used again, so that the names keep the files as they are.
            self.directories[os.stat(path).st_ino] = {
                name: os.stat(os.path.join(path, name)).st_ino for name in os.listdir(path)
            }
        else:
            with open(path, "rb") as file:
                self.files[os.stat(path).st_ino] = file.read()

    def restore(self, inode, path):
        """Write what is in a directory at a path; a file without an fsync is empty."""
        path.mkdir()
        for name, number in self.directories.get(inode, {}).items():
            if number in self.directories:
                self.restore(number, path / name)
            else:
                (path / name).write_bytes(self.files.get(number, b""))


@pytest.fixture
def disk(monkeypatch):
    return Disk(monkeypatch)


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_finished_data_set_survives_a_power_cut(suffix, disk, tmp_path):
    (tmp_path / "before").mkdir()
    make_ising(**PARAMETERS, out=tmp_path / "before" / f"X{suffix}")
    disk.restore((tmp_path / "before").stat().st_ino, tmp_path / "after")
    after = contents(tmp_path / "after")
    # What was removed last may be back.
    for name in (f"X{suffix}.lock", f"X{suffix}.journal"):
        after.pop(name, None)
    assert after == contents(tmp_path / "before")


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("n_runs", range(4))
def test_an_unfinished_data_set_survives_a_power_cut(suffix, n_runs, disk, tmp_path, monkeypatch):
    (tmp_path / "before").mkdir()
    drawn = []

    def cut_the_power(run, *_):
        drawn.append(run)
        if len(drawn) > n_runs:
            raise RuntimeError("power cut")
        return run_to_bits(run, *_)

    run_to_bits = _parallel._run_to_bits
    with monkeypatch.context() as patch:
        patch.setattr(_parallel, "_run_to_bits", cut_the_power)
        with pytest.raises(RuntimeError, match="power cut"):
            make_ising(**PARAMETERS, out=tmp_path / "before" / f"X{suffix}")
    disk.restore((tmp_path / "before").stat().st_ino, tmp_path / "after")
    boot = _lock._text
    monkeypatch.setattr(_lock, "_text", lambda path: "2" if "boot" in path else boot(path))
    drawn.clear()
    n_runs = 99
    monkeypatch.setattr(_parallel, "_run_to_bits", cut_the_power)
    ising = make_ising(**PARAMETERS, out=tmp_path / "after" / f"X{suffix}")
    np.testing.assert_array_equal(ising.data[:], EXPECTED.data)
    assert not list((tmp_path / "after").glob("*.lock"))


def test_stores_of_earlier_versions_have_no_checksum_and_continue(unfinished, monkeypatch):
    compressors = ZarrStore._compressors
    with monkeypatch.context() as patch:
        patch.setattr(ZarrStore, "_compressors", lambda self: compressors(self)[:1])
        path = unfinished("X.zarr")
    journal = path.with_name("X.zarr.journal")
    lines = [line.split(', "checksum"')[0] for line in journal.read_text().splitlines()]
    journal.write_text("".join(f"{line.removesuffix('}')}}}\n" for line in lines))
    assert json.loads(journal.read_text().splitlines()[1]).keys() == {"run", "measured"}
    np.testing.assert_array_equal(make_ising(**PARAMETERS, out=path).data[:], EXPECTED.data)
    assert len(zarr.open(path)["data"].compressors) == 1
