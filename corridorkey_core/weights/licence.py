"""What a person must know before using the published checkpoint."""

LICENCE = """\
The CorridorKey checkpoint is Niko Pueringer's and is not under this project's licence, but under
CC BY-NC-SA 4.0 with further terms of its author: non-commercial, credit, share alike; what is
released from it keeps the name CorridorKey; it may not be offered as a paid keying service. Read
the terms themselves before you use it: https://huggingface.co/nikopueringer/CorridorKey_v1.0
"""
