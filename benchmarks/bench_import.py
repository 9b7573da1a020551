"""Time of ``import skising`` beside ``import sklearn``, in new processes in turns."""

import statistics
import subprocess
import sys
import time

N_REPEATS = 15
MODULES = ("skising", "sklearn", "skising, skising.block_averaging")


def seconds(module):
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
    return time.perf_counter() - start


def main():
    times = [[seconds(module) for module in MODULES] for _ in range(N_REPEATS + 1)][1:]
    for module, of_module in zip(MODULES, zip(*times, strict=True), strict=True):
        ratio = statistics.median(a / b[1] for a, b in zip(of_module, times, strict=True))
        print(f"import {module:<34} {statistics.median(of_module):.3f} s, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
