"""Checkpoints on this machine: found, fetched, added.

places      where they lie, and what the published ones are called
find        the checkpoint that a run uses
download    a file over HTTP, resumed where it broke off
install     a download or a local file to a checked checkpoint in its place
licence     what a person must know before using the published checkpoint
"""
