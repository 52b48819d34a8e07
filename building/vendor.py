"""What of the plugin layer and the engine a host's package carries within itself, made relative.

In a host's Python nothing else may find it, nor may it meet another version: so no path is added,
and `from corridorkey_core.errors import X` becomes `from ...vendored.corridorkey_core.errors ...`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from building.environment import ROOT
from building.errors import SetupError

VENDORED = "vendored"
PLACES = {"corridorkey_core": ROOT, "corridorkey_plugin": ROOT / "plugin"}

Files = dict[str, bytes]
"""Contents by path within the package, forward slashes."""


def own_files(package: Path) -> Files:
    """A package's files, its imports of ours made relative; caches and hidden files left out."""
    return {
        name: _relative(path, name) if path.suffix == ".py" else path.read_bytes()
        for path, name in files_below(package)
    }


def vendored_files(package: Path) -> Files:
    """The `needed_modules` of a package below its own name, their imports made relative."""
    needed = {f"{VENDORED}/{name}": path for name, path in needed_modules(package).items()}
    return {
        **{name: _relative(path, name) for name, path in needed.items()},
        f"{VENDORED}/__init__.py": b'"""Parts of Corridor Key, as this add-on was made with."""\n',
        f"{VENDORED}/LICENSE": (ROOT / "LICENSE").read_bytes(),
    }


def needed_modules(package: Path) -> dict[str, Path]:
    """All modules of ours that a package imports, and that these import in turn.

    By path below the folder that holds them. What is imported within a function is left out: the
    engine's Python alone has what it needs.
    """
    pending = [
        name
        for path, _name in files_below(package)
        if path.suffix == ".py"
        for name in _imported(path, lazy=True)
    ]
    found: dict[str, Path] = {}
    while pending:
        path, name = _module(pending.pop())
        if name not in found:
            found[name] = path
            pending += [*_imported(path, lazy=False), name.split("/")[0]]
    return found


def files_below(package: Path) -> Iterator[tuple[Path, str]]:
    """A package's files and their paths within it; caches and hidden files left out."""
    for path in sorted(package.rglob("*")):
        inside = path.relative_to(package)
        hidden = any(part.startswith((".", "__pycache__")) for part in inside.parts)
        if path.is_file() and not hidden:
            yield path, inside.as_posix()


def _module(name: str) -> tuple[Path, str]:
    """A module's file, and its path below the folder that holds it."""
    parts = name.split(".")
    place = PLACES[parts[0]].joinpath(*parts)
    inside = "/".join(parts)
    if place.is_dir():
        return place / "__init__.py", f"{inside}/__init__.py"
    return place.with_suffix(".py"), f"{inside}.py"


def _imported(path: Path, *, lazy: bool) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree) if lazy else tree.body:
        if isinstance(node, ast.ImportFrom) and _is_ours(node):
            assert node.module is not None
            yield node.module
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                if _module(name)[0].is_file():
                    yield name


def _is_ours(node: ast.ImportFrom) -> bool:
    return node.level == 0 and (node.module or "").split(".")[0] in PLACES


def _relative(path: Path, name: str) -> bytes:
    """A source with its imports of ours made relative to the package that it lies in as `name`."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    dots = "." * (name.count("/") + 1)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            if any(alias.name.split(".")[0] in PLACES for alias in node.names):
                raise SetupError(f"{path}:{node.lineno}: write `from MODULE import NAME`.")
        elif isinstance(node, ast.ImportFrom) and _is_ours(node):
            line = lines[node.lineno - 1]
            changed = re.sub(r"from\s+(?=corridorkey_)", f"from {dots}{VENDORED}.", line, count=1)
            lines[node.lineno - 1] = changed
    return "".join(lines).encode("utf-8")
