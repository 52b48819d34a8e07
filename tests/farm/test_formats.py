"""One order in the words of each engine, read back by whatever there is to read it with.

Golden files hold every format to the letter (`python -m tests.farm.test_formats` writes them anew).
Beyond that: OpenCue's own outline classes and Deadline Cloud's own reader of bundles, where they
are installed; a Tcl interpreter for Tractor; bash, which runs SLURM's script for real.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from corridorkey_core.errors import SettingsError
from corridorkey_core.farm.absolute import Assets
from corridorkey_core.farm.formats import FORMATS
from corridorkey_core.farm.order import Needs, Order, Shot
from corridorkey_core.job import Job

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "farm"
NASTY = 'it\'s {a} [shot] $x; "q" }{'


def shot(
    name: str = "hero", frames: tuple[int, ...] = tuple(range(1001, 1011)), size: int = 4
) -> Shot:
    """A shot in chunks."""
    return Shot(name, Job("/show/plate/a.####.exr", "/show/out", name=name), frames, size)


def order(*shots: Shot, needs: Needs | None = None, folder: str = "/show/farm/hero") -> Order:
    """An order for these shots on two GPUs, or as needed."""
    wanted = needs or Needs(2, 6144, 8192, 8, 7200)
    return Order("hero", shots or (shot(),), folder, wanted, user="artist", show="show")


def rendered(name: str, its: Order) -> dict[str, str]:
    """The files of a format."""
    read = Assets((), ("/show/plate",), "/show/out")
    return FORMATS[name].render(its, [read] * len(its.shots))


TWO = order(shot(), shot("wide", (1, 2, 4, 6, 8, 20), 3))


def text_of(name: str) -> str:
    """All files of a format for two shots, as the golden file has them."""
    return "".join(f"==== {file}\n{text}" for file, text in rendered(name, TWO).items())


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_what_it_was(name: str) -> None:
    assert text_of(name) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FORMATS)
def test_what_nobody_asks_for_is_not_asked_for(name: str) -> None:
    text = "".join(rendered(name, order(needs=Needs(0, 0, 0, 0, 60))).values()).lower()
    assert "gpu" not in text
    assert "memory" not in text
    assert "cores" not in text
    assert "hostrequirements" not in text


def opencue_layers(text: str) -> list[dict[str, str]]:
    """Every layer's elements, by name."""
    layers = ElementTree.fromstring(text).findall("job/layers/layer")
    return [{child.tag: (child.text or "").strip() for child in layer} for layer in layers]


def test_opencue_takes_each_chunk_by_its_first_frame_and_its_length() -> None:
    first, wide = opencue_layers(rendered("opencue", TWO)["opencue.xml"])
    assert first["cmd"].endswith("--shot=hero --part=#IFRAME#+4")
    assert (wide["range"], wide["chunk"]) == ("1-2,4-8x2,20", "3")
    assert wide["cmd"].endswith("--part=#IFRAME#+3")


@pytest.mark.parametrize(("name", "said"), [("a", "shot_a"), ("A-b c", "A_b_c"), ("é 1", "shot_1")])
def test_opencue_names_are_such_as_cuebot_takes(name: str, said: str) -> None:
    root = ElementTree.fromstring(rendered("opencue", order(shot(name)))["opencue.xml"])
    assert [layer.get("name") for layer in root.iter("layer")] == [said]


OUTLINE = """
import json, sys
import outline, outline.cuerun
from outline.backend import cue
from outline.modules.shell import Shell
values = json.loads(sys.argv[1])
ol = outline.Outline("hero", current=True, frame_range=values["range"])
ol.add_layer(Shell("hero", command=values.pop("cmd").split(" "), **values))
print(cue.serialize_simple(outline.cuerun.OutlineLauncher(ol, user="artist", show="show")))
"""


def installed(*packages: str) -> bool:
    """Whether all these packages can be imported."""
    return all(importlib.util.find_spec(package) for package in packages)


@pytest.mark.skipif(not installed("outline", "packaging"), reason="opencue-pyoutline is not here")
def test_opencues_outline_classes_write_the_same_layer(tmp_path: Path) -> None:
    text = rendered("opencue", order())["opencue.xml"]
    (ours,) = opencue_layers(text)
    wanted = {name: ours[name] for name in ("cmd", "range", "memory", "gpu_memory")}
    numbers = {"chunk": 4, "cores": 8, "gpus": 2, "threadable": True}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", OUTLINE, json.dumps({**wanted, **numbers})],
        capture_output=True,
        text=True,
        env=os.environ | {"HOME": str(tmp_path)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (theirs,) = opencue_layers(done.stdout)
    shared = [name for name in theirs if name in ours]
    assert list(ours) == shared, "in their order"
    assert {name: ours[name] for name in ours if name != "services"} == {
        name: theirs[name] for name in ours if name != "services"
    }
    root, other = ElementTree.fromstring(text), ElementTree.fromstring(done.stdout)
    assert [child.tag for child in root] == [child.tag for child in other if child.tag in SPEC]


SPEC = ("show", "shot", "user", "job", "depends")


def test_deadline_frames_below_zero_are_refused() -> None:
    with pytest.raises(SettingsError, match="frame lists begin at 0"):
        rendered("deadline", order(shot(frames=(-2, -1, 0))))


def test_deadline_quotes_what_has_a_space() -> None:
    its = order(shot("a b"), folder="/show/my farm")
    text = rendered("deadline", its)["a_b_plugin.txt"]
    assert "<QUOTE>/show/my farm/job.yaml<QUOTE> <QUOTE>--shot=a b<QUOTE> --part=" in text


TRACTOR = """
proc collect {kind words} {
  global seen
  lappend seen [list $kind $words]
  foreach {option value} [lrange $words [expr {$kind eq "Job" ? 0 : 1}] end] {
    if {$option in {-subtasks -cmds}} { eval $value }
  }
}
foreach kind {Job Task RemoteCmd} { proc $kind args "collect $kind \\$args" }
set seen {}
"""


@pytest.mark.parametrize("name", ["hero", NASTY])
@pytest.mark.parametrize("folder", ["/show/my farm", "P:\\show\\[2] {}"])
def test_a_tcl_interpreter_reads_what_tractor_is_given(name: str, folder: str) -> None:
    tkinter = pytest.importorskip("tkinter")
    tcl = tkinter.Tcl()
    tcl.eval(TRACTOR)
    tcl.eval(rendered("tractor", order(shot(name), folder=folder))["tractor.alf"])
    seen = [tcl.splitlist(each) for each in tcl.splitlist(tcl.eval("set seen"))]
    commands = [tcl.splitlist(words) for kind, words in seen if kind == "RemoteCmd"]
    assert [kind for kind, _words in seen] == ["Job", "Task", *("Task", "RemoteCmd") * 3]
    assert [tcl.splitlist(command[0]) for command in commands] == [
        ("corridorkey", "run", str(Path(folder, "job.yaml")), f"--shot={name}", f"--part={part}")
        for part in ("1001-1004", "1005-1008", "1009-1010")
    ]
    assert commands[0][1:] == (
        "-service", "GPU", "-atleast", "8", "-atmost", "8", "-maxrunsecs", "7200"
    )  # fmt: skip


@pytest.mark.skipif(os.name != "posix", reason="bash")
def test_bash_runs_every_chunk_of_slurms_script(tmp_path: Path) -> None:
    its = Order("x", [shot(NASTY)], "/a b", Needs(), command=str(tmp_path / "said"))
    (tmp_path / "said").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\nexit 3\n')
    (tmp_path / "said").chmod(0o755)
    script = tmp_path / "slurm.sh"
    script.write_text(rendered("slurm", its)["slurm.sh"])

    def chunk(number: str) -> tuple[int, list[str]]:
        environment = os.environ | {"SLURM_ARRAY_TASK_ID": number}
        done = subprocess.run(
            ["bash", str(script)], env=environment, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout.splitlines()

    for number, part in enumerate(("1001-1004", "1005-1008", "1009-1010")):
        words = ["run", "/a b/job.yaml", f"--shot={NASTY}", f"--part={part}"]
        assert chunk(str(number)) == (3, words), "and its exit status is the task's"
    assert chunk("3") == (2, [])
    options = [line for line in script.read_text().splitlines() if line.startswith("#SBATCH")]
    assert "#SBATCH --array=0-2" in options
    assert all(len(shlex.split(option, comments=False)) == 2 for option in options)


DEADLINE = """
import sys
from deadline.client.job_bundle.loader import (
    read_yaml_or_json_object, validate_directory_symlink_containment)
from deadline.client.job_bundle.parameters import (
    read_job_bundle_parameters, validate_job_parameter)
from deadline.client.job_bundle.submission import AssetReferences
folder = sys.argv[1]
validate_directory_symlink_containment(folder)
for parameter in read_job_bundle_parameters(folder):
    validate_job_parameter(parameter, type_required=True, default_required=True)
    print(parameter["name"], parameter.get("value", parameter["default"]))
read = read_yaml_or_json_object(bundle_dir=folder, filename="asset_references", required=True)
assets = AssetReferences.from_dict(read)
print(sorted(assets.input_directories), sorted(assets.output_directories))
"""


@pytest.mark.skipif(not installed("deadline"), reason="the package deadline is not here")
def test_deadline_clouds_own_reader_takes_the_bundle(tmp_path: Path) -> None:
    for name, text in rendered("openjd", order()).items():
        (tmp_path / name).write_text(text)
    (tmp_path / "job.yaml").write_text("")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", DEADLINE, str(tmp_path)],
        capture_output=True,
        text=True,
        env=os.environ | {"HOME": str(tmp_path)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"JobFile {tmp_path / 'job.yaml'}",
        "Command corridorkey",
        "TargetSeconds 0",
        "Frames 1001-1010",
        "FramesPerTask 4",
        "['/show/plate'] ['/show/out']",
    ]


@pytest.mark.parametrize("name", ["a\nb", "", "a\tb"])
def test_a_name_that_breaks_lines_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="control character"):
        order(shot(name))


def test_a_name_that_openjd_takes_for_a_variable_is_refused() -> None:
    with pytest.raises(SettingsError, match="takes for a variable"):
        rendered("openjd", order(shot("{{Param.X}}")))


def test_two_shots_of_one_name_are_refused() -> None:
    with pytest.raises(SettingsError, match="2 shots are named hero"):
        order(shot(), shot())


def write_golden() -> None:
    """Write the golden files anew."""
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for name in FORMATS:
        (GOLDEN / f"{name}.txt").write_text(text_of(name), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write_golden()
