"""Environment variables, set before the first import of scipy and torch."""

import os

# Without it, scikit-learn's array API check is skipped.
os.environ["SCIPY_ARRAY_API"] = "1"
# The networks of the tests are small: several threads would make them slower.
os.environ.setdefault("OMP_NUM_THREADS", "1")
