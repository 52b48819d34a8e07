"""Which file each pass of a frame is written to."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

from corridorkey_core.errors import SettingsError
from corridorkey_core.parameter import did_you_mean
from corridorkey_core.settings import Settings

FIELDS = ("pass", "name", "frame", "ext")
EXTENSIONS = {"exr": "exr", "tiff": "tif", "png": "png", "dpx": "dpx"}
DEPTHS = {
    "exr": ("half", "float"),
    "tiff": ("8", "16", "half", "float"),
    "png": ("8", "16"),
    "dpx": ("8", "10", "16"),
}
LAYERED = "layered"
USUAL_PADDING = 4


@dataclass(frozen=True)
class OutputPlan:
    """Where results go: `template` below `folder`, frames of at least `padding` digits.

    Built by `plan_outputs`, which checks it.
    """

    folder: Path
    name: str
    padding: int
    settings: Settings

    def paths(self, number: int) -> dict[str, Path]:
        """The file of each pass asked for; passes that are layers of one file share its path."""
        return {name: self._path(name, number) for name in self.settings.passes}

    def is_layer(self, name: str) -> bool:
        """Whether a pass is a layer of the one layered file; `comp` is always its own."""
        return self.settings.layout == LAYERED and name != "comp"

    def _path(self, name: str, number: int) -> Path:
        fields = {
            "pass": LAYERED if self.is_layer(name) else name,
            "name": self.name,
            "frame": f"{'-' if number < 0 else ''}{abs(number):0{self.padding}d}",
            "ext": "png" if name == "comp" else EXTENSIONS[self.settings.format],
        }
        return self.folder / self.settings.template.format_map(fields)


def plan_outputs(
    output: str | os.PathLike[str], name: str, settings: Settings, padding: int = USUAL_PADDING
) -> OutputPlan:
    """Plan the files of a shot called `name` below the folder `output`.

    `padding` is the plate's; 0, as a movie has, gives the usual four digits. A negative frame is
    `-0012`: its sign comes before the digits. Raises `SettingsError` for a template that leaves
    the folder, lacks the frame or gives two passes one file, and for a bit depth that the format
    cannot hold.
    """
    _check_depth(settings)
    _check_fields(settings.template)
    plan = OutputPlan(Path(output), name, padding or USUAL_PADDING, settings)
    for path in plan.paths(1).values():
        _check_place(settings.template, plan.folder, path)
    _check_collisions(plan)
    return plan


def _check_depth(settings: Settings) -> None:
    possible = DEPTHS[settings.format]
    if settings.bit_depth not in ("auto", *possible):
        raise SettingsError(
            f"bit_depth is {settings.bit_depth} and format {settings.format}, which holds "
            f"{', '.join(possible)}. Choose one of these, auto, or another format."
        )


def _check_fields(template: str) -> None:
    expected = f"Expected a path with {', '.join(f'{{{field}}}' for field in FIELDS)}."
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise SettingsError(
            f"The template {template!r} is not understood: {error}. {expected}"
        ) from error
    for _text, field, form, conversion in parts:
        if field is not None and (field not in FIELDS or form or conversion):
            raise SettingsError(
                f"The template {template!r} has a field {{{field}{f':{form}' if form else ''}}}. "
                f"{expected}{did_you_mean(field, FIELDS)}"
            )


def _check_place(template: str, folder: Path, path: Path) -> None:
    inside = Path(os.path.relpath(path, folder))
    if ".." in inside.parts or "\0" in template:
        raise SettingsError(
            f"The template {template!r} leads out of the output folder; expected a path below it, "
            "such as {pass}/{name}.{frame}.{ext}."
        )
    if not template.endswith(".{ext}") or path.name.startswith("."):
        raise SettingsError(
            f"The template {template!r} gives the file name {path.name!r}; expected one that does "
            "not begin with a dot and ends with .{ext}."
        )


def _check_collisions(plan: OutputPlan) -> None:
    template, paths = plan.settings.template, plan.paths(1)
    # Some disks take Matte and matte for the same name.
    files = {str(path).casefold(): name for name, path in paths.items()}
    shared = {name for name in paths if plan.is_layer(name)}
    if len(files) < len(set(paths) - shared) + bool(shared):
        raise SettingsError(
            f"The template {template!r} gives several passes the same file. Add {{pass}}."
        )
    if {str(path) for path in paths.values()} & {str(path) for path in plan.paths(-2).values()}:
        raise SettingsError(
            f"The template {template!r} gives every frame the same file. Add {{frame}}."
        )
