"""Settings that must come before the first import of scipy."""

import os

# scikit-learn's array API check skips itself without it.
os.environ["SCIPY_ARRAY_API"] = "1"
