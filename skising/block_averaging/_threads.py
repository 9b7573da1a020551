"""Threads that take whole shares of the work, each with one thread of torch.

Torch's own threads wait for each other at every operation, and on a busy core this takes longer
than the operation. Here a thread whose core is busy takes fewer shares. The shares must not depend
on the number of threads: then the results do not, to the last bit.
"""

import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import joblib
import torch
from joblib.parallel import get_active_backend

from ._process_lock import ProcessLock

_torch_lock = ProcessLock()


def count_threads(n_jobs):
    """Return the number of threads that `n_jobs` of an estimator stands for.

    Parameters
    ----------
    n_jobs : int or None
        None is the number in a `joblib.parallel_config` around the call, or else the number of
        torch's own threads. This one follows OMP_NUM_THREADS and `torch.set_num_threads`, and
        joblib lowers it in the processes of a search. In workers of joblib for which it does not,
        None is 1.
    """
    if n_jobs is None:
        backend, n_jobs = get_active_backend()
        if n_jobs is None:
            return 1 if _is_worker_without_limit(backend) else torch.get_num_threads()
    return n_jobs if n_jobs > 0 else max(1, joblib.cpu_count() + 1 + n_jobs)


def _is_worker_without_limit(backend):
    """Tell whether this is a thread of joblib, or a process of its multiprocessing backend."""
    is_thread = threading.current_thread() is not threading.main_thread()
    is_worker = bool(backend.nesting_level)
    return is_worker and (is_thread or multiprocessing.current_process().daemon)


@contextmanager
def open_threads(n_threads, n_torch_threads=1):
    """Start threads for a computation, and end them after it.

    Parameters
    ----------
    n_threads : int
        The caller's thread is one of them.
    n_torch_threads : int, default=1
        How many of torch's own threads each of them has meanwhile.

    Yields
    ------
    threads : Threads
    """
    n_before, n_others = torch.get_num_threads(), n_threads - 1
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(n_others)) if n_others else None
        if pool or n_torch_threads != n_before:
            stack.callback(_set_torch_threads, n_before)
            _set_torch_threads(n_torch_threads, pool, n_others)
        yield Threads(pool, n_others)


def _set_torch_threads(n_threads, pool=None, n_others=0):
    """Set the number of torch's threads in this thread, and in the threads of a new pool.

    Torch keeps a number for each thread, and one for threads that have not used torch yet. It only
    sets both, so that the second is restored by another thread.
    """
    with _torch_lock.current, ThreadPoolExecutor(1) as other_thread:
        n_in_new_threads = other_thread.submit(torch.get_num_threads).result()
        torch.set_num_threads(n_threads)
        try:
            if pool:
                _begin(pool, n_others)
        finally:
            other_thread.submit(torch.set_num_threads, n_in_new_threads).result()


def _begin(pool, n_threads):
    """Let all threads of a pool use torch."""
    all_have_begun = threading.Barrier(n_threads + 1)

    def use_torch():
        torch.get_num_threads()
        all_have_begun.wait()

    try:
        for _ in range(n_threads):
            pool.submit(use_torch)
        all_have_begun.wait()
    except BaseException:
        all_have_begun.abort()  # lets the threads end
        raise


class Threads:
    """Threads that compute something, of which the caller's thread is one.

    Parameters
    ----------
    pool : Executor or None
    n_others : int
        Threads of the pool.
    """

    def __init__(self, pool, n_others):
        self._pool = pool
        self._n_others = n_others

    def map(self, function, arguments):
        """Return the results of a function for some arguments, in their order.

        Parameters
        ----------
        function : callable
        arguments : iterable
            One thread at a time takes the next argument.

        Raises
        ------
        Exception
            What was raised for the first argument for which there is an exception, by the function
            or by the iterable. All calls of the function have ended then.
        """
        work = _Work(function, arguments)
        futures = [self._pool.submit(work.take) for _ in range(self._n_others)]
        try:
            work.take()
        finally:
            work.is_over = True
            # A thread that has not begun, because its core is busy, has nothing left to do.
            for future in futures:
                if not future.cancel():
                    future.result()
        return work.results()


class _Work:
    """The work of a call of `Threads.map`."""

    def __init__(self, function, arguments):
        self._function = function
        self._arguments = iter(arguments)
        self._lock = threading.Lock()
        self._n_taken = 0
        self._results, self._errors = {}, {}
        self.is_over = False

    def take(self):
        """Compute the results for one argument after the other until all are taken."""
        while True:
            with self._lock:
                if self.is_over:
                    return
                number = self._n_taken
                try:
                    argument = next(self._arguments)
                except StopIteration:
                    self.is_over = True
                    return
                except Exception as error:
                    self._errors[number] = error
                    self.is_over = True
                    return
                self._n_taken += 1
            try:
                self._results[number] = self._function(argument)
            except Exception as error:
                self._errors[number] = error
                self.is_over = True
                return

    def results(self):
        """Return all results in order, or raise the first exception."""
        if self._errors:
            raise self._errors[min(self._errors)]
        return [self._results[number] for number in range(self._n_taken)]
