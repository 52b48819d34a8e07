"""How the builtin keyer's weights are made: pictures with known answers, and learning from them.

dice          seeded chance, on the device
noise         smooth random fields
surfaces      colours and materials
strands       hair, fur, wires
bodies        shapes with edges, holes, gauze
subjects      all that together, in front of the lens: a layer with its true matte
screens       what is behind: uneven, creased, marked, shadowed
light         the screen's light on the subject
camera        exposure, noise, compression
hints         what an artist's rough matte is like
scenes        a batch of plates with their truth
examples      the same as the network sees it
maker         examples made beside the steps
pool          many examples in the device's memory, and crops of them
losses        how wrong a key is
checkpoint    what a run leaves, and another goes on from
held_out      figures on scenes no step is made on
loop          the steps
export        weights for the package
sheet         a picture to look at

`python -m training --help`; docs/builtin.md tells what was trained how.
"""
