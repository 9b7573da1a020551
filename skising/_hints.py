"""The line of code that makes lattices of spins of other arrays, where there is one.

No line may turn data that are no spins into spins: whoever follows it gets the right lattices or
the next error. Messages put the line between backticks.
"""

import math

import numpy as np

_MOST_VALUES = 8
_ROUNDING = 1e-3
# The -1 of spins that were stored as unsigned integers, and then as other numbers.
_WIDENED_SPINS = [[1, 2**bits - 1] for bits in (8, 16, 32)]
# The number of states that stands for the XY model.
_N_ANGLES = 65536
_CONVERTER = " skising.as_lattices converts these and other numbers, and says what it did."


_TAKERS = (
    "extract_blocks, sample_blocks, D4Descriptor, PairCorrelationDescriptor, and energy_density "
    "and order_parameter of skising.observables take"
)
_VACANCIES = (
    f'staggered, {_TAKERS} vacancies with spins="diluted". An estimator takes them with '
    'descriptor=D4Descriptor(spins="diluted").'
)
_STATES = (
    f'{_TAKERS} states of other models with spins="potts" or "clock". An estimator takes them with '
    "descriptor=D4Descriptor(spins=..., n_states=...)."
)


def hint_on_values(numbers, code, kind="ising"):
    """Return advice on an array that holds other numbers than +1 and -1, and 0 for "diluted".

    Parameters
    ----------
    numbers : array
        A part of the array. The rest of it may hold still other numbers.
    code : str
        The code for the whole array, of shape (n_samples, n_rows, n_cols).
    kind : {"ising", "diluted", None}
        What the spins may be; None is any finite numbers.
    """
    if numbers.dtype.kind == "b":
        line = f"pass `2 * {code}.astype(np.int8) - 1`."
        return f"For True as +1 and False as -1 {line}{_CONVERTER}"
    if not np.isfinite(numbers).all():
        return _hint_on_nan(code)
    values = np.unique(numbers).tolist()
    if _are_unsigned_spins(numbers.dtype, values):
        return _hint_on_unsigned_spins(numbers.dtype, code)
    if len(values) > 2 and np.all(np.abs(np.abs(values) - 1) < _ROUNDING):
        return (
            "The spins have rounding errors: pass "
            f"`np.where(np.abs(np.abs({code}) - 1) < {_ROUNDING}, np.sign({code}), 0)`."
        )
    if kind == "diluted":
        return _no_diluted_spins(values, code)
    if set(values) <= {-1, 0, 1} and -1 in values:
        return (
            f"It holds {_listed(values)}. A 0 beside -1 is a vacancy or a masked site, and not an "
            f"Ising spin. {_VACANCIES}"
        )
    if set(values) <= {0, 1}:
        line = f"pass `{_map_two(0, 1, code)}`."
        if values == [0]:
            return f"All numbers read are 0. If 0 and 1 are the two spins, {line}"
        return f"For 1 as +1 and 0 as -1 {line}{_CONVERTER}"
    if len(values) == 2:
        minus, plus = values[::-1] if values in _WIDENED_SPINS else values
        line = f"pass `{_map_two(minus, plus, code)}`."
        return f"For {plus} as +1 and {minus} as -1 {line}{_CONVERTER}"
    return _no_spins(values)


def _map_two(minus, plus, code):
    """Return code that maps two numbers to -1 and +1, and all others to 0, which is refused."""
    return f"({code} == {plus!r}).astype(np.int8) - ({code} == {minus!r})"


def _no_spins(values):
    if len(values) == 1:
        return f"All numbers read are {values[0]}, so that nothing tells which spin each one is."
    if len(values) <= _MOST_VALUES:
        states = ""
        if values[0] >= 0 and all(value == int(value) for value in values):
            states = f" {_STATES}"
        return (
            f"These are no Ising spins, which have two values: it holds {len(values)}, "
            f"{_listed(values)}.{states}"
        )
    return (
        f"These are no Ising spins, which have two values: it holds {len(values)} different "
        f"numbers from {values[0]} to {values[-1]}. {_STATES} skising.states_from_angles makes "
        "states of angles. Grey levels become spins by a threshold that you choose: "
        "skising.as_lattices(..., level=...)."
    )


def _no_diluted_spins(values, code):
    spins, found = np.rint(values), _listed(values)
    if len(values) > _MOST_VALUES:
        found = f"{values[0]} to {values[-1]}"
    if np.array_equal(spins, values) and values[0] >= 0:
        return f"It holds {found}. {_STATES}"
    if np.all(np.abs(spins) <= 1) and np.all(np.abs(values - spins) < _ROUNDING):
        near = f"np.abs({code} - np.rint({code})) < {_ROUNDING}"
        return f"The spins have rounding errors: pass `np.where({near}, np.rint({code}), 2)`."
    return f"It holds {found}. Give +1 and -1 for the two spins, and 0 for a vacancy."


def _are_unsigned_spins(dtype, values):
    return dtype.kind == "u" and set(values) <= {1, np.iinfo(dtype).max}


def _hint_on_unsigned_spins(dtype, code):
    return (
        f"{np.iinfo(dtype).max} is -1 that was stored as {dtype}: pass "
        f"`{code}.astype(np.int{8 * dtype.itemsize})`."
    )


def _hint_on_nan(code):
    return (
        "NaN and inf are not spins: leave out the samples that hold them, in y too: "
        f"`{code}[np.isfinite({code}).all(axis=(1, 2))]`."
    )


def hint_on_states(numbers, code, kind, n_states, is_learned):
    """Return advice on an array that holds other numbers than the states from 0 to n_states - 1.

    Parameters
    ----------
    numbers : array
        A part of the array. The rest of it may hold still other numbers.
    code : str
        The code for the whole array, of shape (n_samples, n_rows, n_cols).
    kind : {"potts", "clock"}
    n_states : int or None
        None if it is not known.
    is_learned : bool
        Whether `n_states` was read from data.
    """
    if numbers.dtype.kind == "b":
        return f"For True as state 1 and False as state 0 pass `{code}.astype(np.int8)`."
    if not np.isfinite(numbers).all():
        return _hint_on_nan(code)
    values = np.unique(numbers)
    lowest, highest = values[[0, -1]].tolist()
    if np.array_equal(values, np.rint(values)):
        return _hint_on_integers(values, code, kind, n_states, is_learned)
    states = np.rint(values)
    # Numbers that are all near the same integer can be the angles of almost parallel spins.
    if np.ptp(states) and np.all(np.abs(values - states) < _ROUNDING):
        near = f"np.abs({code} - np.rint({code})) < {_ROUNDING}"
        return f"The states have rounding errors: pass `np.where({near}, np.rint({code}), -1)`."
    if max(-lowest, highest) < 2 * np.pi + _ROUNDING:
        return _hint_on_radians(code, kind, n_states)
    return (
        f"States are whole numbers; it holds {len(values)} different numbers from {lowest} to "
        f"{highest}. If they are angles in radians, skising.states_from_angles makes states of a "
        "clock model of them."
    )


def _hint_on_radians(code, kind, n_states):
    if kind == "clock" and n_states not in (None, _N_ANGLES):
        return (
            f"For angles in radians pass `skising.states_from_angles({code}, n_states={n_states})`."
        )
    line = f"`skising.states_from_angles({code})`"
    if kind == "clock":
        return f"For angles in radians pass {line}, with n_states={_N_ANGLES}."
    return (
        f"Angles in radians are states of a clock model: pass {line}, with "
        f'spins="clock" and n_states={_N_ANGLES}.'
    )


def hint_on_angles(numbers, code):
    """Return advice on an array that holds other numbers than angles in radians.

    Parameters
    ----------
    numbers : array
        A part of the array. The rest of it may hold still other numbers.
    code : str
        The code for the whole array, of shape (n_samples, n_rows, n_cols).
    """
    if numbers.dtype.kind != "f":
        return (
            "Whole numbers may be states already, which need no conversion. For angles in radians "
            f"pass `{code}.astype(float)`."
        )
    if not np.isfinite(numbers).all():
        return _hint_on_nan(code)
    return "In so large a number the angle is lost. Reduce angles modulo 2 pi where they are made."


def _hint_on_integers(values, code, kind, n_states, is_learned):
    """Return advice on whole numbers, sorted, that are no states."""
    if _are_unsigned_spins(values.dtype, values.tolist()):
        return _hint_on_unsigned_spins(values.dtype, code)
    lowest, highest = int(values[0]), int(values[-1])
    if set(values.tolist()) <= {-1, 1}:
        states = f"np.where(np.abs({code}) == 1, ({code} + 1) // 2, -1)"
        return f"For Ising spins, -1 as state 0 and +1 as state 1, pass `{states}`."
    if set(values.tolist()) <= {-1, 0, 1}:
        return 'These may be Ising spins with vacancies, which spins="diluted" takes.'
    if lowest < 0:
        return f"It holds {lowest} to {highest}. Number the states from 0."
    if n_states is None:
        return f"Number the states from 0 without gaps; spins={kind!r} has no more of them."
    if lowest == 1 and highest == n_states:
        return f"For states that are numbered from 1 pass `{code} - 1`."
    if is_learned:
        return (
            f"fit has seen no state above {n_states - 1}. Give n_states to the descriptor, here "
            f"n_states={highest + 1} or more, and fit it again."
        )
    return f"Give n_states={highest + 1} or more if these are the states."


def _listed(values):
    return f"{', '.join(map(str, values[:-1]))} and {values[-1]}" if values[1:] else f"{values[0]}"


def hint_on_shape(shape, code, what):
    """Return advice on an array of another number of axes than 3.

    Parameters
    ----------
    shape : tuple of int
    code : str
        The code for the array.
    what : {"lattice", "block"}
    """
    readings = list(_readings(shape, code, what))
    converter = " skising.as_lattices takes many layouts." if what == "lattice" else ""
    if not readings:
        return f"Reshape your data so that each sample is one {what}.{converter}"
    if len(readings) == 1:
        meaning, line = readings[0]
        return f"For {meaning} pass `{line}`.{converter}"
    texts = [f"for {meaning} pass `{line}`" for meaning, line in readings]
    return f"The shape does not tell what the axes are: {', '.join(texts)}.{converter}"


def _readings(shape, code, what):
    """Yield what an array of a shape may be, and the code that makes (n_samples, L, L) of it."""
    sides = [_side(size) for size in shape]
    if len(shape) == 1 and sides[0]:
        side = sides[0]
        yield f"a single flattened {what} of {side} x {side} sites", _reshaped(code, side, side)
    elif len(shape) == 2:
        yield from _readings_of_2d(shape, sides, code, what)
    elif len(shape) == 4:
        yield from _readings_of_4d(shape, code, what)
    elif len(shape) > 4 and shape[-1] == shape[-2] > 1:
        yield f"{what}s of {shape[-2]} x {shape[-1]} sites", _reshaped(code, *shape[-2:])


def _readings_of_2d(shape, sides, code, what):
    if min(shape) > 1 and (what == "lattice" or shape[0] == shape[1]):
        yield f"a single {what} of {shape[0]} x {shape[1]} sites", f"{code}[np.newaxis]"
    if sides[1]:
        yield (
            f"{shape[0]} flattened {what}(s) of {sides[1]} x {sides[1]} sites, one in each row,",
            _reshaped(code, sides[1], sides[1]),
        )
    if sides[0] and not sides[1]:
        yield (
            f"{shape[1]} flattened {what}(s) of {sides[0]} x {sides[0]} sites, one in each column,",
            _reshaped(f"{code}.T", sides[0], sides[0]),
        )


def _readings_of_4d(shape, code, what):
    if shape[3] == 1 and min(shape[1:3]) > 1:
        yield f"{what}s of {shape[1]} x {shape[2]} sites with one channel", f"{code}[..., 0]"
    elif min(shape[2:]) > 1:
        sites = f"{what}s of {shape[2]} x {shape[3]} sites"
        if shape[1] == 1:
            yield f"{sites} with one channel", f"{code}[:, 0]"
        elif shape[2] == shape[3]:
            yield f"{shape[0]} x {shape[1]} {sites}", _reshaped(code, *shape[2:])
        elif shape[0] == 1:
            yield sites, f"{code}[0]"


def hint_on_order(shape, code, n_samples=None):
    """Return advice on lattices whose last axis may be that of the samples, else "".

    Parameters
    ----------
    shape : tuple of int
        Three axes.
    code : str
        The code for the array.
    n_samples : int or None
        How many lattices there must be, if known.
    """
    n_rows, n_cols, n_last = shape
    if n_rows != n_cols or n_rows == n_last or n_samples not in (None, n_last):
        return ""
    return (
        f" If the last axis is that of the samples, {n_last} lattice(s) of {n_rows} x {n_cols} "
        f"sites, pass `np.moveaxis({code}, -1, 0)`."
    )


def _side(size):
    """Return l if a number of sites is l^2 with l >= 2, else 0."""
    side = math.isqrt(size)
    return side if side >= 2 and side**2 == size else 0


def _reshaped(code, *sides):
    return f"{code}.reshape(-1, {sides[0]}, {sides[1]})"
