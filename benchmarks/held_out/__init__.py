"""Shots with known answers that no training sees, made in other ways than `training` makes its own.

layer       what stands before the screen: matte, colour, and what a screen's light does to it
rendered    hair, fur and grass, path-traced in three dimensions by Cycles; shipped
pack        makes the shipped files of `examples/make_sample/held_out.py`'s renders
drawn       veil, net, smoke, flag and swung limbs, drawn at several times their size
field       smooth random fields with a spectrum, made in the Fourier domain
stage       paint, lamps, creases, seams, markers, shadow: the screen
camera      a mosaic sensor's grain, and real codecs
roto        hints as splines, trackers and small networks leave them
shot        one still of all that, or a short moving sequence

Nothing here is imported by `training`, nor the other way round.
"""
