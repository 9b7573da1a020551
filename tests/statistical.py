"""Comparisons of random samples with exact results.

Every seed is fixed. A test passes if its p-value is between 1e-4 and 1 - 1e-4. A right sampler
would fail it for one seed in 5000.
"""

import numpy as np
from scipy import stats


def assert_p_value(p):
    assert 1e-4 < p < 1 - 1e-4


def assert_frequencies(counts, probabilities):
    """Compare counts with probabilities by chi-square.

    Outcomes that are expected fewer than 5 times are merged with the rarest of the others.
    """
    counts, expected = np.asarray(counts), sum(counts) * np.asarray(probabilities)
    order = np.argsort(expected)
    n_rare = 1 + np.searchsorted(expected[order], 5)
    merged = [np.append(a[order][n_rare:], a[order][:n_rare].sum()) for a in (counts, expected)]
    assert_p_value(stats.chisquare(*merged).pvalue)


def assert_standard_normal(z):
    """Compare sum z^2 and max |z| with those of independent standard normal numbers."""
    assert_p_value(stats.chi2.sf(np.sum(np.square(z)), len(z)))
    assert len(z) * 2 * stats.norm.sf(np.abs(z).max()) > 1e-4


def seeded_state(seed):
    return np.random.SeedSequence(seed).generate_state(4, np.uint64)
