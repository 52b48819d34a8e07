"""Builtin: our own small network, which corrects the chroma keyer's answer where that is unsure.

features      what the network sees of a frame: the plate, and what colour alone says of it
network       the convolutions
ask           what it is to ask them
stages        how they are asked: fine levels in tiles, coarse ones at once
looks         large frames are looked at from afar first
tiles         a picture in parts, each with what is seen around it
shown         the features, made for the part that is asked, and where there is doubt
fused         the same convolutions in kernels of our own, for CUDA devices
correction    from what the network says to a matte and a foreground
weights       the files that come with the package, and their checksums
keyer         the above, behind the Protocol that every keyer meets
load          ready on a device

Trained by `training/` on pictures it makes itself; see docs/builtin.md.
"""
