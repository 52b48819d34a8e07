"""CorridorKey: the published network, from a checkpoint on disk.

checkpoint     a .pth or .safetensors file to tensors, checked
hiera          picture and hint to four scales of features, in the order of mask_units
decoder        features to coarse logits, as trained; fold does it with less work
refiner        corrections to the logits, as trained; tiled_refiner does it in less memory
group_norm     the refiner's norm, measured in parallel
greenformer    the whole as trained: what the rest is checked against
network        the whole as it keys
picture        linear plates to what the network sees, and its logits back to a prediction
keyer          all of it behind the Protocol that every keyer meets
load           settings and a checkpoint to a keyer on a device
"""
