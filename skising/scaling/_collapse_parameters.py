"""The parameters of a collapse: their checks, and what the optimiser gets of them."""

import numpy as np

from .._validation import (
    check_choice,
    check_finite,
    check_fraction,
    check_integer,
    check_positive,
)
from ._scaling_form import BKTForm, PowerForm

# The parameter of each form besides the critical temperature.
FORM_PARAMETERS = {"power": PowerForm.parameter, "bkt": BKTForm.parameter}


def check_parameters(collapse):
    """Return the parameters of a `DataCollapse` as a dict of Python numbers, text and None."""
    given = {"scaling_form": check_choice(collapse.scaling_form, "scaling_form", FORM_PARAMETERS)}
    for name, check in (
        ("critical_temperature", check_finite),
        ("nu", check_positive),
        ("log_constant", check_finite),
        ("theta", check_finite),
        ("correction_exponent", check_positive),
    ):
        value = getattr(collapse, name)
        given[name] = None if value is None else check(value, name)
    for form, name in FORM_PARAMETERS.items():
        if form != given["scaling_form"] and given[name] is not None:
            raise ValueError(
                f"{name} must be None for scaling_form={given['scaling_form']!r}, whose parameter "
                f"is {FORM_PARAMETERS[given['scaling_form']]}; got {given[name]:g}. Leave out "
                f"{name}, or set scaling_form={form!r}."
            )
    given["size_offset"] = check_finite(collapse.size_offset, "size_offset")
    given["n_resamples"] = check_integer(collapse.n_resamples, "n_resamples", minimum=2)
    given["confidence_level"] = check_fraction(collapse.confidence_level, "confidence_level")
    return given


def effective_sizes(size, offset):
    """Return size - offset (n,); raise ValueError unless all are above 0."""
    if size.min() <= offset:
        first = int(np.argmax(size <= offset))
        raise ValueError(
            f"size must exceed size_offset, which is {offset:g}; got {size[first]:g} at index "
            f"{first}. Leave out this size."
        )
    return size - offset


def form_of(given, sizes):
    """Return the scaling form for `sizes`, of which the offset is subtracted."""
    if given["scaling_form"] == "power":
        return PowerForm()
    constant, log_smallest = given["log_constant"], float(np.log(sizes.min()))
    if constant is not None and constant + log_smallest <= 0:
        raise ValueError(
            "log_constant must exceed -ln(size - size_offset) for all sizes, or the logarithm "
            f"changes its sign; got {constant:g}, where {-log_smallest:g} is the limit. Take a "
            "larger one, or None to fit it."
        )
    return BKTForm(log_smallest)


def fixed_parameters(given, form):
    """Return x_c, the form's parameter, theta and c (4,), each NaN if it is fitted."""
    value = given[form.parameter]
    correction = 0.0 if given["correction_exponent"] is None else None
    values = (
        given["critical_temperature"],
        None if value is None else form.inner(value),
        given["theta"],
        correction,
    )
    return np.array([np.nan if value is None else value for value in values])


def unit_of(y, yerr):
    """Return the root mean square of y, or of yerr where y is 0 throughout."""
    values = y if y.any() else yerr
    # A power of 2 keeps squares from overflowing, and is exact.
    exponent = np.frexp(np.abs(values).max())[1]
    scaled = np.sqrt(np.mean(np.ldexp(values, -exponent) ** 2))
    low, high = np.ldexp([yerr.min(), yerr.max()], -exponent) / scaled
    if not 1e-100 <= low <= high <= 1e100:
        raise ValueError(
            "yerr must be from 1e-100 to 1e100 times the root mean square of y, or weights "
            f"overflow; got yerr from {low:g} to {high:g} times it."
        )
    return np.ldexp(scaled, exponent)
