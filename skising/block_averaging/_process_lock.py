"""A lock of a process that a forked child has anew."""

import os
import threading


class ProcessLock:
    """A reentrant lock for what belongs to the whole process, such as settings of torch.

    A forked process has no thread that could release the lock of its parent, so it gets another.

    Attributes
    ----------
    current : RLock
        The lock of this process, for a `with` statement.
    """

    def __init__(self):
        self._renew()
        if hasattr(os, "register_at_fork"):  # not on Windows
            os.register_at_fork(after_in_child=self._renew)

    def _renew(self):
        self.current = threading.RLock()
