"""Time of fit and predict beside a hand-written torch loop, in turns in the same process.

On one thread, by the processor's time: what other processes take of the core does not count.

The loop has the same network, descriptor, batches, optimizer and schedule, the estimator's
defaults, and nothing else: what it lacks is what the estimator costs, the solution for its last
layer too. A second loop has Adam as torch has it by default, not fused. `--large` instead times ten
epochs on 2,000 lattices of 320 x 320, and the memory they take.
"""

import argparse
import resource
import statistics
import time

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from skising import BlockAveragingRegressor, D4Descriptor, extract_blocks, make_ising
from skising.networks import FullyConnectedNetwork

N_SAMPLES, LATTICE_SIZE, BLOCK_SIZE = 2000, 64, 16
N_EPOCHS, BATCH, LR = 30, 32, 3e-3
N_REPEATS = 7


def hand_written_fit(X, y, fused=True):
    descriptor = D4Descriptor().fit(X[:1, :BLOCK_SIZE, :BLOCK_SIZE])
    network = FullyConnectedNetwork(descriptor.n_features_out_, 1)
    optimizer = torch.optim.Adam(network.parameters(), lr=LR, fused=fused)
    n_steps = N_EPOCHS * -(-len(X) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LR, total_steps=n_steps)
    target = torch.as_tensor((y - y.mean()) / y.std(), dtype=torch.float32)
    for _ in range(N_EPOCHS):
        for rows in torch.randperm(len(X)).split(BATCH):
            blocks = extract_blocks(X[rows.numpy()], BLOCK_SIZE)
            features = descriptor.transform(blocks.reshape(-1, BLOCK_SIZE, BLOCK_SIZE))
            outputs = network(torch.from_numpy(features)).view(len(rows), -1)
            loss = (outputs.mean(dim=1) - target[rows]).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return descriptor, network.eval()


def hand_written_predict(descriptor, network, X, n_at_once=256):
    means = []
    with torch.inference_mode():
        for start in range(0, len(X), n_at_once):
            blocks = extract_blocks(X[start : start + n_at_once], BLOCK_SIZE)
            features = descriptor.transform(blocks.reshape(-1, BLOCK_SIZE, BLOCK_SIZE))
            outputs = network(torch.from_numpy(features)).view(len(blocks), -1)
            means.append(outputs.mean(dim=1).numpy())
    return np.concatenate(means)


def measure(*functions):
    """Return the processor times of each, round by round, so that noise meets them all."""
    times = [[] for _ in functions]
    for _ in range(N_REPEATS):
        for function, of_one in zip(functions, times, strict=True):
            start = time.process_time()
            function()
            of_one.append(time.process_time() - start)
    return times


def compare():
    torch.set_num_threads(1)
    X, y = make_ising(N_SAMPLES, LATTICE_SIZE, return_X_y=True, random_state=0)
    model = BlockAveragingRegressor(
        BLOCK_SIZE, lr=LR, max_epochs=N_EPOCHS, batch_size=BATCH, random_state=0
    )
    model.fit(X, y)
    by_hand = hand_written_fit(X, y)
    fit, by_hand_fit, default_fit = measure(
        lambda: model.fit(X, y),
        lambda: hand_written_fit(X, y),
        lambda: hand_written_fit(X, y, fused=False),
    )
    # Short, so several in a row.
    predict, by_hand_predict = measure(
        lambda: [model.predict(X) for _ in range(4)],
        lambda: [hand_written_predict(*by_hand, X) for _ in range(4)],
    )
    print(f"{N_SAMPLES} lattices of {LATTICE_SIZE}, l = {BLOCK_SIZE}, medians: s, by hand, ratio")
    for name, ours, plain in (
        ("fit", fit, by_hand_fit),
        ("fit, not fused", fit, default_fit),
        ("predict x 4", predict, by_hand_predict),
    ):
        seconds, by_hand = statistics.median(ours), statistics.median(plain)
        ratio = statistics.median(a / b for a, b in zip(ours, plain, strict=True))
        print(f"{name:>14} {seconds:7.2f} {by_hand:7.2f} {ratio:6.3f}")


def large():
    X, y = make_ising(2000, 320, return_X_y=True, random_state=0, n_jobs=2)
    print("2,000 lattices of 320, 10 epochs, default network: l, s, peak memory in MB")
    for block_size in (16, 32):
        start = time.perf_counter()
        BlockAveragingRegressor(block_size, max_epochs=10, random_state=0).fit(X, y)
        seconds = time.perf_counter() - start
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{block_size:>4} {seconds:7.1f} {memory:7.0f}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true")
    if parser.parse_args().large:
        large()
    else:
        with threadpool_limits(1):
            compare()
