"""What feeds a node, and what it feeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


def upstream(node: Any) -> set[str]:
    """The names of a node and of all that feed it."""
    return _reached(
        node, lambda one: (link.from_node for socket in one.inputs for link in socket.links)
    )


def downstream(node: Any) -> set[str]:
    """The names of a node and of all that it feeds."""
    return _reached(
        node, lambda one: (link.to_node for socket in one.outputs for link in socket.links)
    )


def _reached(node: Any, neighbours: Callable[[Any], Iterable[Any]]) -> set[str]:
    pending, found = [node], {node.name}
    while pending:
        for other in neighbours(pending.pop()):
            if other.name not in found:
                found.add(other.name)
                pending.append(other)
    return found
