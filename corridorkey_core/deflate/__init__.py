"""Pictures compressed on a CUDA device as EXR's zip and PNG want them, so that writers only write.

lines     pictures as the bytes that are compressed: EXR's predictor, PNG's filter
tokens    which bytes are literals, and which a run of the byte before them
measure   how often each symbol comes, and what the checksums need
codes     a prefix code for each block
pack      the bits, into place
streams   all of it: pictures to streams
packer    where it can be done, and what is done where it cannot

Deflate (RFC 1951) with blocks of their own codes, and no matches but runs: on grain and on mattes
files come out no larger than zlib's level 4 makes them, and each byte's place can be worked out
beside all others. Only `packer.py` is for others: triton is there on Linux with CUDA.
"""
