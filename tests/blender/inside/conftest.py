"""What a test within Blender has: the add-on as an artist installs it, and a shot on disk.

Run by the Python of a Blender, which has neither numpy nor the engine. The outer tests say by
environment variables where the package, the engine's Python and the shot are.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
import zipfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import bpy
import pytest

MODULE = "bl_ext.user_default.corridorkey"
ADD_ON_FOLDER = "extensions/user_default/corridorkey"
PACKAGE, ENGINE, SHOT = "CK_PACKAGE", "CK_ENGINE", "CK_SHOT"

sys.path.insert(0, str(Path(__file__).parent))


def part(name: str) -> ModuleType:
    """A module of the installed add-on."""
    return import_module(f"{MODULE}.{name}")


@pytest.fixture(scope="session")
def installed() -> Iterator[ModuleType]:
    """The add-on, installed from the package; afterwards nothing of it is left registered."""
    folder = Path(os.environ["BLENDER_USER_RESOURCES"]) / ADD_ON_FOLDER
    folder.mkdir(parents=True)
    zipfile.ZipFile(os.environ[PACKAGE]).extractall(folder)
    addon_utils = import_module("addon_utils")  # there once bpy is
    module = addon_utils.enable(MODULE, default_set=True)
    assert module, "Blender did not enable the add-on"
    yield module
    addon_utils.disable(MODULE, default_set=True)
    ours = [one for one in threading.enumerate() if one.name.startswith("corridorkey")]
    for one in ours:
        one.join(10)
    assert not [one.name for one in ours if one.is_alive()]


@pytest.fixture
def add_on(installed: ModuleType, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The add-on, with an engine to be found."""
    monkeypatch.setenv("CORRIDORKEY_PYTHON", os.environ[ENGINE])
    return installed


@pytest.fixture
def scene(add_on: ModuleType, tmp_path: Path) -> Any:  # noqa: ARG001 - it must be there
    """The scene of a new, saved file: an Image node that shows the shot, frames 1001 to 1004."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    found = bpy.context.scene
    found.frame_start, found.frame_end = 1001, 1004
    found.frame_set(1001)
    found.render.resolution_x, found.render.resolution_y = 96, 64
    part("versions").written_as_it_is(found.render)
    tree = part("versions").make_compositor_tree(found)
    for node in list(tree.nodes):
        if node.bl_idname not in ("CompositorNodeComposite", "NodeGroupOutput"):
            tree.nodes.remove(node)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    return found


@pytest.fixture
def shot(tmp_path: Path) -> Path:
    """A copy of the shot that a test may spoil."""
    folder = tmp_path / "footage"
    shutil.copytree(os.environ[SHOT], folder)
    return folder


@pytest.fixture
def keyed(scene: Any, shot: Path) -> Any:
    """A Corridor Key node fed by an Image node, keyed by chroma on the processor."""
    from scenes import image_node

    tree = part("versions").compositor_tree(scene)
    image_node(tree, shot / "plate/shot.1001.exr")
    bpy.ops.corridorkey.add()
    place = part("keyed_nodes").chosen_node(scene)
    place.shot.settings.keyer, place.shot.settings.device = "chroma", "cpu"
    return place
