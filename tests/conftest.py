"""Settings that must come before the first import of scipy."""

import os

# scikit-learn's array API check skips itself without it.
os.environ["SCIPY_ARRAY_API"] = "1"
# The networks of the tests are too small for threads to share; waiting costs more than it gains.
os.environ.setdefault("OMP_NUM_THREADS", "1")
