"""The group, its irreps and the orbits of sites, compared with their definitions."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from skising.symmetry import (
    CHARACTERS,
    CLASSES,
    ELEMENTS,
    INVERSES,
    IRREPS,
    MULTIPLICATION,
    ORBIT_KINDS,
    components,
    orbits,
    project,
    site_permutation,
)

COMPONENTS = {
    "centre": ["A1"],
    "axis": ["A1", "B1", "E1"],
    "diagonal": ["A1", "B2", "E1"],
    "general": ["A1", "A2", "B1", "B2", "E1", "E2"],
}
PAIRS = list(product(range(8), repeat=2))


def index_of(matrix):
    (found,) = np.flatnonzero((matrix == ELEMENTS).all(axis=(1, 2)))
    return int(found)


def conjugacy_classes():
    conjugates = [
        frozenset(index_of(h @ g @ np.linalg.inv(h).round()) for h in ELEMENTS) for g in ELEMENTS
    ]
    return sorted(set(conjugates), key=min)


def move(block, element):
    """Return the block whose spin at site g r is the spin of `block` at site r."""
    half = (len(block) - 1) / 2
    moved = np.zeros_like(block)
    for i, j in np.ndindex(block.shape):
        row, column = (element @ (i - half, j - half) + half).astype(int)
        moved[row, column] = block[i, j]
    return moved


def random_block(block_size, seed=0):
    return np.random.default_rng(seed).choice([-1, 1], (block_size, block_size))


def test_elements_map_the_square_onto_itself():
    assert ELEMENTS.shape == (8, 2, 2)
    assert len(np.unique(ELEMENTS, axis=0)) == 8
    corners = {(1, 1), (1, -1), (-1, 1), (-1, -1)}
    for g in ELEMENTS:
        assert {tuple(g @ corner) for corner in corners} == corners


def test_elements_form_a_group():
    np.testing.assert_array_equal(ELEMENTS[0], np.eye(2))
    table = np.array([[index_of(g @ h) for h in ELEMENTS] for g in ELEMENTS])
    for line in (*table, *table.T):
        assert sorted(line) == list(range(8))
    for g in ELEMENTS:
        index_of(g.T)
        np.testing.assert_array_equal(g @ g.T, np.eye(2))


def test_multiplication_table_and_inverses_follow_from_the_matrices():
    for g, h in PAIRS:
        assert MULTIPLICATION[g, h] == index_of(ELEMENTS[g] @ ELEMENTS[h])
    for g in range(8):
        assert MULTIPLICATION[g, INVERSES[g]] == MULTIPLICATION[INVERSES[g], g] == 0


def test_classes_hold_conjugate_elements():
    assert {frozenset(members) for members in CLASSES} == set(conjugacy_classes())
    # The order: identity, quarter turns, half turn, and the two kinds of mirrors.
    traces = [[int(np.trace(ELEMENTS[g])) for g in members] for members in CLASSES]
    determinants = [[round(np.linalg.det(ELEMENTS[g])) for g in members] for members in CLASSES]
    assert traces == [[2], [0, 0], [-2], [0, 0], [0, 0]]
    assert determinants == [[1], [1, 1], [1], [-1, -1], [-1, -1]]
    assert all(np.abs(ELEMENTS[g]).trace() == 2 for g in CLASSES[3])


def test_elements_are_four_turns_and_then_the_turns_after_a_mirror():
    block = np.arange(25).reshape(5, 5)
    for k in range(4):
        np.testing.assert_array_equal(move(block, ELEMENTS[k]), np.rot90(block, k))
        np.testing.assert_array_equal(move(block, ELEMENTS[4 + k]), np.rot90(block[:, ::-1], k))


@pytest.mark.parametrize("irrep", IRREPS)
def test_irreps_are_homomorphisms(irrep):
    matrices = IRREPS[irrep]
    assert matrices.dtype.kind == "i"
    for g, h in PAIRS:
        product_of_elements = index_of(ELEMENTS[g] @ ELEMENTS[h])
        np.testing.assert_array_equal(matrices[g] @ matrices[h], matrices[product_of_elements])


def test_irreps_have_the_known_dimensions():
    assert {irrep: d.shape for irrep, d in IRREPS.items()} == {
        **dict.fromkeys(["A1", "A2", "B1", "B2"], (8, 1, 1)),
        "E": (8, 2, 2),
    }
    assert sum(d.shape[1] ** 2 for d in IRREPS.values()) == len(ELEMENTS)


@pytest.mark.parametrize(
    ("irrep", "basis"),
    [
        ("A1", lambda row, column: row**2 + column**2),
        ("A2", lambda row, column: row * column * (row**2 - column**2)),
        ("B1", lambda row, column: row**2 - column**2),
        ("B2", lambda row, column: row * column),
    ],
)
def test_one_dimensional_irreps_have_their_standard_names(irrep, basis):
    for g, element in enumerate(ELEMENTS):
        assert basis(*(element @ (2, 5))) == IRREPS[irrep][g, 0, 0] * basis(2, 5)


def test_matrix_elements_of_the_irreps_are_orthogonal():
    rows = np.concatenate([d.reshape(8, -1).T for d in IRREPS.values()])
    dimensions = np.concatenate([[d.shape[1]] * d[0].size for d in IRREPS.values()])
    np.testing.assert_array_equal(rows @ rows.T, np.diag(8 // dimensions))


def test_characters_are_traces_and_constant_on_classes():
    classes = conjugacy_classes()
    assert sorted(map(len, classes)) == [1, 1, 2, 2, 2]
    for irrep, character in CHARACTERS.items():
        np.testing.assert_array_equal(character, [np.trace(d) for d in IRREPS[irrep]])
        for members in classes:
            assert len({character[g] for g in members}) == 1


def test_rows_and_columns_of_the_character_table_are_orthogonal():
    table = np.array(list(CHARACTERS.values()))
    np.testing.assert_array_equal(table @ table.T, 8 * np.eye(5))
    classes = conjugacy_classes()
    by_class = table[:, [min(members) for members in classes]]
    np.testing.assert_array_equal(
        by_class.T @ by_class, np.diag([8 // len(members) for members in classes])
    )


@pytest.mark.parametrize("kind", ORBIT_KINDS)
def test_size_of_a_kind_of_orbit_is_the_number_of_images_of_its_representative(kind):
    representative, size = ORBIT_KINDS[kind]
    assert len(np.unique(ELEMENTS @ representative, axis=0)) == size
    # The elements after the first `size` lead to no new site.
    assert len(np.unique(ELEMENTS[:size] @ representative, axis=0)) == size


@pytest.mark.parametrize("block_size", range(1, 14))
def test_orbits_partition_the_block(block_size):
    found = orbits(block_size)
    sites = np.concatenate([orbit.sites for orbit in found])
    assert sorted(sites) == list(range(block_size**2))
    orbit_of_site = {site: k for k, orbit in enumerate(found) for site in orbit.sites.tolist()}
    flat = np.arange(block_size**2).reshape(block_size, block_size)
    for element in ELEMENTS:
        for before, after in zip(flat.flat, move(flat, element).flat, strict=True):
            assert orbit_of_site[before] == orbit_of_site[after]


@pytest.mark.parametrize("block_size", range(1, 14))
def test_site_k_of_an_orbit_is_the_representative_moved_by_element_k(block_size):
    half = (block_size - 1) / 2
    for orbit in orbits(block_size):
        row, column = orbit.representative
        assert 0 <= row <= column <= half
        assert type(row) is type(column) is float
        positions = np.column_stack(np.unravel_index(orbit.sites, (block_size, block_size))) - half
        np.testing.assert_array_equal(positions, (ELEMENTS @ (row, column))[: len(orbit.sites)])


@pytest.mark.parametrize("block_size", range(1, 14))
def test_kind_of_an_orbit_follows_from_its_representative(block_size):
    found = orbits(block_size)
    for orbit in found:
        row, column = orbit.representative
        if row == column:
            kind, size = ("centre", 1) if row == 0 else ("diagonal", 4)
        else:
            kind, size = ("axis", 4) if row == 0 else ("general", 8)
        assert (orbit.kind, len(orbit.sites)) == (kind, size)
    kinds = [orbit.kind for orbit in found]
    half, odd = block_size // 2, block_size % 2
    assert kinds.count("centre") == odd
    assert kinds.count("axis") == odd * half
    assert kinds.count("diagonal") == half
    assert kinds.count("general") == half * (half - 1) // 2


def test_orbits_are_ordered_by_distance():
    found = orbits(31)
    distances = [orbit.distance for orbit in found]
    assert distances == sorted(distances)
    for orbit in found:
        row, column = orbit.representative
        assert orbit.distance == np.sqrt(row**2 + column**2)


def test_orbits_at_equal_distance_are_distinct():
    by_representative = {orbit.representative: orbit for orbit in orbits(15)}
    general, diagonal = by_representative[1, 7], by_representative[5, 5]
    assert general.distance == diagonal.distance
    assert (general.kind, diagonal.kind) == ("general", "diagonal")
    assert not set(general.sites) & set(diagonal.sites)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (orbits(4)[0], orbits(4)[0]),
        (orbits(4)[0], orbits(6)[0]),
        (components("axis")[0], components("diagonal")[0]),
    ],
)
def test_orbits_and_components_can_be_compared_and_hashed(one, other):
    # A dataclass that compares its arrays would raise.
    assert isinstance(one == other, bool)
    assert {one: "found"}[one] == "found"


@pytest.mark.parametrize("kind", ORBIT_KINDS)
def test_number_of_copies_of_an_irrep_follows_from_the_characters(kind):
    # The character of the permutation of sites is the number of sites that stay in place.
    sites = np.unique(ELEMENTS @ ORBIT_KINDS[kind].representative, axis=0)
    fixed = np.array([(sites @ g.T == sites).all(axis=1).sum() for g in ELEMENTS])
    found = [component.irrep for component in components(kind)]
    for irrep, character in CHARACTERS.items():
        assert Fraction(int(fixed @ character), 8) == found.count(irrep)
    assert [component.label for component in components(kind)] == COMPONENTS[kind]
    assert [component.copy for component in components(kind)] == [
        found[:k].count(irrep) for k, irrep in enumerate(found)
    ]


@pytest.mark.parametrize("kind", ORBIT_KINDS)
def test_components_are_exact_orthogonal_and_complete(kind):
    parts = components(kind)
    n_sites = ORBIT_KINDS[kind].size
    rows = np.concatenate([part.matrix for part in parts])
    assert rows.dtype.kind == "i"
    assert rows.shape == (n_sites, n_sites)
    norms = np.concatenate([[part.norm] * len(part.matrix) for part in parts])
    np.testing.assert_array_equal(rows @ rows.T, np.diag(norms))


@pytest.mark.parametrize("kind", ORBIT_KINDS)
@pytest.mark.parametrize("element", range(8))
def test_coefficients_of_a_moved_block_transform_as_their_irrep(kind, element):
    block = random_block(7)
    moved = move(block, ELEMENTS[element])
    found = [orbit for orbit in orbits(7) if orbit.kind == kind]
    assert found
    for orbit, part in product(found, components(kind)):
        before = part.matrix @ block.flat[orbit.sites]
        after = part.matrix @ moved.flat[orbit.sites]
        np.testing.assert_array_equal(after, IRREPS[part.irrep][element] @ before)


@pytest.mark.parametrize("block_size", [2, 3, 8, 13])
@pytest.mark.parametrize("seed", range(3))
def test_parseval(block_size, seed):
    block = random_block(block_size, seed)
    total = 0
    for orbit in orbits(block_size):
        for part in components(orbit.kind):
            f = part.matrix @ block.flat[orbit.sites]
            total += Fraction(int(f @ f), part.norm)
    assert total == block_size**2


@pytest.mark.parametrize("kind", ORBIT_KINDS)
@pytest.mark.parametrize("element", range(8))
def test_site_permutation_moves_the_spins_of_an_orbit(kind, element):
    block = random_block(7)
    moved = move(block, ELEMENTS[element])
    for orbit in orbits(7):
        if orbit.kind == kind:
            source = site_permutation(kind, element)
            np.testing.assert_array_equal(moved.flat[orbit.sites], block.flat[orbit.sites[source]])


# Projections


@pytest.mark.parametrize("block_size", [1, 2, 5, 8])
def test_projections_are_orthogonal_idempotent_and_add_up_to_the_block(block_size):
    block = random_block(block_size)
    parts = {irrep: project(block, irrep) for irrep in IRREPS}
    np.testing.assert_array_equal(sum(parts.values()), block)
    for (first, part), second in product(parts.items(), IRREPS):
        expected = part if first == second else np.zeros_like(part)
        np.testing.assert_array_equal(project(part, second), expected)
        if first != second:
            assert np.vdot(part, parts[second]) == 0


@pytest.mark.parametrize("element", range(8))
def test_projections_transform_as_their_irrep(element):
    block = random_block(6)
    for irrep, matrices in IRREPS.items():
        part = project(block, irrep)
        moved = move(part, ELEMENTS[element])
        np.testing.assert_array_equal(moved, project(move(block, ELEMENTS[element]), irrep))
        if matrices.shape[1] == 1:
            np.testing.assert_array_equal(moved, matrices[element, 0, 0] * part)


@pytest.mark.parametrize("irrep", IRREPS)
def test_squared_length_of_a_projection_is_the_power_of_its_coefficients(irrep):
    block = random_block(7)
    total = 0
    for orbit in orbits(7):
        for part in components(orbit.kind):
            f = part.matrix @ block.flat[orbit.sites]
            total += Fraction(int(f @ f), part.norm) if part.irrep == irrep else 0
    assert Fraction((project(block, irrep) ** 2).sum()) == total


@pytest.mark.parametrize(
    ("block", "error", "message"),
    [
        (np.ones((2, 3)), ValueError, r"block must be one square array.*; got shape \(2, 3\)\.$"),
        (np.ones((0, 0)), ValueError, r"l >= 1; got shape \(0, 0\)"),
        (1.0, ValueError, r"block must be one square array.*; got shape \(\)"),
        (np.ones((3, 2, 2)), ValueError, r"shape \(3, 2, 2\). Of several .*, such as block\[0\]"),
        (np.ones((2, 2)) * 1j, ValueError, "block must be real. Complex data not supported"),
        ([[1, np.nan], [1, 1]], ValueError, r"finite numbers; got nan at index \(0, 1\)"),
        ([[1, 1], [-np.inf, 1]], ValueError, r"finite numbers; got -inf at index \(1, 0\)"),
        ([[10**400]], ValueError, "block must hold numbers below 1.8e308"),
        ([[1, 2], [3]], ValueError, "block must be one array"),
        ([["up"]], TypeError, "block must hold numbers"),
        (np.array([["2020"]], "M8[D]"), TypeError, "block must hold numbers"),
        (None, ValueError, "block must be one square array"),
    ],
)
def test_the_projection_of_other_things_than_a_block_is_an_error(block, error, message):
    with pytest.raises(error, match=message):
        project(block, "A1")


@pytest.mark.parametrize(
    "irrep", ["E1", "a1", None, 0, True, ["A1"], pytest.param(10**5000, id="huge")]
)
def test_the_projection_onto_another_name_than_that_of_an_irrep_is_an_error(irrep):
    with pytest.raises(ValueError, match=r"irrep must be one of 'A1', .*; got"):
        project(np.ones((2, 2)), irrep)


def test_names_and_numbers_of_numpy_are_taken():
    assert components(np.str_("axis")) is components("axis")
    assert len(orbits(np.int8(4))) == len(orbits(4))
    np.testing.assert_array_equal(
        site_permutation(np.str_("axis"), np.uint8(3)), site_permutation("axis", 3)
    )
    block = random_block(4)
    np.testing.assert_array_equal(
        project(block.astype(">f4"), np.str_("E")), project(block.tolist(), "E")
    )


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (2.5, TypeError),
        (4.0, TypeError),
        (np.float32(4), TypeError),
        (np.nan, TypeError),
        (True, TypeError),
        (np.True_, TypeError),
        (1j, TypeError),
        ("4", TypeError),
        (None, TypeError),
        ([4], TypeError),
        (np.array(4), TypeError),
        (-1, ValueError),
        (10**30, ValueError),
        (np.uint64(2**63), ValueError),
    ],
)
def test_other_block_sizes_and_elements_than_integers_in_range_are_refused(value, error):
    with pytest.raises(error, match=r"^block_size must be an integer >= 1 and <= 4096; got"):
        orbits(value)
    with pytest.raises(error, match=r"^element must be an integer >= 0 and <= 7; got"):
        site_permutation("general", value)


def test_the_smallest_wrong_block_size_and_element_are_refused():
    with pytest.raises(ValueError, match=r"^block_size must be an integer >= 1 and <= 4096; got 0"):
        orbits(0)
    with pytest.raises(ValueError, match=r"^element must be an integer >= 0 and <= 7; got 8"):
        site_permutation("general", 8)


@pytest.mark.parametrize("kind", ["General", "", None, 1, True, ["axis"], {}])
def test_other_kinds_of_orbits_are_refused(kind):
    for function in (components, lambda kind: site_permutation(kind, 0)):
        with pytest.raises(ValueError, match=r"^kind must be one of 'centre', 'axis', .*; got"):
            function(kind)


@pytest.mark.parametrize(
    "table", [ELEMENTS, MULTIPLICATION, INVERSES, *IRREPS.values(), *CHARACTERS.values()]
)
def test_the_tables_of_the_group_are_read_only(table):
    with pytest.raises(ValueError, match="read-only"):
        table[0] = 0
