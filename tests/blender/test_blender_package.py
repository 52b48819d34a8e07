"""The zip that an artist installs: whole in itself, the same each time, valid to Blender."""

from __future__ import annotations

import ast
import io
import subprocess
import sys
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from building import vendor
from building.blenders import found_blenders
from building.console import Console
from building.errors import SetupError
from building.package import package as build_packages
from building.package_blender import ADD_ON, blender_extension
from building.vendor import own_files, vendored_files
from corridorkey_core.version import VERSION
from tests.blender.blender_runs import run
from tests.sources import ROOT

NAME, FILES = blender_extension()
SOURCES = {name: data.decode() for name, data in FILES.items() if name.endswith(".py")}
OURS = ("corridorkey_core", "corridorkey_plugin")


def test_it_is_named_after_its_manifest_whose_version_is_the_engines() -> None:
    assert f"corridorkey-{VERSION}.zip" == NAME
    manifest = FILES["blender_manifest.toml"].decode()
    assert 'license = ["SPDX:GPL-3.0-or-later"]' in manifest
    assert "network" not in manifest
    assert b"GNU GENERAL PUBLIC LICENSE" in FILES["LICENSE"]
    assert b"Apache License" in FILES["vendored/LICENSE"]


def test_the_same_sources_make_the_same_bytes(tmp_path: Path) -> None:
    made = []
    for name in ("a", "b"):
        command = [sys.executable, "-S", "build.py", "package", "--output", str(tmp_path / name)]
        said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        assert NAME in said.stdout
        made.append((tmp_path / name / NAME).read_bytes())
    assert made[0] == made[1]
    assert not list((tmp_path / "a").glob("*.part"))


def test_nothing_of_ours_is_imported_by_a_name_that_a_path_would_have_to_find() -> None:
    for name, source in SOURCES.items():
        for node in ast.walk(ast.parse(source)):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            assert not [one for one in names if one.split(".")[0] in OURS], name


def test_every_module_that_is_imported_at_once_is_inside_or_standard_or_blenders() -> None:
    for name, source in SOURCES.items():
        ast.parse(source, feature_version=(3, 10))
        for node in ast.parse(source).body:
            if isinstance(node, ast.Import):
                tops = {one.name.split(".")[0] for one in node.names}
                assert tops <= {*sys.stdlib_module_names, "bpy"}, name
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                assert (node.module or "").split(".")[0] in {*sys.stdlib_module_names, "bpy"}, name
            elif isinstance(node, ast.ImportFrom):
                assert inside(name, node), f"{name}:{node.lineno}"


def inside(name: str, node: ast.ImportFrom) -> bool:
    """Whether a relative import names a file of the package."""
    folder = PurePosixPath(name)
    for _ in range(node.level):
        folder = folder.parent
    place = folder.joinpath(*(node.module or "").split(".")) if node.module else folder
    if f"{place}.py" in FILES or f"{place}/__init__.py" in FILES:
        return True
    return all(f"{place / one.name}.py" in FILES for one in node.names)


def test_no_pixel_library_and_no_worker_comes_along() -> None:
    assert not [name for name in FILES if "worker" in name or "torch" in name]
    assert set(own_files(ADD_ON)) <= set(FILES)
    assert "vendored/corridorkey_plugin/session.py" in vendored_files(ADD_ON)


@pytest.mark.parametrize(
    "line", ["import corridorkey_core.errors", "import corridorkey_plugin as p"]
)
def test_an_import_that_cannot_be_made_relative_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.py").write_text(f'"""A."""\n{line}\n')
    with pytest.raises(SetupError, match=r"a.py:2: write"):
        own_files(tmp_path)


def test_imports_are_made_relative_at_any_depth(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/a.py").write_text(
        "def f():\n    from corridorkey_core.errors import (\n        CorridorKeyError,\n    )\n"
    )
    (made,) = own_files(tmp_path).values()
    assert b"    from ..vendored.corridorkey_core.errors import (\n" in made
    assert set(vendor.PLACES) == set(OURS)


def test_blenders_own_tool_finds_it_valid(tmp_path: Path) -> None:
    tools = [
        (blender, tool)
        for blender in found_blenders()
        if not blender.is_program
        for tool in Path(blender.start[0]).parent.parent.rglob("bl_pkg/cli/blender_ext.py")
    ]
    if not tools:
        pytest.skip("no Blender to test with; python3 build.py test --blender makes them")
    (made,) = (one for one in build_packages(tmp_path, quiet()) if one.name == NAME)
    for blender, tool in tools:
        done = run(blender, [blender.start[0], str(tool), "validate", str(made)], tmp_path, {})
        assert done.returncode == 0, f"{blender.name}: {done.stdout}"
        assert "Success" in done.stdout or "No errors" in done.stdout, done.stdout
    with zipfile.ZipFile(made) as archive:
        assert sorted(archive.namelist()) == sorted(FILES)


def quiet() -> Console:
    """A console that nobody reads."""

    return Console(io.StringIO())
