"""The rules of the house, read from the sources: who may import what, and how files are kept."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from corridorkey_core.cli.settings_page import settings_page
from tests.sources import (
    FOLDERS,
    ROOT,
    Import,
    imports_in,
    imports_of,
    is_ours,
    public_definitions,
    python_files,
    relative,
)

HOST_SIDE = tuple(
    f"corridorkey_core.{name}"
    for name in ("settings", "job", "sequence", "errors", "progress", "version", "linear_names")
)
STAND_IN = "tests/nuke/"  # what stands in for Nuke, and what runs against it
HOSTS = {
    "nuke": ("nuke/", STAND_IN),
    "nukescripts": ("nuke/", STAND_IN),
    "bpy": ("blender/", "tests/blender/"),
    "addon_utils": ("tests/blender/",),
}
SCENE_SCRIPTS = "examples/make_sample/"  # run by the package bpy, in no host
PLUGIN = "plugin/corridorkey_plugin"
WORKER = f"{PLUGIN}/worker/"
DOORS = {
    "OpenImageIO": (
        "corridorkey_core/read/",
        "corridorkey_core/write/",
        "corridorkey_core/colour/",
    ),
    "av": ("corridorkey_core/movie/",),
    "fileseq": ("corridorkey_core/frame_range.py",),
    "yaml": ("corridorkey_core/job_file.py",),
    "platformdirs": ("corridorkey_core/weights/places.py",),
    "torch": ("corridorkey_core/",),
    "triton": (
        "corridorkey_core/keyers/builtin/fused/",
        "corridorkey_core/keyers/corridorkey/fused/",
        "corridorkey_core/deflate/",
        "corridorkey_core/triton_kernels.py",
        "corridorkey_core/launchers.py",
        "corridorkey_core/along_axis_kernels.py",
        "corridorkey_core/pixelwise_kernels.py",
    ),
    "numpy": ("corridorkey_core/",),
}
NOT_INSTALLED = (
    "nuke",
    "nukescripts",
    "bpy",
    "addon_utils",
    "bmesh",
    "mathutils",
    "pymatting",
    "triton",
)
BLOCKED = ("torch", "numpy", "OpenImageIO", "yaml", "av", "fileseq", "platformdirs")
LONGEST_FILE, LONGEST_FUNCTION = 350, 50
VAGUE = re.compile(r"(?:^|_)(?:utils?|helpers?|managers?|misc|common|stuff)(?:_|$)")


def core_violations(imports: Iterable[Import]) -> list[str]:
    """Imports of the engine that leave it, other than through a library's door."""
    foreign = {*FOLDERS, *HOSTS, "corridorkey_plugin", "hou", "fusionscript"} - {"corridorkey_core"}
    wrong = []
    for one in imports:
        if one.top == "corridorkey_core" or one.top in sys.stdlib_module_names:
            continue
        doors = DOORS.get(one.top, ())
        if one.top in foreign or not one.file.startswith(doors):
            wrong.append(str(one))
    return wrong


def host_violations(imports: Iterable[Import]) -> list[str]:
    """Imports of the engine, or of its worker, by host-side files; some of it hosts may have."""
    return [
        str(one)
        for one in imports
        if not one.file.startswith(WORKER)
        and (
            (one.top == "corridorkey_core" and not one.is_within(*HOST_SIDE))
            or one.is_within("corridorkey_plugin.worker")
        )
    ]


def misplaced_hosts(imports: Iterable[Import]) -> list[str]:
    """Imports of a host's own module outside its folder."""
    return [
        str(one)
        for one in imports
        if one.top in HOSTS and not one.file.startswith((*HOSTS[one.top], SCENE_SCRIPTS))
    ]


def all_imports(*folders: str) -> list[Import]:
    return [one for path in python_files(*folders) for one in imports_of(path)]


def test_the_engine_imports_nothing_outside_itself_but_through_a_door() -> None:
    assert core_violations(all_imports("corridorkey_core")) == []


def test_hosts_import_from_the_engine_only_what_hosts_can_load() -> None:
    assert host_violations(all_imports("plugin", "nuke", "blender")) == []


def test_a_hosts_module_is_imported_only_in_its_folder() -> None:
    assert misplaced_hosts(all_imports()) == []


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("corridorkey_core/a.py", "import nuke"),
        ("corridorkey_core/a.py", "from tests.sources import ROOT"),
        ("corridorkey_core/a.py", "import corridorkey_plugin.client"),
        ("corridorkey_core/a.py", "def f():\n    import OpenImageIO as oiio"),
        ("corridorkey_core/read_ahead.py", "import OpenImageIO"),
        ("corridorkey_core/cli/key.py", "import yaml"),
        ("corridorkey_core/matte.py", "import scipy.ndimage"),
        ("corridorkey_core/a.py", "import importlib\nimportlib.import_module('av.video')"),
        ("corridorkey_core/read/a.py", "from ...plugin import client"),
    ],
)
def test_the_law_of_the_engine_can_be_broken(file: str, source: str) -> None:
    assert len(core_violations(imports_in(source, file))) == 1


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("nuke/corridorkey_nuke/a.py", "from corridorkey_core.process import process"),
        ("blender/corridorkey_blender/a.py", "import corridorkey_core"),
        ("plugin/corridorkey_plugin/client.py", "from corridorkey_core.settings_page import x"),
        ("plugin/corridorkey_plugin/client.py", "from corridorkey_plugin.worker import desk"),
        ("plugin/corridorkey_plugin/worker.py", "import corridorkey_core.process"),
    ],
)
def test_the_law_of_hosts_can_be_broken(file: str, source: str) -> None:
    assert len(host_violations(imports_in(source, file))) == 1


def test_the_worker_may_import_the_engine_and_hosts_their_part_of_it() -> None:
    assert not host_violations(imports_in("import corridorkey_core.process", f"{WORKER}desk.py"))
    allowed = "from corridorkey_core.job import Job"
    assert not host_violations(imports_in(allowed, "nuke/corridorkey_nuke/a.py"))
    assert misplaced_hosts(imports_in("import bpy", "nuke/a.py"))
    assert misplaced_hosts(imports_in("import bpy", "building/a.py"))
    assert not misplaced_hosts(imports_in("import bpy", "blender/corridorkey_blender/a.py"))


@pytest.mark.parametrize("host", ["nuke", "blender"])
def test_a_folder_named_as_a_host_is_no_package(host: str) -> None:
    assert not (ROOT / host / "__init__.py").exists()


def test_nothing_imports_a_module_that_does_not_exist() -> None:
    missing = [
        str(one)
        for one in all_imports()
        if one.top not in NOT_INSTALLED and not is_ours(one.module) and not _is_installed(one)
    ]
    assert missing == []


def _is_installed(one: Import) -> bool:
    beside = (ROOT / one.file).parent / f"{one.top}.py"  # a script's own folder is on its path
    if one.top in sys.stdlib_module_names or beside.is_file():
        return True
    return one.top not in FOLDERS and importlib.util.find_spec(one.top) is not None


def host_side_files() -> list[Path]:
    """The files that a host loads: those it may import, and all that these import at once."""
    pending, found = list(HOST_SIDE), set[Path]()
    while pending:
        path = ROOT.joinpath(*pending.pop().split(".")).with_suffix(".py")
        if path not in found:
            found.add(path)
            pending += [
                one.module
                for one in imports_of(path)
                if one.top == "corridorkey_core" and not one.lazy
            ]
    plugin = [path for path in python_files(PLUGIN) if not relative(path).startswith(WORKER)]
    return [ROOT / "corridorkey_core/__init__.py", *sorted(found), *plugin]


@pytest.mark.parametrize("path", host_side_files(), ids=relative)
def test_what_a_host_loads_is_standard_library_and_python_3_9(path: Path) -> None:
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))
    at_once = {one.top for one in imports_of(path) if not one.lazy}
    assert at_once - {"corridorkey_core", "corridorkey_plugin"} <= sys.stdlib_module_names


@pytest.mark.parametrize("path", list(python_files("blender")), ids=relative)
def test_what_blender_loads_is_standard_library_bpy_and_python_3_10(path: Path) -> None:
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 10))
    foreign = {one.top for one in imports_of(path)} - {"corridorkey_core", "corridorkey_plugin"}
    assert foreign - {"bpy"} <= {*sys.stdlib_module_names, "corridorkey_blender", "blender"}


BUILDS_A_JOB = f"""
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {BLOCKED!r}:
            raise ImportError(name + " is blocked")
sys.meta_path.insert(0, Blocked())
from corridorkey_core.errors import SettingsError
from corridorkey_core.job import Job
from corridorkey_core.progress import CancelToken, Progress
from corridorkey_core.sequence import find_sequence
from corridorkey_core.settings import Settings
plate = sys.argv[1] + "/shot.####.exr"
job = Job(plate, "keyed", frames="1-2", settings=Settings.from_mapping({{"screen": "blue"}}))
assert Job.from_mapping(job.to_mapping()) == job
assert find_sequence(plate).frames == (1, 2)
try:
    Settings(screen="pink")
except SettingsError as error:
    print(error)
assert not set(sys.modules) & set({BLOCKED!r})
"""


def hosts_python() -> list[str]:
    """This Python, and a Python 3.9 as in a host of 2021, where there is one that runs."""
    old = shutil.which("python3.9")
    runs = old and subprocess.run([old, "-c", ""], capture_output=True, check=False).returncode == 0
    return [sys.executable, old] if old and runs else [sys.executable]


@pytest.mark.parametrize("python", hosts_python())
def test_a_host_without_any_package_builds_a_job(python: str, tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"shot.{number:04}.exr").write_bytes(b"")
    done = subprocess.run(
        [python, "-S", "-c", BUILDS_A_JOB, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "pink" in done.stdout


def test_the_engines_front_imports_nothing_heavy() -> None:
    script = "import sys, corridorkey_core; print(*sorted(sys.modules))"
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert not set(BLOCKED) & set(said.stdout.split())


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    lengths = {
        relative(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in python_files("corridorkey_core", "plugin", "nuke", "blender", "building")
    }
    assert {file: lines for file, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    long = {}
    for path in python_files("corridorkey_core", "plugin", "nuke", "blender", "building"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    long[f"{relative(path)}:{node.name}"] = lines
    assert long == {}


def test_names_say_what_is_inside() -> None:
    vague = []
    for path in python_files():
        vague += [relative(path) for part in path.parts if VAGUE.search(part.removesuffix(".py"))]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and re.search("Manager|Helper|Utils?$", node.name):
                vague.append(f"{relative(path)}:{node.name}")
    assert vague == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        relative(path)
        for path in python_files()
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_every_public_function_and_class_says_what_it_does() -> None:
    silent = [
        f"{relative(path)}:{node.lineno} {node.name}"
        for path in python_files("corridorkey_core", "plugin", "nuke", "blender", "building")
        for node in public_definitions(ast.parse(path.read_text(encoding="utf-8")))
        if not ast.get_docstring(node)
    ]
    assert silent == []


def test_the_settings_page_is_the_declaration() -> None:
    page = ROOT / "docs" / "settings.md"
    assert page.read_text(encoding="utf-8") == settings_page(), (
        "write it anew: corridorkey settings --format markdown > docs/settings.md"
    )


def test_ci_runs_what_the_readme_says() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    lines = script.read_text(encoding="utf-8").splitlines()
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert any(line.startswith("python3 build.py test") for line in lines)
    assert any(line.startswith("python3 build.py check") for line in lines)
    assert "python3 build.py test" in readme
    assert "python3 build.py demo" in readme


def test_every_file_that_a_page_links_to_is_there() -> None:
    broken = []
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *ROOT.glob("examples/*/*.md")):
        for link in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            if "://" not in link and not (page.parent / link).exists():
                broken.append(f"{relative(page)} links to {link}")
    assert broken == []
