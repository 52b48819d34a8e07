"""Running mypy's stubtest over the stand-in, against the stubs of types-nuke.

stubtest cannot take the stubs as they are: `@classmethod` above methods with `self` makes it fail,
so a copy without them is checked. Where the stubs say `*args, **kwargs` they say nothing, and what
stubtest then says of a signature is left out; that a name exists at all is still held to them.
"""

from __future__ import annotations

import ast
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FAKE = ROOT / "tests" / "nuke" / "fake"
SETTINGS = "[mypy]\nignore_missing_imports = True\n[mypy-nuke.*]\nignore_errors = True\n"
# What the stand-in has not, it refuses anyway; parameters of C functions have no real names.
NOT_A_FAULT = re.compile(r"not present at runtime|positional-only|failed to import")
BEGIN = """
from tests.nuke.stand_in.session import Session, begin
begin(Session())
"""
RUN = """
import sys
from mypy.stubtest import main
sys.exit(main())
"""


def differences(folder: Path, planted: str = "") -> list[str]:
    """What stubtest says of the stand-in, a line a difference; `planted` is run before it."""
    stubs = folder / "stubs"
    if not stubs.exists():
        _copy_stubs(stubs)
    settings = folder / "mypy.ini"
    settings.write_text(SETTINGS, encoding="utf-8")
    environment = os.environ | {
        "MYPYPATH": str(stubs),
        "PYTHONPATH": os.pathsep.join((str(FAKE), str(ROOT))),
    }
    command = [sys.executable, "-c", BEGIN + planted + RUN]
    options = ["nuke", "--concise", "--mypy-config-file", str(settings)]
    done = subprocess.run(
        [*command, *options], capture_output=True, text=True, env=environment, cwd=folder
    )
    if "nuke._nuke" not in done.stdout:
        raise AssertionError(f"stubtest did not run: {done.stdout[-2000:]} {done.stderr[-2000:]}")
    says_nothing = _vague(stubs / "nuke" / "_nuke.pyi")
    return [line for line in done.stdout.splitlines() if not _is_moot(line, says_nothing)]


def stub_names() -> set[str]:
    """All names of the stubs' modules, which `nuke` has all in one."""
    found: set[str] = set()
    for stub in _installed().glob("*.pyi"):
        for one in ast.parse(stub.read_text(encoding="utf-8")).body:
            found |= {target.id for target in _targets(one) if isinstance(target, ast.Name)}
            if isinstance(one, ast.ClassDef | ast.FunctionDef):
                found.add(one.name)
    return found


def _targets(statement: ast.stmt) -> list[ast.expr]:
    if isinstance(statement, ast.AnnAssign):
        return [statement.target]
    return statement.targets if isinstance(statement, ast.Assign) else []


def _installed() -> Path:
    return Path(str(importlib.metadata.distribution("types-nuke").locate_file("nuke-stubs")))


def _copy_stubs(target: Path) -> None:
    shutil.copytree(_installed(), target / "nuke")
    for stub in (target / "nuke").glob("*.pyi"):
        text = stub.read_text(encoding="utf-8")
        stub.write_text(re.sub(r" *@classmethod\n( *def \w+\(self)", r"\1", text), encoding="utf-8")


def _is_moot(line: str, says_nothing: set[str]) -> bool:
    name, _, what = line.partition(" is ")
    is_vague = what.startswith("inconsistent") and name in says_nothing
    return bool(NOT_A_FAULT.search(line)) or is_vague


def _vague(stub: Path) -> set[str]:
    """The methods and functions, inherited ones too, whose parameters the stub leaves open."""
    tree = ast.parse(stub.read_text(encoding="utf-8"))
    classes = {one.name: one for one in tree.body if isinstance(one, ast.ClassDef)}
    found = {f"nuke._nuke.{name}" for name, is_vague in _methods(tree).items() if is_vague}
    for name in classes:
        own: dict[str, bool] = {}
        for ancestor in reversed(_lineage(name, classes)):
            own |= _methods(classes[ancestor])
        found |= {f"nuke._nuke.{name}.{method}" for method, is_vague in own.items() if is_vague}
    return found


def _lineage(name: str, classes: dict[str, ast.ClassDef]) -> list[str]:
    bases = [base.id for base in classes[name].bases if isinstance(base, ast.Name)]
    return [name, *(one for base in bases if base in classes for one in _lineage(base, classes))]


def _methods(node: ast.ClassDef | ast.Module) -> dict[str, bool]:
    return {
        one.name: one.args.vararg is not None and one.args.kwarg is not None
        for one in node.body
        if isinstance(one, ast.FunctionDef)
    }
