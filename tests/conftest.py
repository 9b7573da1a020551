"""Environment variables, set before scipy and torch are imported; how processes share tests."""

import os

import pytest

# Without it, scikit-learn's array API check is skipped.
os.environ["SCIPY_ARRAY_API"] = "1"
# The networks of the tests are small: several threads would make them slower.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Let an idle process take tests of a busy one, where `-n` has its default, `--dist=load`."""
    if config.getoption("dist") == "load":
        from xdist.scheduler import WorkStealingScheduling

        return WorkStealingScheduling(config, log)
    return None
