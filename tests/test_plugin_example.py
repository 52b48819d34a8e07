"""The example client, written from docs/protocol.md alone, and that page itself."""

from __future__ import annotations

import dataclasses
import re
import shutil
import subprocess
import sys
from pathlib import Path

from corridorkey_plugin import protocol

from tests.engine_python import make_engine_environment
from tests.small_shot import content

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs/protocol.md").read_text(encoding="utf-8")
SAMPLE = ROOT / "examples/sample"


def example(folder: Path, plate: str, hint: str) -> subprocess.CompletedProcess[str]:
    engine = make_engine_environment(folder / "env")
    words = [str(engine), plate, hint, str(folder / "out")]
    script = str(ROOT / "examples/protocol_client.py")
    return subprocess.run(
        [sys.executable, "-S", script, *words],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_the_example_client_keys_the_sample(tmp_path: Path) -> None:
    for role in ("plate", "hint"):
        first = sorted((SAMPLE / role).glob("*.*"))[:2]
        (tmp_path / role).mkdir()
        for path in first:
            shutil.copy(path, tmp_path / role)
    done = example(tmp_path, str(tmp_path / "plate"), str(tmp_path / "hint"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("is in") == 2
    assert len(content(tmp_path / "out")) == 8


def test_the_example_client_tells_what_is_wrong(tmp_path: Path) -> None:
    done = example(tmp_path, str(tmp_path / "no/plate.####.exr"), "")
    assert done.returncode == 1
    assert "There is no folder" in done.stdout


def test_the_example_is_about_forty_lines() -> None:
    lines = (ROOT / "examples/protocol_client.py").read_text(encoding="utf-8").splitlines()
    assert len([line for line in lines if line.strip()]) <= 42


def test_the_page_names_every_message_field_and_code() -> None:
    tables = (protocol.REQUESTS, protocol.REPLIES, protocol.EVENTS)
    for table in tables:
        for name, kind in table.items():
            rows = re.findall(rf"^\| `{name}` \|(.*)$", PAGE, re.MULTILINE)
            assert rows, f"{name} is not on the page"
            for one in dataclasses.fields(kind):
                assert any(f"`{one.name}`" in row for row in rows), f"{name}.{one.name}"
    sources = (ROOT / "plugin/corridorkey_plugin").rglob("*.py")
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    codes = set(re.findall(r'"(malformed|too_long|unknown_type|no_hello|version|wrong_id)"', text))
    assert {*codes, "refused"} == set(re.findall(r"^\| `(\w+)` \| [^|]*\|$", PAGE, re.MULTILINE))
    assert f"protocol={protocol.PROTOCOL}" in (ROOT / "examples/protocol_client.py").read_text()
