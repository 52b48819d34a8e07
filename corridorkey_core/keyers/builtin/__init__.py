"""Builtin: our own small network, which corrects the chroma keyer's answer where that is unsure.

features      what the network sees of a frame: the plate, and what colour alone says of it
network       the convolutions
fused         the same in kernels of our own, for CUDA devices
correction    from what the network says to a matte and a foreground
bands         a picture too large for the memory, in bands of rows
weights       the file that comes with the package, and its checksum
keyer         the above, behind the Protocol that every keyer meets
load          ready on a device

Trained by `training/` on pictures it makes itself; see docs/builtin.md.
"""
