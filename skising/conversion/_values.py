"""Which number stands for which spin."""

import numpy as np

from .._numbers import as_numbers
from .._spins import check_spins

_MOST_VALUES = 8


def average_cells(lattices, cell, name):
    """Return averages over cells of `cell` x `cell` sites."""
    n, n_rows, n_cols = lattices.shape
    if n_rows % cell or n_cols % cell:
        raise ValueError(
            f"cell must divide the sides of the lattices; got cell={cell} and {name} of "
            f"{n_rows} x {n_cols} sites. Cut off sites so that it does, such as "
            f"`[:, :{n_rows // cell * cell}, :{n_cols // cell * cell}]`."
        )
    cells = lattices.reshape(n, n_rows // cell, cell, n_cols // cell, cell)
    return cells.mean(axis=(2, 4), dtype=np.float64)


def apply_level(lattices, level, name):
    """Return +1 where a number is above `level`, and -1 elsewhere, with the mapping in words."""
    if not np.isfinite(lattices).all():
        raise ValueError(f"{name} holds NaN or inf, which are on no side of level={level}.")
    is_above = lattices > level
    if is_above.all() or not is_above.any():
        raise ValueError(
            f"level={level:g} must lie between the numbers of {name}, which go from "
            f"{lattices.min():g} to {lattices.max():g}."
        )
    words = f"above {level:g} is +1, the rest -1: {is_above.mean():.1%} are +1"
    return 2 * is_above.view(np.int8) - np.int8(1), words


def apply_values(lattices, values, spins, name):
    """Return the spins that `values` stand for in this order, with the mapping in words."""
    codes = {"ising": [-1, 1], "diluted": [-1, 0, 1]}.get(spins.kind)
    values = as_numbers(values, "values")
    n_allowed = len(codes) if codes else spins.n_states
    is_right = values.ndim == 1 and len(np.unique(values)) == len(values) > 1
    if not is_right or len(values) != (n_allowed or len(values)):
        count = n_allowed or "two or more"
        order = f" of the spins {_listed(codes)}, in this order" if codes else ", state 0 first"
        raise ValueError(
            f"values must hold {count} different numbers, those{order}; got {values.tolist()}."
        )
    codes = np.arange(len(values)) if codes is None else np.array(codes)
    order = np.argsort(values)
    place = np.searchsorted(values[order], lattices).clip(max=len(values) - 1)
    is_wrong = values[order][place] != lattices
    if is_wrong.any():
        raise ValueError(
            f"values must name every number of {name}; got {values.tolist()}, and it also holds "
            f"{lattices[is_wrong][0]}."
        )
    words = ", ".join(f"{v:.9g} is {_signed(c, spins)}" for v, c in zip(values, codes, strict=True))
    return codes[order][place].astype(spins.dtype_of(codes.dtype)), words


def recognise(lattices, spins, name):
    """Return the spins of numbers that can mean only one thing, with the mapping in words."""
    if spins.kind == "ising":
        return _recognise_ising(lattices, spins, name)
    if spins.kind == "diluted" and lattices.dtype.kind == "f" and np.isnan(lattices).any():
        n_vacancies = int(np.isnan(lattices).sum())
        lattices = np.where(np.isnan(lattices), 0, lattices)
        return check_spins(lattices, name, spins=spins), f"{n_vacancies} missing sites are 0"
    if spins.hold(lattices):
        if spins.kind in ("potts", "clock") and spins.n_states is None and lattices.min() > 0:
            raise ValueError(
                f"{name} holds states from {lattices.min():g} to {lattices.max():g}. Pass "
                "values=[...] with the numbers of state 0, 1, 2 and so on if the first one is "
                f"{lattices.min():g}, or n_states={int(lattices.max()) + 1} if state 0 is missing "
                "by chance."
            )
        return check_spins(lattices, name, spins=spins), "as they are"
    found = _listed(_first_values(lattices))
    order = "the numbers of state 0, 1, 2 and so on"
    if spins.kind == "diluted":
        order = "the numbers of -1, of a vacancy, and of +1"
    raise ValueError(
        f"{name} must hold {spins.allowed}; it holds {found}. Pass values=[...] with {order}."
    )


def _recognise_ising(lattices, spins, name):
    if lattices.dtype.kind == "b":
        return 2 * lattices.astype(np.int8) - np.int8(1), "True is +1, False is -1"
    if not np.isfinite(lattices).all():
        raise ValueError(
            f'{name} holds NaN or inf, which are no Ising spins. spins="diluted" takes NaN and '
            "masked sites for vacancies."
        )
    if spins.hold(lattices):
        return check_spins(lattices, name, spins=spins), "as they are"
    low, high = lattices.min(), lattices.max()
    if low < high and np.all((lattices == low) | (lattices == high)) and _is_clear(low, high):
        return apply_values(lattices, [low, high], spins, name)
    raise ValueError(_not_two_values(lattices, low, high, name))


def _is_clear(low, high):
    """Tell whether the lower of two numbers is the spin -1."""
    # -1 becomes 255, 65,535 and so on as an unsigned integer, and a 0 beside -1 may be a vacancy.
    return not (low == 1 and high in (2**8 - 1, 2**16 - 1, 2**32 - 1)) and (low, high) != (-1, 0)


def _not_two_values(lattices, low, high, name):
    """Return the message for numbers whose spins are not clear."""
    values = _first_values(lattices)
    if len(values) == 1:
        return (
            f"All numbers of {name} are {low}, so that nothing tells which spin it is. Pass "
            f"values=[number of -1, number of +1], such as values=[{low}, {low + 1}]."
        )
    if len(values) == 2:
        return (
            f"{name} holds {_listed(values)}: pass values=[{low}, {high}] if {high} is +1, or "
            f'values=[{high}, {low}] if it is -1; or spins="diluted" if 0 is a vacancy.'
        )
    vacancies = ' spins="diluted" takes 0 for a vacancy;' if set(values) == {-1, 0, 1} else ""
    return (
        f"{name} holds {_listed(values)}, and Ising spins have two values.{vacancies} level=... "
        'makes spins of grey levels: +1 above it; spins="potts" or "clock" takes states.'
    )


def _first_values(lattices):
    """Return the different numbers of an array, sorted, or just of its beginning if many."""
    values = np.unique(lattices[:64])
    return (values if len(values) > _MOST_VALUES else np.unique(lattices)).tolist()


def _listed(values):
    if len(values) > _MOST_VALUES:
        return f"{len(values)} or more different numbers from {values[0]} to {values[-1]}"
    *first, last = map(str, values)
    return f"{', '.join(first)} and {last}" if first else last


def _signed(code, spins):
    return f"{code:+d}" if spins.kind == "ising" else str(code)
