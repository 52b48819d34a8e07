"""Blenders to test with: wheels of bpy from PyPI, and a real program from Debian's packages.

Each lies in a folder of its own in the user's cache, made once; nothing is installed on the system.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from building.child import ask, follow
from building.console import Console
from building.errors import SetupError

FOLDER = "CORRIDORKEY_BLENDERS"
EVERY = "CORRIDORKEY_EVERY_BLENDER"
WHOLE = "whole"
WHEELS = (
    ("bpy-4.2", "4.2.23", "3.11"),
    ("bpy-4.5", "4.5.15", "3.11"),
    ("bpy-5.0", "5.0.1", "3.11"),
    ("bpy-5.2", "5.2.3", "3.13"),
)
QUICK = ("bpy-5.2", "debian-4.3")  # what .ci/run tests with: one of each kind
MOVING = "debian-sid"  # a newer one each month, so nothing may depend on it
SUITES = {"debian-4.3": "trixie", MOVING: "sid"}
PACKAGES = ("blender", "python3-numpy", "libgl1", "libegl1", "libgl1-mesa-dri")
EXTENSIONS_NEED = {MOVING: ("python3-cattr", "python3-requests")}  # and Debian forgot
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
MIRROR = "http://deb.debian.org/debian"


@dataclass(frozen=True)
class Blender:
    """One Blender: its name, the command that runs a script in it, and its own variables."""

    name: str
    start: tuple[str, ...]
    variables: Mapping[str, str]
    is_program: bool

    def script(self, path: Path, *arguments: str) -> list[str]:
        """The command that runs a Python script in it, without a window."""
        if not self.is_program:
            return [*self.start, str(path), *arguments]
        options = ("-b", "--factory-startup", "--python-exit-code", "1", "-P", str(path))
        return [*self.start, *options, "--", *arguments]


def blenders_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where they are: $CORRIDORKEY_BLENDERS, else the user's cache."""
    named = environment.get(FOLDER)
    cache = environment.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(named) if named else Path(cache) / "corridorkey" / "blenders"


def found_blenders(folder: Path | None = None) -> tuple[Blender, ...]:
    """Those that are there, whole; nothing is made."""
    place = folder or blenders_folder()
    names = [name for name, _version, _python in WHEELS]
    wheels = [_wheel(name, place / name) for name in names if (place / name / WHOLE).is_file()]
    programs = [_program(name, place / name) for name in SUITES if (place / name / WHOLE).is_file()]
    return (*wheels, *programs)


def blenders_to_test() -> tuple[Blender, ...]:
    """Those of each kind one that are there, or all of them where $CORRIDORKEY_EVERY_BLENDER is."""
    there = found_blenders()
    return there if os.environ.get(EVERY) else tuple(one for one in there if one.name in QUICK)


def make_blenders(names: tuple[str, ...], console: Console) -> None:
    """Make those of `names` that are not there; raises `SetupError` saying which cannot be."""
    place = blenders_folder()
    for name, version, python in WHEELS:
        if name in names and not (place / name / WHOLE).is_file():
            with console.step(f"{name}: bpy {version} for Python {python}"):
                _make_wheel(place / name, version, python)
    for name, suite in SUITES.items():
        if name in names and not (place / name / WHOLE).is_file():
            with console.step(f"{name}: Blender of Debian {suite}, about 300 MB to fetch"):
                _make_program(place / name, suite, (*PACKAGES, *EXTENSIONS_NEED.get(name, ())))


def all_names() -> tuple[str, ...]:
    """Every Blender that is tested with."""
    return (*(name for name, _version, _python in WHEELS), *SUITES)


def _wheel(name: str, folder: Path) -> Blender:
    return Blender(name, (str(folder / "bin" / "python"),), {}, is_program=False)


def _program(name: str, folder: Path) -> Blender:
    """A program and all its libraries, run from a folder by their own dynamic linker."""
    root = folder / "root"
    start = (*_linked(root), str(root / "usr/bin/blender"), "--python-use-system-env")
    variables = {
        "BLENDER_SYSTEM_RESOURCES": str(root / "usr/share/blender"),
        "PYTHONHOME": str(root / "usr"),
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
        "LIBGL_DRIVERS_PATH": str(root / "usr/lib/x86_64-linux-gnu/dri"),
    }
    return Blender(name, start, variables, is_program=True)


def _linked(root: Path) -> tuple[str, ...]:
    """What starts a program of this root with the libraries of this root."""
    libraries = root / "usr" / "lib"
    inner = libraries / "x86_64-linux-gnu"
    paths = [libraries, inner, *(inner / name for name in ("blas", "lapack", "pulseaudio"))]
    linker = root / "usr/lib64/ld-linux-x86-64.so.2"
    return (str(linker), "--library-path", os.pathsep.join(map(str, paths)))


def _make_wheel(folder: Path, version: str, python: str) -> None:
    interpreter = _interpreter(python)
    shutil.rmtree(folder, ignore_errors=True)
    _do([interpreter, "-m", "venv", str(folder)])
    _do([str(folder / "bin" / "python"), "-m", "pip", "install", "-q", f"bpy=={version}"])
    (folder / WHOLE).touch()


def _interpreter(python: str) -> str:
    """A Python of this version: the system's, this one, or one of pyenv's."""
    versions = Path.home() / ".pyenv" / "versions"
    candidates = [
        shutil.which(f"python{python}"),
        sys.executable if python == "{}.{}".format(*sys.version_info[:2]) else None,
        *map(str, sorted(versions.glob(f"{python}.*/bin/python{python}"))),
    ]
    for one in candidates:
        if one and ask([one, "-c", "import venv, ensurepip"]).status == 0:
            return one
    raise SetupError(f"There is no Python {python}, which that bpy needs.")


def _make_program(folder: Path, suite: str, packages: tuple[str, ...]) -> None:
    """Fetch Debian's packages with apt's own resolver, and unpack them into a folder."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb") or not KEYRING.is_file():
        raise SetupError("Debian's Blender needs apt-get, dpkg-deb and Debian's archive keyring.")
    shutil.rmtree(folder, ignore_errors=True)
    apt = folder / "apt"
    for name in ("state/lists/partial", "cache/archives/partial", "none"):
        (apt / name).mkdir(parents=True)
    (apt / "status").touch()
    (apt / "sources.list").write_text(f"deb [signed-by={KEYRING}] {MIRROR} {suite} main\n")
    (apt / "apt.conf").write_text(_apt_configuration(apt))
    variables = {"APT_CONFIG": str(apt / "apt.conf")}
    _do(["apt-get", "-q", "update"], variables)
    _do(["apt-get", "-q", "-y", "--download-only", "install", *packages], variables)
    root = folder / "root"
    root.mkdir()
    for package in sorted((apt / "cache" / "archives").glob("*.deb")):
        _do(["dpkg-deb", "-x", str(package), str(root)])
    shutil.rmtree(apt)
    _wrap_python(folder)
    (folder / WHOLE).touch()


def _wrap_python(folder: Path) -> None:
    """Blender starts the Python that $PATH has, and without the linker that it needs here."""
    root, place = folder / "root", folder / "bin"
    place.mkdir(exist_ok=True)
    for python in (root / "usr" / "bin").glob("python3.[0-9]*"):
        words = " ".join(f"'{word}'" for word in (*_linked(root), str(python)))
        wrapper = place / python.name
        wrapper.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
        wrapper.chmod(0o755)


def _apt_configuration(apt: Path) -> str:
    facts = {
        "Dir::State": apt / "state",
        "Dir::State::status": apt / "status",
        "Dir::Cache": apt / "cache",
        "Dir::Etc::sourcelist": apt / "sources.list",
        "Dir::Etc::sourceparts": apt / "none",
        "Dir::Etc::preferencesparts": apt / "none",
        "Acquire::Check-Valid-Until": "false",  # mirrors may be older than sid allows
        "APT::Architecture": "amd64",
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "root",
    }
    lines = [f'{name} "{value}";' for name, value in facts.items()]
    return "\n".join([*lines, 'APT::Architectures { "amd64"; };', ""])


def _do(command: list[str], variables: Mapping[str, str] | None = None) -> None:
    words = ["env", *(f"{name}={value}" for name, value in (variables or {}).items()), *command]
    done = follow(words if variables else command, lambda _line: None)
    if done.status:
        raise SetupError(f"{' '.join(command)} failed:\n{done.tail}")
