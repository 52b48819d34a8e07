"""The artist presses Key: the fake host, the real engine, and everything that can go wrong."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from corridorkey_plugin.protocol import Welcome
from corridorkey_plugin.session import Session

from tests.fake_host import FakeHost, FakeRenderer
from tests.picture_files import write
from tests.plugin_session import (
    FRAMES,
    open_session,
    rendered,
    renderer,
    request_of,
    results,
    undisturbed,
)
from tests.small_disk import small_disk
from tests.small_shot import make_shot, plate_of, temporaries

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX signals")


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
    known = shared.results(request_of(shot))
    assert known
    assert known.folder == Path(host.shown[1003].path("matte")).parent.parent

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
    frames = range(1001, 1041)  # so many that none is left only by chance
    shot = make_shot(tmp_path, frames)
    key = shared.key(request_of(shot, tuple(frames)))
    host.when_shown = lambda _frame: key.cancel() if len(host.order) >= after else None
    outcome = host.outcome(key)
    assert outcome.cancelled
    assert after <= len(outcome.finished) < len(frames)
    again = host.outcome(shared.key(request_of(shot, tuple(frames))))
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


def test_a_plate_on_disk_with_a_rendered_hint(
    tmp_path: Path, shared: Session, host: FakeHost
) -> None:
    shot = make_shot(tmp_path)
    hint = FakeRenderer(host, "hint")
    outcome = host.outcome(shared.key(request_of(shot, (1002, 1004), hint=hint)))
    assert outcome.finished == (1002, 1004)
    assert hint.rendered == [1002, 1004]


def test_a_job_whose_inputs_the_host_cannot_render_says_why(
    tmp_path: Path, shared: Session, host: FakeHost
) -> None:
    request = rendered(host, tmp_path)
    renderer(request).failing = set(FRAMES)
    outcome = host.outcome(shared.key(request))
    assert outcome.exit_status == 2
    assert outcome.error.startswith("Frame 1001: a node above it has an error\n")


def test_names_of_every_kind(tmp_path: Path, shared: Session, host: FakeHost) -> None:
    shot = make_shot(tmp_path / "プレート ä.b c", range(1001, 1003))
    request = replace(request_of(shot, (1001, 1002)), name="schlüssel 1.2")
    outcome = host.outcome(shared.key(request))
    assert outcome.finished == (1001, 1002)
    assert "schlüssel 1.2" in host.shown[1001].paths[0]
    assert [one.frame for one in shared.current(request)] == [1001, 1002]


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
