"""What Nuke itself writes over in Python."""

from tests.nuke.stand_in.plugins import pluginAddPath, pluginAppendPath
