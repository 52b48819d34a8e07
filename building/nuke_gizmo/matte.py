"""The engine's matte tools as Nuke nodes: `corridorkey_core.matte`, in the same arithmetic.

Nuke has no erode whose reach is a disk, and no blur whose kernel is published, so both are made of
nodes that are exact: boxes whose union is the disk, and a sum of neighbours.
"""

from __future__ import annotations

from building.nuke_gizmo.script import Node, expression, word

LARGEST_SHRINK = 10
"""Pixels that the live nodes shrink or grow by at most; the knob's slider ends there."""
LARGEST_SOFTEN = 6
"""Pixels of standard deviation; from here on the engine itself only approximates a Gaussian."""
OF_A_PROXY = "root.proxy_type == 0 ? root.proxy_format.w / root.format.w : root.proxy_scale"
SCALE = f"(root.proxy ? ({OF_A_PROXY}) : 1)"
"""Pixels of a proxy for one of the full picture: disks are whole in the pixels there are."""
COLOUR = {"expr0": "r", "expr1": "g", "expr2": "b"}
"""Rows of an Expression that leave the colour alone: an empty one would be zero."""
TAPS = 15  # 2.5 × the largest deviation, as `resample.gaussian_blur` has it


def levels(source: str) -> Node:
    """Clip and gamma, as `matte.clip` and `matte.gamma`."""
    inside = "pow((a - black) / (white - black), 1 / gamma)"
    knobs = {
        "temp_name0": "black",
        "temp_expr0": "parent.clip_black",
        "temp_name1": "white",
        "temp_expr1": "parent.clip_white",
        "temp_name2": "gamma",
        "temp_expr2": "parent.matte_gamma",
        "expr3": word(f"a <= black ? 0 : a >= white ? 1 : {inside}"),
    }
    return Node("Expression", "Levels", (source,), {**COLOUR, **knobs})


def shrink_grow(source: str) -> tuple[Node, ...]:
    """Shrink or grow, as `matte.shrink_grow`; shrinking is growing what is not matte."""
    distance = f"min(abs(parent.shrink_grow), {LARGEST_SHRINK}) * {SCALE}"
    turned = word("parent.shrink_grow < 0 ? 1 - a : a")
    part = expression(f"{distance} - floor({distance})")
    return (
        Node("Expression", "Turned", (source,), {**COLOUR, "expr3": turned}),
        _disk("NearDisk", "Turned", f"floor({distance})"),
        _disk("FarDisk", "Turned", f"min(floor({distance}) + 1, {LARGEST_SHRINK})"),
        Node(
            "Merge2",
            "BetweenDisks",
            ("NearDisk", "FarDisk"),
            {"operation": "copy", "bbox": "B", "mix": part},
        ),
        Node("Expression", "TurnedBack", ("BetweenDisks",), {**COLOUR, "expr3": turned}),
        Node(
            "Switch",
            "Shrunk",
            (source, "TurnedBack"),
            {"which": expression("parent.shrink_grow != 0")},
        ),
    )


def _disk(name: str, source: str, radius: str) -> Node:
    """The largest alpha in a disk: that in any of the boxes which make it up."""
    inside = [Node("Input", "Input1")]
    last = "Input1"
    for drop in range(LARGEST_SHRINK + 1):
        box, merged = f"Box{drop}", f"Largest{drop}"
        squared = f"parent.radius * (parent.radius + 1) - {drop * drop}"
        reach = f"min(parent.radius, floor(sqrt(max(0, {squared}))))"
        inside.append(
            Node(
                "Dilate",
                box,
                ("Input1",),
                {
                    "channels": "alpha",
                    "size": expression(f"{reach} / {SCALE}", f"{drop} / {SCALE}"),
                    "disable": expression(f"parent.radius < {max(drop, 1)}"),
                },
            )
        )
        if drop:
            alpha = {"Achannels": "alpha", "Bchannels": "alpha", "output": "alpha"}
            inside.append(
                Node("Merge2", merged, (last, box), {"operation": "max", **alpha, "bbox": "B"})
            )
        last = merged if drop else box
    inside.append(Node("Output", "Output1", (last,)))
    own = ("addUserKnob {20 Disk}", "addUserKnob {7 radius l Radius R 0 10}")
    return Node("Group", name, (source,), {"radius": expression(radius)}, own, tuple(inside))


def soften(source: str) -> tuple[Node, ...]:
    """Blur, as `matte.soften`: along rows, then along columns."""
    return (
        _kernel(),
        _blurred("AlongRows", source, _weighed("a(x{0:+d},y)")),
        _blurred("AlongColumns", "AlongRows", f"clamp({_weighed('a(x,y{0:+d})')})"),
        Node(
            "Switch",
            "Softened",
            (source, "AlongColumns"),
            {"which": expression("parent.soften > 0")},
        ),
    )


def _blurred(name: str, source: str, alpha: str) -> Node:
    return Node("Expression", name, (source,), {**COLOUR, "expr3": word(alpha)})


def _kernel() -> Node:
    """The weights, worked out once a frame: `tap0` in the middle, then to both sides."""
    own = ["addUserKnob {20 Kernel}", "addUserKnob {7 sigma l Sigma R 0 10}"]
    knobs = {"sigma": expression(f"max(0.01, min(parent.soften, {LARGEST_SOFTEN}))")}
    for index in range(TAPS + 1):
        own.append(f"addUserKnob {{7 tap{index} l Tap{index}}}")
        inside = f"{index} <= max(1, ceil(2.5 * sigma))"
        knobs[f"tap{index}"] = expression(f"{inside} ? exp(-0.5 * pow({index} / sigma, 2)) : 0")
    own.append("addUserKnob {7 total l Total R 0 100}")
    sides = " + ".join(f"tap{index}" for index in range(1, TAPS + 1))
    knobs["total"] = expression(f"tap0 + 2 * ({sides})")
    return Node("NoOp", "Kernel", (), knobs, tuple(own))


def _weighed(neighbour: str) -> str:
    pairs = [
        f"Kernel.tap{index} * ({neighbour.format(-index)} + {neighbour.format(index)})"
        for index in range(1, TAPS + 1)
    ]
    return f"(Kernel.tap0 * a + {' + '.join(pairs)}) / Kernel.total"
