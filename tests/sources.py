"""The project's sources, and what they import, read with `ast` and never run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = (
    "corridorkey_core",
    "plugin",
    "nuke",
    "blender",
    "building",
    "benchmarks",
    "examples",
    "training",
    "tests",
)


@dataclass(frozen=True)
class Import:
    """One imported module; `lazy` where it is imported inside a function."""

    file: str
    line: int
    module: str
    lazy: bool = False

    @property
    def top(self) -> str:
        """The package that it is in."""
        return self.module.split(".")[0]

    def is_within(self, *packages: str) -> bool:
        """Whether the module is one of these or inside one."""
        return any(f"{self.module}.".startswith(f"{package}.") for package in packages)

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.module}"


def python_files(*folders: str) -> Iterator[Path]:
    """Every Python file of some folders of the repository, or of all of it."""
    for folder in folders or FOLDERS:
        yield from sorted((ROOT / folder).rglob("*.py"))
    if not folders:
        yield ROOT / "build.py"


def relative(path: Path) -> str:
    """A file's path from the repository's root, with forward slashes."""
    return path.relative_to(ROOT).as_posix()


def imports_of(path: Path) -> list[Import]:
    """What a file of the repository imports."""
    return imports_in(path.read_text(encoding="utf-8"), relative(path))


def imports_in(source: str, file: str) -> list[Import]:
    """What a source imports, `import_module("...")` with a plain name included."""
    return list(_walk(ast.parse(source), file, lazy=False))


def _walk(node: ast.AST, file: str, *, lazy: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        for module in _modules(child, file):
            yield Import(file, getattr(child, "lineno", 0), module, lazy)
        inside = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        yield from _walk(child, file, lazy=lazy or inside)


def _modules(node: ast.AST, file: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (name.name for name in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield _from(node, file)
    elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        called = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if called in ("import_module", "__import__") and isinstance(node.args[0].value, str):
            yield node.args[0].value


def _from(node: ast.ImportFrom, file: str) -> str:
    if not node.level:
        return node.module or ""
    package = file.split("/")[: -node.level]
    return ".".join([*package, *(node.module or "").split(".")]).strip(".")


def is_ours(module: str) -> bool:
    """Whether a module is a file or a folder of this repository."""
    folders = (ROOT, ROOT / "plugin", ROOT / "nuke")
    places = [folder.joinpath(*module.split(".")) for folder in folders]
    return any(
        place.with_suffix(".py").is_file() or (place.is_dir() and any(place.glob("*.py")))
        for place in places
    )


def public_definitions(
    tree: ast.Module,
) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """Public functions and classes of a module, and public methods of those classes."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    for node in tree.body:
        if isinstance(node, kinds) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from (
                    part
                    for part in node.body
                    if isinstance(part, kinds) and not part.name.startswith("_")
                )
