"""Checkpoints in their place: found, fetched, added, listed; whole or absent."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from corridorkey_core.cli import main
from corridorkey_core.cli.weights import ProgressLine
from corridorkey_core.doctor import examine
from corridorkey_core.errors import WeightsError
from corridorkey_core.weights.find import find_checkpoint, require_checkpoint
from corridorkey_core.weights.install import add, fetch
from corridorkey_core.weights.places import PUBLISHED, checkpoints_in, weights_folder
from tests.parity.checkpoint_files import recipe_file
from tests.small_disk import small_disk
from tests.weights_server import Served, serving

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without checkpoints."""
    for name in ("CORRIDORKEY_CHECKPOINT", "CORRIDORKEY_WEIGHTS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return weights_folder()


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(Served(recipe_file().read_bytes())) as served:
        yield served


def recipe_sha256() -> str:
    return hashlib.sha256(recipe_file().read_bytes()).hexdigest()


def put(folder: Path, *names: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"x")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def quiet(_done: int, _total: int | None) -> None:
    """Progress that nobody looks at."""


def test_the_setting_comes_before_the_environment_before_the_users_folder(
    tmp_path: Path, own_folder: Path
) -> None:
    put(tmp_path, "set.pth", "env.pth")
    environment = {"CORRIDORKEY_CHECKPOINT": str(tmp_path / "env.pth")}
    assert find_checkpoint("", {}) is None
    put(own_folder, "own.pth")
    assert find_checkpoint("", {}) == own_folder / "own.pth"
    assert find_checkpoint("", environment) == tmp_path / "env.pth"
    assert find_checkpoint(str(tmp_path / "set.pth"), environment) == tmp_path / "set.pth"


def test_a_folder_stands_for_the_checkpoint_in_it(tmp_path: Path) -> None:
    put(tmp_path, "b.safetensors", "a.pth", "notes.txt", *PUBLISHED)
    assert [path.name for path in checkpoints_in(tmp_path)] == [
        *PUBLISHED,
        "a.pth",
        "b.safetensors",
    ]
    assert find_checkpoint(str(tmp_path), {}) == tmp_path / PUBLISHED[0]


def test_what_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"none.pth, named by the setting .* is not there"):
        find_checkpoint(str(tmp_path / "none.pth"), {})
    with pytest.raises(WeightsError, match=r"named by \$CORRIDORKEY_CHECKPOINT, is a folder with"):
        find_checkpoint("", {"CORRIDORKEY_CHECKPOINT": str(tmp_path)})
    with pytest.raises(WeightsError, match="No CorridorKey checkpoint was found"):
        require_checkpoint("", {})


def test_the_doctor_says_which_weights(
    tmp_path: Path, own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def finding() -> tuple[str, str]:
        (found,) = (finding for finding in examine() if finding.name == "weights")
        return found.found, found.remedy

    assert "no CorridorKey checkpoint" in finding()[0]
    assert finding()[1] == ""
    put(own_folder, "a.pth")
    assert str(own_folder / "a.pth") in finding()[0]
    monkeypatch.setenv("CORRIDORKEY_CHECKPOINT", str(tmp_path / "none"))
    assert "is not there" in finding()[0]
    assert "unset $CORRIDORKEY_CHECKPOINT" in finding()[1]


def test_fetch_puts_a_checked_checkpoint_in_its_place(
    served: Served, own_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["weights", "fetch", "--from", served.address, "--file", served.name]
    assert main([*arguments, "--sha256", recipe_sha256().upper()]) == 0
    out, err = capsys.readouterr()
    assert (own_folder / served.name).read_bytes() == served.content
    assert names(own_folder) == [served.name]
    assert recipe_sha256() in out
    assert err.count("CC BY-NC-SA 4.0") == 1
    assert "100 %" in err
    assert main(["weights", "list", "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)
    assert entry["path"] == str(own_folder / served.name)
    assert "saved for 256 px" in entry["state"]


def test_the_base_address_can_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CORRIDORKEY_WEIGHTS_URL", "http://127.0.0.1:9/mirror")
    assert main(["weights", "fetch"]) == 2
    assert f"http://127.0.0.1:9/mirror/{PUBLISHED[0]} cannot be reached" in capsys.readouterr().err


@pytest.mark.parametrize("given", [True, False])
def test_wrong_content_is_removed(tmp_path: Path, given: bool) -> None:
    wrong = "ab" * 32
    with (
        serving(Served(b"not it", linked_sha256="" if given else wrong)) as served,
        pytest.raises(WeightsError, match=f"was removed.*, expected {wrong}"),
    ):
        fetch(served.address, served.name, tmp_path / "w", wrong if given else None, quiet)
    assert names(tmp_path / "w") == []


def test_what_is_no_checkpoint_is_removed(tmp_path: Path) -> None:
    with (
        serving(Served(b"<!DOCTYPE html>")) as served,
        pytest.raises(WeightsError, match=r"was removed\. .* web page"),
    ):
        fetch(served.address, served.name, tmp_path / "w", None, quiet)
    assert names(tmp_path / "w") == []


def test_a_failed_fetch_leaves_the_checkpoint_that_was_there(tmp_path: Path) -> None:
    put(tmp_path, "recipe.safetensors")
    with serving(Served(b"other")) as served, pytest.raises(WeightsError):
        fetch(served.address, served.name, tmp_path, None, quiet)
    assert (tmp_path / "recipe.safetensors").read_bytes() == b"x"


def test_a_killed_fetch_leaves_no_checkpoint_and_goes_on(tmp_path: Path) -> None:
    content = recipe_file().read_bytes()
    with serving(Served(content)) as served:
        command = [sys.executable, "-c", KILLED, served.address, served.name, str(tmp_path / "w")]
        killed = subprocess.run(command, cwd=ROOT, check=False)
        assert killed.returncode == -signal.SIGKILL
        assert not (tmp_path / "w" / served.name).exists()
        fetch(served.address, served.name, tmp_path / "w", recipe_sha256(), quiet)
    assert served.ranges[1] is not None
    assert names(tmp_path / "w") == [served.name]


KILLED = """
import os, signal, sys
from pathlib import Path
from corridorkey_core.weights.install import fetch

def progress(done, total):
    if done > total // 2:
        os.kill(os.getpid(), signal.SIGKILL)

fetch(sys.argv[1], sys.argv[2], Path(sys.argv[3]), None, progress)
"""


def test_an_interrupted_fetch_ends_in_words(
    served: Served, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_self: ProgressLine, _done: int, _total: int | None) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ProgressLine, "__call__", interrupt)
    assert main(["weights", "fetch", "--from", served.address, "--file", served.name]) == 130
    assert "the same command goes on from here" in capsys.readouterr().err


def test_add_takes_a_file_or_a_folder(
    tmp_path: Path, own_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["weights", "add", str(recipe_file().parent)]) == 0
    assert "CC BY-NC-SA 4.0" in capsys.readouterr().err
    assert (own_folder / recipe_file().name).read_bytes() == recipe_file().read_bytes()
    installed = add(recipe_file(), tmp_path / "other", recipe_sha256())
    assert (installed.path, installed.size) == (tmp_path / "other" / recipe_file().name, 256)
    assert names(tmp_path / "other") == [recipe_file().name]


def test_add_refuses_what_is_no_checkpoint_and_keeps_what_is_there(tmp_path: Path) -> None:
    put(tmp_path / "from", "a.pth")
    put(tmp_path / "to", "a.pth")
    with pytest.raises(WeightsError, match="is no checkpoint"):
        add(tmp_path / "from" / "a.pth", tmp_path / "to", None)
    with pytest.raises(WeightsError, match=f"SHA-256 .* expected {'0' * 64}"):
        add(recipe_file(), tmp_path / "to", "0" * 64)
    with pytest.raises(WeightsError, match="is no file, nor a folder"):
        add(tmp_path / "nowhere", tmp_path / "to", None)
    assert names(tmp_path / "to") == ["a.pth"]
    assert (tmp_path / "to" / "a.pth").read_bytes() == b"x"


def test_add_to_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "size=4m") as disk:
        with pytest.raises(WeightsError, match="No space left on device"):
            add(recipe_file(), disk.folder, None)
        assert names(disk.folder) == []


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    put(tmp_path, "file")
    with pytest.raises(WeightsError, match="cannot be written: Not a directory"):
        add(recipe_file(), tmp_path / "file" / "weights", None)


@pytest.mark.parametrize("options", [["--sha256", "abc"], ["--sha256", "g" * 64]])
def test_a_checksum_that_is_none_is_refused(options: list[str]) -> None:
    with pytest.raises(SystemExit):
        main(["weights", "fetch", *options])


def test_a_file_name_cannot_lead_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["weights", "fetch", "--file", "../a.pth"]) == 2
    assert "expected the name of a file" in capsys.readouterr().err


def test_list_says_where_it_looked_and_what_is_not_usable(
    own_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["weights", "list"]) == 0
    assert str(own_folder) in capsys.readouterr().out
    put(own_folder, "a.pth")
    assert main(["weights", "list"]) == 0
    assert "not usable" in capsys.readouterr().out
