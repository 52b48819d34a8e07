"""The pixels: what each class of node does, as Foundry's reference guide tells it."""


def load_operations() -> None:
    """Make all operations known; they need the nodes, which need this package."""
    from tests.nuke.stand_in.pixels import (  # noqa: F401
        boxes,
        channel_operations,
        colour_operations,
        files,
        filters,
        formulas,
        merges,
        sources,
        time_operations,
    )
