"""What is inside the node: keyed files in, live tools, masks, and the plate's own stream out.

Keyed -> Answer -> levels, shrink, soften -> Despill -> ToWorking     straight, working space
  -> HoldoutColour, HoldoutMatte, GarbageMatte = Finished
  -> Premultiplied | Finished | PlateWithMatte | MatteOnly, onto Plate; the foreground a layer
"""

from __future__ import annotations

from building.nuke_gizmo.matte import COLOUR, levels, shrink_grow, soften
from building.nuke_gizmo.script import Node, expression, word

LAYER = "ck_fg"
INPUTS = ("Plate", "Hint", "Garbage", "Holdout")
RGB = ("red", "green", "blue")
ALPHA_ONLY = {"Achannels": "alpha", "Bchannels": "alpha", "output": "alpha", "bbox": "B"}


def graph() -> tuple[Node, ...]:
    """Every node inside, each after those that it takes its inputs from."""
    return (
        *(Node("Input", name, (), _number(index)) for index, name in enumerate(INPUTS)),
        _keyed(),
        _answer(),
        levels("Answer"),
        *shrink_grow("Levels"),
        *soften("Shrunk"),
        _despill("Softened"),
        _to_working("Despill"),
        *_masks("ToWorking"),
        *_outputs(),
    )


def _number(index: int) -> dict[str, str]:
    return {"number": str(index)} if index else {}


def _keyed() -> Node:
    """The keyed frames. Its file names a folder made for all that makes them what they are."""
    first, last = expression("parent.key_first"), expression("parent.key_last")
    return Node(
        "Read",
        "Keyed",
        (),
        {
            "file_type": "exr",
            "file": word("[value parent.key_file]"),
            "first": first,
            "last": last,
            "origfirst": first,
            "origlast": last,
            "origset": "true",
            "before": "hold",
            "after": "hold",
            "on_error": expression("parent.missing_frames"),
            "raw": "true",
            "auto_alpha": "false",
            "premultiplied": "false",
            "localizationPolicy": "off",
            # Else a plate that is cropped, or overscan, gets a black border that tools would see.
            "edge_pixels": "repeat",
        },
    )


def _answer() -> Node:
    """The answer's layers as red, green, blue and alpha: straight, linear Rec.709."""
    return _copy("Answer", "Keyed", "Keyed", [*(f"fg.{name}" for name in RGB), "matte.alpha"])


def _copy(name: str, onto: str, source: str, channels: list[str], layer: str = "rgba") -> Node:
    to = [*RGB, "alpha"]
    knobs = {}
    for index, channel in enumerate(channels):
        knobs[f"from{index}"] = channel
        knobs[f"to{index}"] = f"{layer}.{to[index]}"
    return Node("Copy", name, (onto, source), {**knobs, "bbox": "B"})


def _despill(source: str) -> Node:
    """`despill.despill`, in linear Rec.709, where the engine does it as well."""
    is_blue = "parent.screen == 2 || (parent.screen == 0 && parent.screen_found == 1)"
    mean, double = "(r + other) * 0.5", "(r + r + other) / 3"
    allowed = f"parent.despill == 1 ? max(r, other) : parent.despill == 2 ? {mean} : {double}"
    knobs = {
        "temp_name0": "isblue",
        "temp_expr0": word(is_blue),
        "temp_name1": "amount",
        "temp_expr1": word("parent.despill == 0 ? 0 : parent.despill_strength"),
        "temp_name2": "other",
        "temp_expr2": word("isblue ? g : b"),
        "temp_name3": "allowed",
        "temp_expr3": word(f"max(0, {allowed})"),
        "expr0": "r",
        "expr1": word("isblue ? g : g + (min(g, allowed) - g) * amount"),
        "expr2": word("isblue ? b + (min(b, allowed) - b) * amount : b"),
        "expr3": "a",
    }
    return Node("Expression", "Despill", (source,), knobs)


def _to_working(source: str) -> Node:
    """From linear Rec.709 to the script's working space; the plugin names both."""
    return Node(
        "OCIOColorSpace",
        "ToWorking",
        (source,),
        {"channels": "rgb", "disable": expression("!parent.convert")},
    )


def _masks(source: str) -> tuple[Node, ...]:
    """Inside the holdout the plate itself, opaque; inside the garbage matte nothing."""
    no_holdout = {"disable": expression("![exists parent.input3]")}
    no_garbage = {"disable": expression("![exists parent.input2]")}
    return (
        Node(
            "Keymix",
            "HoldoutColour",
            (source, "Plate", "Holdout"),
            {"channels": "rgb", "maskChannel": "rgba.alpha", "bbox": "B", **no_holdout},
        ),
        Node(
            "Merge2",
            "HoldoutMatte",
            ("HoldoutColour", "Holdout"),
            {"operation": "max", **ALPHA_ONLY, **no_holdout},
        ),
        Node(
            "Merge2",
            "Finished",
            ("HoldoutMatte", "Garbage"),
            {"operation": "stencil", **ALPHA_ONLY, **no_garbage},
        ),
    )


def _outputs() -> tuple[Node, ...]:
    rgba = [f"rgba.{name}" for name in (*RGB, "alpha")]
    matte = dict.fromkeys((*COLOUR, "expr3"), "a")
    return (
        Node("Premult", "Premultiplied", ("Finished",)),
        Node(
            "Copy",
            "PlateWithMatte",
            ("Plate", "Finished"),
            {"from0": "rgba.alpha", "to0": "rgba.alpha", "bbox": "B"},
        ),
        Node("Expression", "MatteOnly", ("Finished",), matte),
        Node(
            "Switch",
            "Chosen",
            ("Premultiplied", "Finished", "PlateWithMatte", "MatteOnly"),
            {"which": expression("parent.output")},
        ),
        _copy("OntoPlate", "Plate", "Chosen", rgba),
        _copy("WithLayer", "OntoPlate", "Finished", rgba[:3], LAYER),
        Node("Output", "Output1", ("WithLayer",)),
    )
