"""Compiled kernels: plain arrays, scalars and a generator's state in, arrays out.

Kernels do not validate their input. The modules above them do, and pass C-contiguous arrays of one
dtype, so that each kernel is compiled for a single signature.
The one exception is `shares`, which checks the spins of a share just before it describes the share,
because a separate pass would read the blocks from memory a second time.
"""
