"""The artist presses Key: the fake host, the real engine, and everything that can go wrong."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from corridorkey_plugin.host import Request, Result
from corridorkey_plugin.protocol import Welcome
from corridorkey_plugin.session import EngineOptions, Session

from corridorkey_core.errors import EngineError
from corridorkey_core.plan import plan_job
from corridorkey_core.run import run
from tests.engine_python import make_engine_environment
from tests.fake_host import FakeHost, FakeRenderer
from tests.picture_files import write
from tests.plugin_session import FRAMES, open_session, request_of
from tests.small_disk import small_disk
from tests.small_shot import content, job_of, make_shot, plate_of, temporaries

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX signals")


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_engine_environment(tmp_path_factory.mktemp("engine") / "env")


@pytest.fixture(scope="module")
def shared(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """One engine for all tests that leave it running; each has its own host."""
    with open_session(python, tmp_path_factory.mktemp("logs")) as (_host, session):
        yield session


@pytest.fixture
def host(shared: Session, monkeypatch: pytest.MonkeyPatch) -> FakeHost:
    host = FakeHost()
    monkeypatch.setattr(shared, "_host", host)
    return host


def results(shot: Path) -> dict[str, bytes]:
    """Every result below the cache by pass and file name, whatever the picture's hash."""
    found = {}
    for path in (shot / "cache").rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(shot).parts)
        if path.is_file() and not hidden and path.parent.name in ("matte", "fg", "processed"):
            found[f"{path.parent.name}/{path.name.split('.', 1)[1]}"] = path.read_bytes()
    return found


def undisturbed(shot: Path, **settings: object) -> dict[str, bytes]:
    """What a plain run makes of the shot's files, by pass and frame."""
    job = replace(job_of(shot, **settings), output=str(shot / "plain"))  # type: ignore[arg-type]
    run(plan_job(job))
    made = content(shot / "plain")
    shutil.rmtree(shot / "plain")
    named = {f"{Path(name).parent.name}/{name.split('.', 1)[1]}": made[name] for name in made}
    return {name: data for name, data in named.items() if not name.startswith("comp")}


def test_files_are_keyed_shown_as_they_finish_and_are_those_of_a_plain_run(
    tmp_path: Path, shared: Session, host: FakeHost
) -> None:
    shot = make_shot(tmp_path)
    key = shared.key(request_of(shot))
    outcome = host.outcome(key)
    assert outcome.finished == FRAMES
    assert (outcome.exit_status, outcome.failed, outcome.current) == (0, (), ())
    assert set(host.shown) == set(FRAMES)
    assert host.progress[-1].done == 6
    assert results(shot) == undisturbed(shot)
    assert host.shown[1003].pattern("matte").endswith("/matte/comp1.%04d.exr")

    again = host.outcome(shared.key(request_of(shot)))
    assert (again.current, again.finished) == (FRAMES, ())


def test_only_what_is_stale_is_keyed_again_and_never_shown_before(
    tmp_path: Path, shared: Session, host: FakeHost
) -> None:
    shot = make_shot(tmp_path)
    request = request_of(shot)
    first = host.outcome(shared.key(request))
    assert [result.frame for result in shared.current(request)] == list(FRAMES)
    old = host.shown[1002]

    write(shot / "plate/shot.1002.exr", plate_of(7))
    assert 1002 not in [result.frame for result in shared.current(request)]
    host.shown.clear()
    host.when_shown = lambda frame: None if frame != 1002 else host.said.append("1002")
    outcome = host.outcome(shared.key(request))
    assert outcome.finished == (1002,)
    assert outcome.current == tuple(frame for frame in FRAMES if frame != 1002)
    assert host.shown[1002].paths == old.paths
    assert first.finished == FRAMES


def test_a_changed_setting_is_another_folder_and_going_back_needs_nothing(
    tmp_path: Path, shared: Session, host: FakeHost
) -> None:
    shot = make_shot(tmp_path, range(1001, 1003))
    frames = (1001, 1002)
    host.outcome(shared.key(request_of(shot, frames)))
    before = host.shown[1001]
    changed = request_of(shot, frames, despill="average")
    assert shared.current(changed) == ()
    host.outcome(shared.key(changed))
    assert Path(host.shown[1001].paths[0]).parent != Path(before.paths[0]).parent
    assert host.outcome(shared.key(request_of(shot, frames))).current == frames
    assert host.shown[1001] == before


def rendered(host: FakeHost, tmp_path: Path, frames: tuple[int, ...] = FRAMES) -> Request:
    plate, hint = FakeRenderer(host, "plate"), FakeRenderer(host, "hint")
    return request_of(tmp_path, frames, plate, hint, clip=FRAMES)


def renderer(request: Request) -> FakeRenderer:
    assert isinstance(request.plate, FakeRenderer)
    return request.plate


def test_inputs_are_rendered_once_while_the_engine_keys_those_before(
    tmp_path: Path, shared: Session, host: FakeHost
) -> None:
    request = rendered(host, tmp_path)
    order: list[tuple[str, int]] = []
    renderer(request).when_rendered = lambda frame: order.append(("rendered", frame))
    host.when_shown = lambda frame: order.append(("shown", frame))
    outcome = host.outcome(shared.key(request))
    assert outcome.finished == FRAMES
    assert sorted(renderer(request).rendered) == list(FRAMES)
    assert renderer(request).rendered[:3] == [1001, 1003, 1006], "what decides for the shot first"

    host.outcome(shared.key(replace(request, settings=request.settings.changed(soften=1.0))))
    assert len(renderer(request).rendered) == 6, "nothing is rendered twice"
    renderer(request).version[1004] = 1
    outcome = host.outcome(shared.key(request))
    assert outcome.finished == (1004,)
    assert renderer(request).rendered[6:] == [1004]


def test_rendered_inputs_make_the_pictures_that_their_files_make(
    tmp_path: Path, shared: Session, host: FakeHost
) -> None:
    host.outcome(shared.key(rendered(host, tmp_path)))
    staged = tmp_path / "cache/comp1/inputs"
    for role in ("plate", "hint"):
        for number in FRAMES:
            place = tmp_path / f"{role}/shot.{number}.exr"
            place.parent.mkdir(exist_ok=True)
            shutil.copy(staged / f"{role}.{number}.exr", place)
    assert results(tmp_path) == undisturbed(tmp_path)


def test_a_part_of_a_rendered_shot_is_keyed_as_the_whole_is(
    tmp_path: Path, shared: Session, host: FakeHost
) -> None:
    host.outcome(shared.key(rendered(host, tmp_path / "whole")))
    part = rendered(host, tmp_path / "part", (1005,))
    assert host.outcome(shared.key(part)).finished == (1005,)
    assert renderer(part).rendered == [1001, 1003, 1006, 1005]
    assert isinstance(part.hint, FakeRenderer)
    assert part.hint.rendered == [1005], "plates decide for a shot, hints for their frame"
    whole = results(tmp_path / "whole")
    assert all(whole[name] == data for name, data in results(tmp_path / "part").items())


def test_an_input_that_cannot_be_rendered_fails_its_frame_alone(
    tmp_path: Path, shared: Session, host: FakeHost
) -> None:
    request = rendered(host, tmp_path)
    renderer(request).failing = {1001, 1005}
    outcome = host.outcome(shared.key(request))
    assert outcome.finished == (1002, 1003, 1004, 1006)
    assert [failure.frame for failure in outcome.failed] == [1001, 1005]
    assert "a node above it has an error" in outcome.failed[0].reason
    assert outcome.exit_status == 1


def test_a_bug_in_the_hosts_own_code_ends_the_request_and_is_not_hidden(
    tmp_path: Path, shared: Session, host: FakeHost
) -> None:
    request = rendered(host, tmp_path)

    def fail(_frame: int) -> None:
        raise KeyError("a node that was deleted")

    renderer(request).when_rendered = fail
    key = shared.key(request)
    with pytest.raises(KeyError):
        host.outcome(key)
    assert key.outcome
    assert "a node that was deleted" in key.outcome.error


@pytest.mark.parametrize("at", [None, 1001, 1003, 1006])
def test_cancelling_while_inputs_are_rendered(
    tmp_path: Path, shared: Session, host: FakeHost, at: int | None
) -> None:
    request = rendered(host, tmp_path)
    renderer(request).cancel_at = at
    key = shared.key(request)
    if at is None:
        key.cancel()
    outcome = host.outcome(key)
    assert outcome.cancelled
    assert outcome.exit_status == 130
    assert temporaries(tmp_path) == []
    assert host.outcome(shared.key(rendered(host, tmp_path))).exit_status == 0


@pytest.mark.parametrize("after", [1, 3])
def test_cancelling_between_frames_keeps_what_is_finished(
    tmp_path: Path, shared: Session, host: FakeHost, after: int
) -> None:
    shot = make_shot(tmp_path)
    key = shared.key(request_of(shot))
    host.when_shown = lambda _frame: key.cancel() if len(host.order) >= after else None
    outcome = host.outcome(key)
    assert outcome.cancelled
    assert after <= len(outcome.finished) < 6
    again = host.outcome(shared.key(request_of(shot)))
    assert again.current == outcome.finished
    assert results(shot) == undisturbed(shot)


def test_a_preview_comes_before_what_runs_and_the_older_one_is_given_up(
    tmp_path: Path, shared: Session, host: FakeHost
) -> None:
    shot = make_shot(tmp_path)
    whole = shared.key(request_of(shot))
    older = shared.preview(request_of(shot, (1005,)), 48)
    look = shared.preview(request_of(shot, (1006,)), 48)
    outcome = host.outcome(look)
    assert outcome.finished == (1006,)
    assert host.outcome(older).exit_status in (0, 130)
    assert "reduced_48" in host.shown[1006].paths[0]
    assert whole.outcome is None
    assert host.outcome(whole).finished == FRAMES


def test_a_preview_of_full_size_counts_as_keyed(
    tmp_path: Path, shared: Session, host: FakeHost
) -> None:
    request = rendered(host, tmp_path, (1002,))
    assert host.outcome(shared.preview(request)).finished == (1002,)
    outcome = host.outcome(shared.key(replace(request, frames=FRAMES)))
    assert outcome.current == (1002,)


def test_a_job_that_cannot_be_is_told_in_words(
    tmp_path: Path, shared: Session, host: FakeHost
) -> None:
    shot = make_shot(tmp_path, range(1001, 1003))
    wrong = host.outcome(shared.key(request_of(shot, (1001,), colour_space="ACEScgg")))
    assert "ACEScg" in wrong.error
    assert wrong.exit_status == 2
    nothing = host.outcome(shared.key(request_of(tmp_path / "nowhere")))
    assert "There is no folder" in nothing.error


def test_a_full_disk_fails_frames_and_the_next_try_goes_on(
    tmp_path: Path, shared: Session, host: FakeHost
) -> None:
    shot = make_shot(tmp_path)
    with small_disk(shot / "cache", "size=120k") as disk:
        outcome = host.outcome(shared.key(request_of(shot)))
        assert outcome.failed
        assert "disk full" in outcome.failed[0].reason
        assert set(host.shown) == set(outcome.finished)
        disk.resize("8m")
        again = host.outcome(shared.key(request_of(shot)))
        assert again.exit_status == 0
        assert results(shot) == undisturbed(shot)


def test_a_full_disk_under_rendered_inputs(tmp_path: Path, shared: Session, host: FakeHost) -> None:
    (tmp_path / "cache").mkdir()
    with small_disk(tmp_path / "cache", "size=64k") as disk:
        outcome = host.outcome(shared.key(rendered(host, tmp_path)))
        assert outcome.exit_status in (1, 2)
        disk.resize("8m")
        again = host.outcome(shared.key(rendered(host, tmp_path)))
        assert again.exit_status == 0


def test_a_batch_needs_no_event_loop(tmp_path: Path, python: Path) -> None:
    shot = make_shot(tmp_path, range(1001, 1004))
    (shot / "plate/shot.1002.exr").write_text("not a picture")
    with open_session(python, tmp_path / "logs") as (host, session):
        outcome = session.key_now(request_of(shot, (1001, 1002, 1003)))
        assert outcome.finished == (1001, 1003)
        assert outcome.exit_status == 1
        plates = rendered(host, tmp_path / "own")
        assert session.key_now(plates).exit_status == 0


def test_an_interrupt_cancels_a_batch(tmp_path: Path, python: Path) -> None:
    with open_session(python, tmp_path / "logs") as (host, session):
        request = rendered(host, tmp_path)

        def interrupt(frame: int) -> None:
            if frame == 1006:
                raise KeyboardInterrupt

        renderer(request).when_rendered = interrupt
        outcome = session.key_now(request)
        assert (outcome.cancelled, outcome.exit_status) == (True, 130)
        renderer(request).when_rendered = lambda _frame: None
        assert session.key_now(request).exit_status == 0


def test_a_plate_on_disk_with_a_rendered_hint(
    tmp_path: Path, shared: Session, host: FakeHost
) -> None:
    shot = make_shot(tmp_path)
    hint = FakeRenderer(host, "hint")
    outcome = host.outcome(shared.key(request_of(shot, (1002, 1004), hint=hint)))
    assert outcome.finished == (1002, 1004)
    assert hint.rendered == [1002, 1004]


def test_names_of_every_kind(tmp_path: Path, shared: Session, host: FakeHost) -> None:
    shot = make_shot(tmp_path / "プレート ä.b c", range(1001, 1003))
    request = replace(request_of(shot, (1001, 1002)), name="schlüssel 1.2")
    outcome = host.outcome(shared.key(request))
    assert outcome.finished == (1001, 1002)
    assert "schlüssel 1.2" in host.shown[1001].paths[0]
    assert [one.frame for one in shared.current(request)] == [1001, 1002]


def test_an_engine_that_is_missing_is_told_with_the_next_step(tmp_path: Path) -> None:
    shot = make_shot(tmp_path, range(1001, 1002))
    with open_session(tmp_path / "no/python", tmp_path / "logs") as (host, session):
        outcome = host.outcome(session.key(request_of(shot, (1001,))))
    assert str(tmp_path / "no/python") in outcome.error
    assert "build.py setup" in outcome.error
    assert outcome.exit_status == 2


def test_preferences_are_told_what_the_engine_is_or_why_there_is_none(
    tmp_path: Path, shared: Session, host: FakeHost
) -> None:
    told: list[tuple[Welcome | None, str]] = []
    shared.look(lambda engine, error: told.append((engine, error)))
    host.run_until(lambda: bool(told))
    assert told[0][0]
    assert told[0][0].devices[-1] == "cpu"
    with open_session(tmp_path / "none", tmp_path / "logs") as (other, session):
        session.look(lambda engine, error: told.append((engine, error)))
        other.run_until(lambda: len(told) == 2)
    assert told[1][0] is None
    assert "build.py setup" in told[1][1]


@posix
def test_an_engine_that_dies_is_started_again_and_says_so(tmp_path: Path, python: Path) -> None:
    shot = make_shot(tmp_path)
    with open_session(python, tmp_path / "logs") as (host, session):
        key = session.key(request_of(shot))
        killed: list[int] = []

        def kill(_frame: int) -> None:
            if not killed and session.engine:
                killed.append(session.engine.pid)
                os.kill(session.engine.pid, signal.SIGKILL)

        host.when_shown = kill
        outcome = host.outcome(key)
        assert session.engine
        assert session.engine.pid != killed[0]
    assert outcome.finished == FRAMES
    assert any("started again" in words for words in host.said)
    assert results(shot) == undisturbed(shot)


@posix
def test_a_host_that_closes_leaves_no_process(tmp_path: Path, python: Path) -> None:
    shot = make_shot(tmp_path)
    with open_session(python, tmp_path / "logs") as (host, session):
        key = session.key(request_of(shot))
        host.run_until(lambda: bool(host.shown))
        assert session.engine
        pid = session.engine.pid
        session.close()
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
        with pytest.raises(EngineError, match="closed"):
            session.key_now(request_of(shot))
    assert key.outcome
    assert key.outcome.cancelled
    assert temporaries(shot) == []


def test_options_reach_the_engines_command(python: Path) -> None:
    command = EngineOptions(python=str(python), free_after=1, end_after=2, cache_mib=3).command()
    assert command[0] == str(python)
    assert set(command) >= {"--free-after=1", "--end-after=2", "--cache-mib=3"}


def test_a_result_knows_its_passes() -> None:
    result = Result(7, ("/c/h/matte/a.b.0007.exr", "/c/h/fg/a.b.0007.exr"))
    assert result.path("fg") == "/c/h/fg/a.b.0007.exr"
    assert result.pattern("matte") == "/c/h/matte/a.b.%04d.exr"
