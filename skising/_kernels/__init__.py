"""Compiled kernels: plain arrays, scalars and a generator's state in, arrays out; nothing else.

They validate nothing. The modules above them do, and hand them C-contiguous arrays of one dtype,
so that each kernel is compiled for one signature.
"""
