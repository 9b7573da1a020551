"""Time of fit and predict beside a loop in torch that is written by hand, in turns.

The loop has the network, descriptor, batches, optimizer and schedule that the estimator has by
default, and nothing else. The ratio is therefore the cost of the estimator, including the solution
for its last layer. A second loop uses torch's default Adam, which is not fused. All run on one
thread and are timed by the processor's time, which leaves out the work of other processes.

``--large`` times ten epochs on 2,000 lattices of 320 x 320 sites instead, and their memory.
"""

import time
from statistics import median

import numpy as np
import torch
from _results import Column, Results, argument_parser
from _timing import median_ratio, peak_memory, time_in_turns, timed
from threadpoolctl import threadpool_limits

from skising import BlockAveragingRegressor, D4Descriptor, extract_blocks, make_ising
from skising.networks import FullyConnectedNetwork

N_SAMPLES, LATTICE_SIZE, BLOCK_SIZE = 2000, 64, 16
N_EPOCHS, BATCH, LR = 30, 32, 3e-3
N_ROUNDS = 7
# A single prediction is too short for the clock of the processor's time.
N_PREDICTIONS = 4


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


def compare(results):
    torch.set_num_threads(1)
    X, y = make_ising(N_SAMPLES, LATTICE_SIZE, return_X_y=True, random_state=0)
    model = BlockAveragingRegressor(
        BLOCK_SIZE, lr=LR, max_epochs=N_EPOCHS, batch_size=BATCH, random_state=0
    )
    by_hand = hand_written_fit(X, y)
    clock = {"n_rounds": N_ROUNDS, "clock": time.process_time}
    fit, loop, default_loop = time_in_turns(
        lambda: model.fit(X, y),
        lambda: hand_written_fit(X, y),
        lambda: hand_written_fit(X, y, fused=False),
        **clock,
    )
    predict, predict_loop = time_in_turns(
        lambda: [model.predict(X) for _ in range(N_PREDICTIONS)],
        lambda: [hand_written_predict(*by_hand, X) for _ in range(N_PREDICTIONS)],
        **clock,
    )
    table = results.table(
        f"{N_SAMPLES} lattices, L = {LATTICE_SIZE}, l = {BLOCK_SIZE}, {N_EPOCHS} epochs",
        {"method": 28},
        [
            Column("estimator", "s", ".2f"),
            Column("by hand", "s", ".2f"),
            Column("ratio", "", ".3f", "at most 1.10"),
        ],
    )
    for name, estimator, baseline in (
        ("fit", fit, loop),
        ("fit, by hand with torch's Adam", fit, default_loop),
        (f"predict, {N_PREDICTIONS} times", predict, predict_loop),
    ):
        ratio = median_ratio(estimator, baseline)
        table.row([name], [median(estimator), median(baseline), ratio])


def large(results):
    X, y = make_ising(2000, 320, return_X_y=True, random_state=0, n_jobs=2)
    table = results.table(
        "2,000 lattices, L = 320, 10 epochs, default network",
        {"l": 3},
        [Column("fit", "s", ".1f"), Column("peak memory", "MB", ".0f")],
    )
    for block_size in (16, 32):
        model = BlockAveragingRegressor(block_size, max_epochs=10, random_state=0)
        seconds, _ = timed(lambda model=model: model.fit(X, y))
        table.row([block_size], [seconds, peak_memory()])


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--large", action="store_true", help="time large lattices instead")
    options = parser.parse_args()
    results = Results(__file__, options)
    if options.large:
        large(results)
    else:
        with threadpool_limits(1):
            compare(results)
    results.write()


if __name__ == "__main__":
    main()
