"""Every parameter, declared once.

Command-line options, job files, the worker's protocol, Nuke knobs, Blender properties and the
settings page of the docs are walked from these fields. Names are a file format: once shipped they
never change meaning. Standard library only, Python 3.9.
"""

from __future__ import annotations

from dataclasses import dataclass

from corridorkey_core.errors import SettingsError
from corridorkey_core.parameter import Declared, parameter

SECTIONS = ("Input", "Key", "Matte", "Foreground", "Output", "Run")
PASSES = ("matte", "fg", "processed", "comp")


@dataclass(frozen=True)
class Settings(Declared):
    """All settings of a run; a wrong value cannot exist, construction raises `SettingsError`."""

    # Input
    colour_space: str = parameter(
        "auto",
        "Colour space",
        "Colour space of the plate: auto, linear (Rec.709), srgb, or any OCIO space or role. "
        "Auto takes the file's own tag, else scene-linear for float files and sRGB for others.",
        "Input",
    )
    ocio_config: str = parameter(
        "",
        "OCIO config",
        "OCIO config file or built-in name. Empty uses $OCIO, else a built-in ACES config.",
        "Input",
    )
    plate_layer: str = parameter(
        "",
        "Plate layer",
        "Layer that holds the plate's R, G, B, such as 'plate'. Empty uses R, G, B themselves.",
        "Input",
    )
    hint_channel: str = parameter(
        "auto",
        "Hint channel",
        "Channel of the hint: auto (alpha if there is one, else luminance), luminance, "
        "or a channel's name.",
        "Input",
    )
    hint_fit: str = parameter(
        "refuse",
        "Hint fit",
        "What to do with a hint of another size than the plate: refuse it or resample it.",
        "Input",
        choices=("refuse", "resample"),
    )

    # Key
    keyer: str = parameter(
        "auto",
        "Keyer",
        "Auto takes corridorkey where its checkpoint is installed, else builtin, a small network "
        "of our own. Builtin and chroma, which keys from colour alone, need no download.",
        "Key",
        choices=("auto", "builtin", "chroma", "corridorkey"),
    )
    screen: str = parameter(
        "auto",
        "Screen",
        "Colour of the screen behind the subject.",
        "Key",
        choices=("auto", "green", "blue"),
    )
    screen_sampling: str = parameter(
        "shot",
        "Screen sampling",
        "Whether green or blue and the screen's colour are settled once, from frames spread over "
        "the shot, or on each frame alone.",
        "Key",
        choices=("shot", "frame"),
    )
    checkpoint: str = parameter(
        "",
        "Checkpoint",
        "File of the CorridorKey checkpoint (.pth or .safetensors). Empty searches "
        "$CORRIDORKEY_CHECKPOINT and the user's data folder.",
        "Key",
    )
    model_size: int = parameter(
        2048,
        "Model size",
        "Edge of the square the CorridorKey network sees; it was trained at 2048.",
        "Key",
        minimum=64,
        maximum=4096,
        multiple_of=32,
        unit="px",
    )
    refiner_strength: float = parameter(
        1.0,
        "Refiner strength",
        "How much of the network's fine edge correction is applied.",
        "Key",
        minimum=0.0,
        maximum=2.0,
    )
    precision: str = parameter(
        "auto",
        "Precision",
        "Arithmetic of the network. Auto is fp16 on CUDA devices and fp32 elsewhere.",
        "Key",
        choices=("auto", "fp32", "fp16", "bf16"),
    )

    # Matte
    despeckle_area: int = parameter(
        48,
        "Despeckle",
        "Remove islands of matte of at most this many pixels that touch no larger region. "
        "0 leaves the matte alone.",
        "Matte",
        minimum=0,
        maximum=1_000_000,
        soft=(0, 1000),
        unit="px",
    )
    clip_black: float = parameter(
        0.0,
        "Clip black",
        "Matte values at or below this become 0.",
        "Matte",
        minimum=0.0,
        maximum=1.0,
    )
    clip_white: float = parameter(
        1.0,
        "Clip white",
        "Matte values at or above this become 1.",
        "Matte",
        minimum=0.0,
        maximum=1.0,
    )
    matte_gamma: float = parameter(
        1.0,
        "Gamma",
        "matte ^ (1 / gamma): above 1 opens soft edges, below 1 closes them.",
        "Matte",
        minimum=0.1,
        maximum=10.0,
        soft=(0.25, 4.0),
    )
    shrink_grow: float = parameter(
        0.0,
        "Shrink / grow",
        "Move the matte's edge inwards (negative) or outwards (positive).",
        "Matte",
        minimum=-100.0,
        maximum=100.0,
        soft=(-10.0, 10.0),
        unit="px",
    )
    soften: float = parameter(
        0.0,
        "Soften",
        "Blur the matte by a Gaussian of this standard deviation.",
        "Matte",
        minimum=0.0,
        maximum=100.0,
        soft=(0.0, 10.0),
        unit="px",
    )

    # Foreground
    restore_source: bool = parameter(
        True,
        "Restore source",
        "Bring the plate's own range and detail back where the matte is solid. Off gives the "
        "keyer's own foreground.",
        "Foreground",
    )
    despill: str = parameter(
        "limit",
        "Despill",
        "What the screen's channel may not exceed: limit, the larger of the other two; average, "
        "their mean; double_average, twice red and once blue over three (blue twice for blue "
        "screens: green); off leaves the colour alone.",
        "Foreground",
        choices=("off", "limit", "average", "double_average"),
    )
    despill_strength: float = parameter(
        1.0,
        "Despill strength",
        "How much of the excess is removed.",
        "Foreground",
        minimum=0.0,
        maximum=1.0,
    )

    # Output
    passes: tuple[str, ...] = parameter(
        PASSES,
        "Passes",
        "What to write: matte (linear alpha), fg (straight foreground), processed (premultiplied "
        "RGBA), comp (preview over a checkerboard).",
        "Output",
        choices=PASSES,
    )
    layout: str = parameter(
        "separate",
        "Layout",
        "One file for each pass, or one layered EXR with fg, matte and processed as layers.",
        "Output",
        choices=("separate", "layered"),
    )
    format: str = parameter(
        "exr",
        "Format",
        "File format of matte, fg and processed.",
        "Output",
        choices=("exr", "tiff", "png", "dpx"),
    )
    bit_depth: str = parameter(
        "auto",
        "Bit depth",
        "Auto is half for EXR, 16 for TIFF and PNG, and 10 for DPX.",
        "Output",
        choices=("auto", "half", "float", "8", "10", "16"),
    )
    compression: str = parameter(
        "zip",
        "Compression",
        "Compression of EXR files. All but dwaa, dwab, b44 and b44a are lossless; pxr24 is "
        "lossless for half.",
        "Output",
        choices=("none", "rle", "zips", "zip", "piz", "pxr24", "b44", "b44a", "dwaa", "dwab"),
    )
    output_space: str = parameter(
        "auto",
        "Output space",
        "Colour space of fg and processed. Auto is the plate's own space, in linear light where "
        "the plate is sRGB and the file is float.",
        "Output",
    )
    template: str = parameter(
        "{pass}/{name}.{frame}.{ext}",
        "File template",
        "Where a pass is written below the output folder.",
        "Output",
        picture=False,
    )

    # Run
    device: str = parameter(
        "auto", "Device", "auto, cpu, cuda, cuda:N or mps.", "Run", picture=False
    )
    devices: str = parameter(
        "",
        "Devices",
        "Devices of one kind that key side by side, in place of `device`: names with commas "
        "between, as cuda:0,cuda:1, or all. Empty leaves it to `device`.",
        "Run",
        picture=False,
    )
    on_error: str = parameter(
        "continue",
        "On error",
        "Whether a failed frame lets the others go on or stops the run.",
        "Run",
        choices=("continue", "stop"),
        picture=False,
    )
    overwrite: bool = parameter(
        False,
        "Overwrite",
        "Key frames again that are already finished and current.",
        "Run",
        picture=False,
    )
    read_ahead: int = parameter(
        0,
        "Read ahead",
        "Frames read before they are needed, for each device; 0 fits it to the read threads.",
        "Run",
        minimum=0,
        maximum=64,
        unit="frames",
        picture=False,
    )
    write_behind: int = parameter(
        0,
        "Write behind",
        "Frames kept while they are written; 0 fits it to devices and write threads.",
        "Run",
        minimum=0,
        maximum=256,
        unit="frames",
        picture=False,
    )
    read_threads: int = parameter(
        0,
        "Read threads",
        "0 fits them to the machine.",
        "Run",
        minimum=0,
        maximum=256,
        picture=False,
    )
    write_threads: int = parameter(
        0,
        "Write threads",
        "0 fits them to the machine.",
        "Run",
        minimum=0,
        maximum=256,
        picture=False,
    )
    memory_limit: int = parameter(
        4096,
        "Memory limit",
        "Pixels held between disk and device, read and unwritten together; one frame is always "
        "allowed.",
        "Run",
        minimum=64,
        maximum=1_048_576,
        unit="MiB",
        picture=False,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.clip_black < self.clip_white:
            raise SettingsError(
                f"clip_black is {self.clip_black:g} and clip_white {self.clip_white:g}; "
                "expected black below white."
            )
        if self.layout == "layered" and self.format != "exr":
            raise SettingsError(f"layout is layered and format {self.format}; layers need exr.")
