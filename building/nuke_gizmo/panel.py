"""The node's panel: knobs walked from `Settings`, and those that only a node has.

A knob that stands for a setting has the setting's own name. Names are a file format: scripts hold
them. What a node decides by itself, from the script it is in, is no knob: `DECIDED`.
"""

from __future__ import annotations

from dataclasses import dataclass

from building.nuke_gizmo.matte import LARGEST_SHRINK, LARGEST_SOFTEN
from building.nuke_gizmo.script import word
from corridorkey_core.parameter import Parameter
from corridorkey_core.settings import Settings

DECIDED = {
    "colour_space": "what the Read says, or linear Rec.709 where Nuke renders the plate",
    "ocio_config": "the script's own",
    "plate_layer": "rgba",
    "passes": "the straight foreground and the matte",
    "layout": "one layered file a frame",
    "format": "exr",
    "output_space": "linear Rec.709, which the node takes to the working space",
    "template": "the cache's",
    "on_error": "continue",
    "overwrite": "Clear Cache does it",
    "read_ahead": "as the engine likes it",
    "write_behind": "as the engine likes it",
    "read_threads": "as the engine likes it",
    "write_threads": "as the engine likes it",
    "memory_limit": "as the engine likes it",
}
CHOICES = {
    "bit_depth": ("auto", "half", "float"),
    "compression": ("zip", "zips", "piz", "rle", "none"),
}
"""What is offered of a setting's choices: an answer on disk is an EXR without loss."""
SLIDERS = {
    "shrink_grow": (-LARGEST_SHRINK, LARGEST_SHRINK),
    "soften": (0, LARGEST_SOFTEN),
}
LIVE = {
    "shrink_grow": f"Done live, by at most {LARGEST_SHRINK} px.",
    "soften": f"Done live, by at most {LARGEST_SOFTEN} px.",
}
BY_THE_ENGINE = "Changing it keys the frames anew."
LIVE_ONES = (
    "clip_black",
    "clip_white",
    "matte_gamma",
    "shrink_grow",
    "soften",
    "despill",
    "despill_strength",
)
OUTPUTS = ("premultiplied", "straight", "plate with matte", "matte")
MISSING = ("error", "black", "checkerboard", "nearest frame")
KINDS = {bool: 6, int: 3, float: 7, str: 1}
CALL = (
    "try:\n"
    "    from corridorkey_nuke import buttons\n"
    "except ImportError:\n"
    "    nuke.message('The Corridor Key plugin is not installed here.')\n"
    "else:\n"
    "    buttons.{}(nuke.thisNode())"
)


@dataclass(frozen=True)
class Knob:
    """A knob of the node's own: its number in a script, name, label, help, value and extras."""

    number: int
    name: str
    label: str
    help: str = ""
    value: str = ""
    extra: str = ""

    def lines(self) -> list[str]:
        """The line that adds it, and the one that gives it its value."""
        words = [str(self.number), self.name, f"l {word(self.label)}"]
        words += [f"t {word(self.help)}"] if self.help else []
        words += [self.extra] if self.extra else []
        made = [f"addUserKnob {{{' '.join(words)}}}"]
        return [*made, f"{self.name} {self.value}"] if self.value else made


def panel() -> list[str]:
    """Every line of the panel, in its order."""
    knobs = [
        Knob(20, "corridorkey", "Corridor Key"),
        _choice("output", "Output", OUTPUTS, "What goes out as RGBA; the foreground is a layer."),
        *_section("Key"),
        *_frames(),
        *_section("Matte"),
        *_section("Foreground"),
        *_section("Input"),
        Knob(6, "render_plate", "Render the plate", RENDER_PLATE, extra="+STARTLINE"),
        Knob(1, "linear_rec709", "Linear Rec.709", LINEAR_REC709),
        Knob(20, "files", "Files"),
        *_files(),
        *_section("Output"),
        *_section("Run"),
        *_state(),
    ]
    return [line for knob in knobs for line in knob.lines()]


RENDER_PLATE = (
    "Let Nuke render the plate also where it comes straight from a Read, whose file the engine "
    "would otherwise take."
)
LINEAR_REC709 = (
    "Name of linear Rec.709 (scene-linear, sRGB primaries) in the OCIO config. Empty looks for the "
    "usual names."
)


def _frames() -> list[Knob]:
    return [
        Knob(26, "frames_title", "<b>Frames</b>", extra="+STARTLINE"),
        _choice(
            "range",
            "Range",
            ("plate", "script", "custom"),
            "The frames of the shot: the plate's, the script's, or from one to another.",
        ),
        Knob(3, "range_first", "First", value="1", extra="-STARTLINE"),
        Knob(3, "range_last", "Last", value="100", extra="-STARTLINE"),
        Knob(1, "views", "Views", "Views to key, by name, with spaces between. Empty keys all."),
        _button("key_frame", "Key Frame", "Key the frame that is shown.", "+STARTLINE"),
        _button("key_range", "Key Range", "Key all that is missing or stale.", "-STARTLINE"),
        _button("cancel", "Cancel", "End before the next frame.", "-STARTLINE"),
        Knob(26, "status", "Status", extra='T " " +STARTLINE +DO_NOT_WRITE'),
    ]


def _files() -> list[Knob]:
    return [
        Knob(
            2,
            "cache",
            "Cache",
            "Folder for keyed frames. Empty is the folder corridorkey_cache beside the script.",
        ),
        _button("clear_cache", "Clear Cache", "Remove what this node shows.", "+STARTLINE"),
        _button(
            "clear_unused",
            "Clear Unused",
            "Remove all in the cache folder that no node of this script shows.",
            "-STARTLINE",
        ),
        _choice(
            "missing_frames",
            "Missing frames",
            MISSING,
            "What is shown of frames that are not keyed, or not any more as they should be.",
        ),
        _choice(
            "before_render",
            "Before a render",
            ("stop", "key", "go on"),
            "What a render does at a frame that is not keyed: stop with an error, key it first, "
            "or go on with what Missing frames says.",
        ),
        _button(
            "convert_to_group",
            "Convert to Group",
            "Make a Group of it, which shows what is keyed wherever the plugin is absent.",
            "+STARTLINE",
        ),
    ]


def _state() -> list[Knob]:
    """What the plugin keeps in the node, so that a script shows its frames without the plugin."""
    hidden = "+INVISIBLE"
    return [
        Knob(2, "key_file", "Keyed frames", "Set by the plugin.", "not_keyed.%04d.exr"),
        Knob(3, "key_first", "First keyed", value="1", extra=hidden),
        Knob(3, "key_last", "Last keyed", value="1", extra=hidden),
        Knob(3, "screen_found", "Screen found", "0 green, 1 blue.", "0", hidden),
        Knob(6, "convert", "Convert to the working space", "", "false", hidden),
        Knob(41, "key_space", "Keyed in", "", "", f"T ToWorking.in_colorspace {hidden}"),
        Knob(41, "working_space", "Working space", "", "", f"T ToWorking.out_colorspace {hidden}"),
    ]


def _button(name: str, label: str, help: str, place: str) -> Knob:
    return Knob(22, name, label, help, extra=f"T {word(CALL.format(name))} {place}")


def _choice(name: str, label: str, choices: tuple[str, ...], help: str) -> Knob:
    listed = " ".join(map(word, choices))
    return Knob(4, name, label, help, word(choices[0]), f"M {{{listed}}}")


def _section(section: str) -> list[Knob]:
    title = Knob(26, f"{section.lower()}_title", f"<b>{section}</b>", extra="+STARTLINE")
    facts = [fact for fact in Settings.parameters() if fact.section == section]
    return [title, *(_setting(fact) for fact in facts if fact.name not in DECIDED)]


def _setting(fact: Parameter) -> Knob:
    """The knob of a setting, which says whether it is live."""
    notes = [fact.help]
    if fact.name in LIVE_ONES:
        notes.append(LIVE.get(fact.name, "Done live."))
    elif fact.picture:
        notes.append(BY_THE_ENGINE)
    label = f"{fact.label} ({fact.unit})" if fact.unit else fact.label
    help = " ".join(notes)
    if fact.choices:
        choices = CHOICES.get(fact.name, fact.choices)
        listed = " ".join(map(word, choices))
        return Knob(4, fact.name, label, help, word(str(fact.default)), f"M {{{listed}}}")
    return Knob(KINDS[fact.kind], fact.name, label, help, _value(fact), _extra(fact))


def _value(fact: Parameter) -> str:
    if isinstance(fact.default, bool):
        return str(fact.default).lower()
    if isinstance(fact.default, (int, float)):
        return f"{fact.default:g}"
    return word(str(fact.default)) if fact.default else ""


def _extra(fact: Parameter) -> str:
    if fact.kind is float:
        low, high = SLIDERS.get(fact.name) or fact.soft or (fact.minimum, fact.maximum)
        return f"R {low:g} {high:g}"
    return "+STARTLINE" if fact.kind is bool else ""
