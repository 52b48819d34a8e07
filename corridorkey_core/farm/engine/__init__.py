"""One engine for all tasks of a farm's session: weights are loaded once, not for each chunk.

`corridorkey farm open FOLDER` starts a process of its own that listens on this machine alone and
leaves its address, with a secret, in the session's folder. A task finds it there and has it key;
one that finds none keys by itself, and so does one whose engine dies. `farm close FOLDER` ends it,
and so does idleness, where a farm was killed before it could.

    address      where it listens, and for whom
    messages     what goes over the connection
    serve        the process: one task after another, with what stays warm
    ask          a task's side, and the end
    start        a process that outlives the command that starts it
"""
