"""How the builtin keyer's weights are made: pictures with known answers, and learning from them.

dice          seeded chance, on the device
noise         smooth random fields
layers        premultiplied layers, one over the other
photographs   pictures of scikit-image's, where it is installed
surfaces      colours and materials
strands       hair, fur, wires
threads       nets, ropes, twigs, straws: thin and solid
bodies        shapes with edges, holes, gauze, haze
subjects      all that together, in front of the lens: a layer with its true matte
markers       what a matchmover puts on a screen
screens       what is behind: uneven, creased, marked, shadowed
light         the screen's light on the subject
camera        exposure, noise, compression
hints         what an artist's rough matte is like
scenes        a batch of plates with their truth
examples      the same as the network sees it
looks         at frames from afar first, then nearer, as the keyer looks at them
lessons       which of them each set of weights learns from
pieces        examples out of frames of a camera's size
maker         examples made beside the steps
pool          many examples in the device's memory, and crops of them
answers       the key that a network's answers lead to
losses        how wrong that is
flat          all weights in one vector
step          one step of learning, on a GPU replayed as a graph
group         processes that learn together, one a device
checkpoint    what a run leaves, and another goes on from
held_out      figures on scenes no step is made on
loop          the steps of a run
export        weights for the package
sheet         a picture to look at

`python -m training --help`; with the extra `training`, photographs are among the materials;
docs/builtin.md tells what was trained how.
"""
