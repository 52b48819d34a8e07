"""Nuke runs this in every mode, where this folder is on NUKE_PATH or named by pluginAddPath.

The node itself is CorridorKey.gizmo beside this file. Nothing heavy is imported, and nothing here
may keep Nuke from starting.
"""

import importlib.util
import sys
from pathlib import Path

import nuke

HERE = Path(__file__).resolve().parent
OURS = {"corridorkey_core": HERE.parent, "corridorkey_plugin": HERE.parent / "plugin"}


def make_importable(name: str, folder: Path) -> None:
    """Have a package found by its name; its folder's neighbours stay unknown to Nuke's Python.

    In a checkout they lie beside this folder, whose own name would hide Nuke's module.
    """
    if name in sys.modules or (HERE / name).is_dir():
        return
    place = folder / name
    spec = importlib.util.spec_from_file_location(
        name, place / "__init__.py", submodule_search_locations=[str(place)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{place} is no package")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


def install() -> None:
    """Make the packages known and have Nuke call us."""
    if str(HERE) not in sys.path:
        sys.path.append(str(HERE))
    nuke.pluginAddPath(str(HERE / "icons").replace("\\", "/"))
    for name, folder in OURS.items():
        make_importable(name, folder)
    from corridorkey_nuke import callbacks

    callbacks.install()


try:
    install()
except (ImportError, OSError) as error:
    nuke.warning(f"Corridor Key is not complete in {HERE}: {error}. Install its folder anew.")
