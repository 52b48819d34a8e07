"""Keyers: what turns a plate and a hint into alpha and straight foreground.

Each lives in a file or folder of its own behind the Protocol of `keyer`.
"""
