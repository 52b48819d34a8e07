"""From one machine to a farm: the same job in chunks, handed to engines that studios run.

`figures` are what starting and a frame cost, given or measured; `estimate` makes chunks, time,
GPU and disk of them. `order` is what a farm is to do, as data; `formats` say it in the words of one
engine, `bundle` writes that, all of it or nothing. On a worker, `path_mapping` finds the paths of
a job, and `engine` keys for all tasks of a session, so that weights are loaded once.
"""
