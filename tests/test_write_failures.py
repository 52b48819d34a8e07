"""A picture file is whole or absent, and a failure says why and what to do."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridorkey_core.errors import WriteError
from corridorkey_core.frames import Header, KeyedFrame, Pixels, Window
from corridorkey_core.outputs import plan_outputs
from corridorkey_core.settings import Settings
from corridorkey_core.temporary import sweep_temporaries, temporary_name
from corridorkey_core.write import write_keyed
from corridorkey_core.write.complete import is_complete
from corridorkey_core.write.whole import whole_file
from tests.small_disk import mount

ROOT = Path(__file__).resolve().parent.parent
FORMATS = [("exr", "half"), ("tiff", "float"), ("png", "16"), ("dpx", "10")]
KINDS = {"half": np.float16, "float": np.float32, "16": np.uint16, "10": np.uint16}


def noise(depth: str, size: int) -> Pixels:
    raw = np.random.default_rng(0).integers(0, 65535, (size, size, 3), np.uint16)
    return raw if depth in ("10", "16") else (raw / 65535).astype(KINDS[depth])


def write(folder: Path, format: str = "exr", depth: str = "half", size: int = 256) -> Path:
    """Write one foreground of noise, which no codec makes small."""
    settings = Settings(format=format, bit_depth=depth, passes=("fg",), compression="zip")
    window = Window(0, 0, size, size)
    keyed = KeyedFrame(7, Header(window, window), "srgb", {"fg": noise(depth, size)})
    (part,) = write_keyed(keyed, plan_outputs(folder, "shot", settings))
    return part()


def failure(folder: Path, **arguments: Any) -> WriteError:
    with pytest.raises(WriteError) as caught:
        write(folder, **arguments)
    error = caught.value
    assert (error.frame, error.stage) == (7, "write")
    assert error.path is not None
    assert Path(error.path).parent == folder / "fg"
    return error


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A folder to mount a small disk on."""
    folder = tmp_path / "disk"
    folder.mkdir()
    yield folder
    if folder.is_mount():
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize(("format", "depth"), FORMATS)
def test_a_full_disk_leaves_nothing(disk: Path, format: str, depth: str) -> None:
    mount(disk, "size=160k")
    error = failure(disk, format=format, depth=depth)
    assert "disk full: free some space" in str(error)
    assert files_in(disk) == []


def test_a_full_disk_leaves_the_older_file(disk: Path) -> None:
    mount(disk, "size=160k")
    path = write(disk, size=64)
    before = path.read_bytes()
    failure(disk, size=256)
    assert files_in(disk) == [path]
    assert path.read_bytes() == before


@pytest.mark.parametrize("room", range(0, 420, 35))
def test_whatever_the_room_a_file_is_whole_or_absent(disk: Path, room: int) -> None:
    mount(disk, "size=512k")
    (disk / "other").write_bytes(bytes(room * 1024))
    try:
        path = write(disk, size=200)
    except WriteError as error:
        assert "disk full" in str(error)  # noqa: PT017
        assert files_in(disk) == [disk / "other"]
    else:
        assert set(files_in(disk)) == {path, disk / "other"}
        assert path.stat().st_size > 100_000


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit there")
@pytest.mark.parametrize(("format", "depth"), FORMATS)
def test_a_limit_on_file_size_leaves_nothing(tmp_path: Path, format: str, depth: str) -> None:
    script = f"""
import resource, signal, sys
from contextlib import suppress
from pathlib import Path
sys.path.insert(0, {str(ROOT)!r})
from tests.test_write_failures import failure
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
print(failure(Path({str(tmp_path)!r}), format={format!r}, depth={depth!r}))
"""
    child = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert child.returncode == 0, child.stderr
    assert "larger than this disk or this user's limit allows" in child.stdout
    assert files_in(tmp_path) == []


def test_a_read_only_disk_is_named(disk: Path) -> None:
    mount(disk, "size=1m,ro")
    assert "read-only" in str(failure(disk))


def test_a_file_in_the_place_of_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "fg").write_text("not a folder")
    assert "is a file, not a folder" in str(failure(tmp_path))
    (tmp_path / "out").write_text("not a folder")
    assert "is a file, not a folder" in str(failure(tmp_path / "out"))


def test_a_folder_in_the_place_of_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "fg" / "shot.0007.exr").mkdir(parents=True)
    assert "there is a folder of that name" in str(failure(tmp_path))
    assert files_in(tmp_path) == []


def test_a_name_that_is_too_long_is_named(tmp_path: Path) -> None:
    window = Window(0, 0, 8, 8)
    keyed = KeyedFrame(7, Header(window, window), "linear", {"fg": noise("half", 8)})
    plan = plan_outputs(tmp_path, "x" * 300, Settings(passes=("fg",)))
    (part,) = write_keyed(keyed, plan)
    with pytest.raises(WriteError, match="too long"):
        part()
    assert files_in(tmp_path) == []


def test_the_longest_name_is_written(tmp_path: Path) -> None:
    window = Window(0, 0, 8, 8)
    keyed = KeyedFrame(7, Header(window, window), "linear", {"fg": noise("half", 8)})
    name = "x" * (255 - len(".0007.exr"))
    (part,) = write_keyed(keyed, plan_outputs(tmp_path, name, Settings(passes=("fg",))))
    assert part().is_file()


def lose_the_folder(folder: Path) -> None:
    with whole_file(folder / "shot.exr", 7) as temporary:
        temporary.write_bytes(b"half a picture")
        temporary.unlink()
        folder.rmdir()


def interrupt(folder: Path) -> None:
    with whole_file(folder / "shot.exr", 7) as temporary:
        temporary.write_bytes(b"half a picture")
        raise KeyboardInterrupt


def test_a_folder_that_disappears_is_named(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="folder disappeared"):
        lose_the_folder(tmp_path / "fg")


def test_an_interrupt_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        interrupt(tmp_path)
    assert files_in(tmp_path) == []


def test_a_temporary_keeps_the_extension_and_hides(tmp_path: Path) -> None:
    with whole_file(tmp_path / "shot.exr", 7) as temporary:
        temporary.write_bytes(b"")
        assert temporary.parent == tmp_path
        assert temporary.name.startswith(".")
        assert temporary.suffix == ".exr"


def left_behind(folder: Path) -> Path:
    """What a process leaves that is killed while it writes."""
    script = f"""
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {str(ROOT)!r})
from corridorkey_core.write.whole import whole_file
with whole_file(Path({str(folder / "shot.exr")!r}), 7) as temporary:
    temporary.write_bytes(b"half a picture")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    child = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert child.returncode == -signal.SIGKILL, child.stderr
    (left,) = files_in(folder)
    return left


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_what_a_killed_run_left_is_swept(tmp_path: Path) -> None:
    left = left_behind(tmp_path)
    strange = [
        tmp_path / "shot.0001.exr",
        tmp_path / ".corridorkey.yaml",
        tmp_path / f"{left.name}.bak",
        tmp_path / left.name.replace(".corridorkey", ".other"),
        tmp_path / left.name.replace(".corridorkey ", ".corridorkey elsewhere-"),
        tmp_path / ".corridorkey other-host 1 0123456789abcdef.tmp.exr",
    ]
    for path in strange:
        path.write_bytes(b"")
    with whole_file(tmp_path / "mine.exr", 7) as mine:
        mine.write_bytes(b"")
        assert sweep_temporaries(tmp_path) == 1
        assert mine.exists()
    assert not left.exists()
    assert all(path.exists() for path in strange)


def in_a_container(script: str) -> subprocess.CompletedProcess[str]:
    """Run Python where it is process 1 of a container of this host's name, or skip the test."""
    unshare = ["unshare", "--pid", "--fork", "--mount-proc"]
    if not shutil.which("unshare") or subprocess.run([*unshare, "true"], check=False).returncode:
        pytest.skip("no process namespace can be made here")
    return subprocess.run(
        [*unshare, sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True
    )


def test_a_container_leaves_alone_what_another_of_the_same_name_is_writing(tmp_path: Path) -> None:
    with whole_file(tmp_path / "shot.exr", 7) as temporary:
        temporary.write_bytes(b"half a picture")
        swept = in_a_container(f"""
import socket
from pathlib import Path
from corridorkey_core.temporary import sweep_temporaries, temporary_name
print(socket.gethostname(), sweep_temporaries(Path({str(tmp_path)!r})))
""")
        assert swept.stdout.split() == [socket.gethostname(), "0"], swept.stderr
        assert temporary.exists()
    assert (tmp_path / "shot.exr").read_bytes() == b"half a picture"


@pytest.mark.skipif(not hasattr(os, "waitid"), reason="processes that wait are a POSIX matter")
def test_what_a_killed_run_left_goes_although_nobody_asked_how_it_ended(tmp_path: Path) -> None:
    script = (
        "from corridorkey_core.temporary import temporary_name\n"
        f"open({str(tmp_path)!r} + '/' + temporary_name('.exr'), 'w').close()"
    )
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT) as run:
        os.waitid(os.P_PID, run.pid, os.WEXITED | os.WNOWAIT)
        assert sweep_temporaries(tmp_path) == 1


def test_a_host_of_the_same_name_leaves_alone_what_another_is_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("corridorkey_core.temporary._boot", lambda: "another start")
        elsewhere.setattr("os.getpid", lambda: ended.pid)
        name = temporary_name(".exr")
    (tmp_path / name).write_bytes(b"half a picture")
    assert sweep_temporaries(tmp_path) == 0
    (tmp_path / name).rename(tmp_path / temporary_name(".exr").replace(
        f" {os.getpid()} ", f" {ended.pid} "
    ))  # fmt: skip
    assert sweep_temporaries(tmp_path) == 1


def test_what_another_host_left_is_swept_when_it_is_a_day_old(tmp_path: Path) -> None:
    left = tmp_path / ".corridorkey other-host 1 0123456789abcdef.tmp.exr"
    left.write_bytes(b"")
    os.utime(left, (1000, 1000))
    assert sweep_temporaries(tmp_path, now=1000 + 23 * 3600) == 0
    assert sweep_temporaries(tmp_path, now=1000 + 25 * 3600) == 1
    assert not left.exists()


def test_a_folder_that_is_not_there_is_clean(tmp_path: Path) -> None:
    assert sweep_temporaries(tmp_path / "nothing") == 0


@pytest.mark.parametrize(("format", "depth"), FORMATS)
@pytest.mark.parametrize("compression", ["none", "zips", "zip", "piz", "dwab"])
def test_a_file_that_lacks_its_end_is_known_wherever_it_is_cut(
    tmp_path: Path, format: str, depth: str, compression: str
) -> None:
    settings = Settings(format=format, bit_depth=depth, passes=("matte",), compression=compression)
    window = Window(0, 0, 20, 70)
    pixels = noise(depth, 70)[:, :20, :1]
    keyed = KeyedFrame(7, Header(window, window), "srgb", {"matte": pixels})
    (part,) = write_keyed(keyed, plan_outputs(tmp_path, "shot", settings))
    path = part()
    whole = path.read_bytes()
    assert is_complete(path)
    ends = {*range(max(0, len(whole) - 400), len(whole)), *range(0, len(whole), 97)}
    for end in sorted(ends, reverse=True):
        os.truncate(path, end)
        assert not is_complete(path)


def test_a_small_file_on_a_full_disk_is_not_taken_for_whole(disk: Path) -> None:
    """OpenImageIO says all is well of a file that is so small that none of it was written."""
    mount(disk, "size=160k")
    (disk / "fg").mkdir()
    (disk / "filler").write_bytes(b"x")
    with (disk / "filler").open("ab", buffering=0) as filler, suppress(OSError):
        while True:
            filler.write(b"x" * 4096)
    error = failure(disk, size=8)
    assert "disk full: free some space" in str(error)
    assert [path.name for path in files_in(disk)] == ["filler"]
