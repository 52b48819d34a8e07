"""Chroma: keys from colour alone, on any device, with no weights.

survey          green or blue, and the screen's mean colour, from a shot's frames
automatic_hint  a coarse hint where none is given
clean_plate     the screen behind everything
guide           what a hint says: where the subject may be, and where it is solid
alpha           colour difference against it, corrected by the foreground nearby
unmix           straight foreground out of the mixture
evidence        clean plate and alpha with all that led to them, for one frame or many
keyer           the above, behind the Protocol that every keyer meets
"""

from corridorkey_core.keyers.chroma.automatic_hint import automatic_hint
from corridorkey_core.keyers.chroma.keyer import ChromaKeyer
from corridorkey_core.keyers.chroma.survey import survey

__all__ = ["ChromaKeyer", "automatic_hint", "survey"]
