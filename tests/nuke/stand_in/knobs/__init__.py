"""Knobs, one kind of value a file."""
