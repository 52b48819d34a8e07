"""The network's forward pass in half precision, with its memory-bound steps fused by Triton.

The same arithmetic as `network.py`; what differs is which numbers go through the device's memory,
and when they are rounded. Only `fast_network.py`, `answer.py` and `ahead.py` are for others: triton
is there on Linux with CUDA, and where it is not the plain network keys.
"""
