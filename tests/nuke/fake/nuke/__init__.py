"""What `import nuke` gives in a test: names of Nuke, and behind them the stand-in."""

from ._nuke import *
from .callbacks import *
from .executeInMain import *
from .overrides import *
