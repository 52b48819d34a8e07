"""How other threads ask the main one."""

from tests.nuke.stand_in.threads import executeInMainThread, executeInMainThreadWithResult
