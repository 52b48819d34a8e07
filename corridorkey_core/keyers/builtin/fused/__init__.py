"""The network's forward pass in kernels of our own, as exact as single precision.

Weights are halves exactly. What they are multiplied by stays single in the device's memory, and is
split in two halves where it is multiplied: two products of the tensor cores, summed in single
precision. Only `quick.py` is for others, and imports triton no sooner than it is needed.

layer          a convolution, its weights as the kernel reads them
halves         weights that are half floats
kernel         the one kernel for all convolutions
around         what is no convolution: channels side by side, and what is enlarged and added
launches       how each layer is launched
network        all layers in their order
quick          the fused network where it can run, the plain one where it cannot
"""
