"""Nodes: what all have, groups, the root."""
