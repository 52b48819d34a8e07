"""The pipeline's contract: whatever happens, in whatever order."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridorkey_core.limits import Limits
from corridorkey_core.progress import (
    CancelToken,
)
from tests.fake_shot import ERRORS, Shot

pytestmark = pytest.mark.usefixtures("nothing_left")


class Patience:
    """Ends slow work only while the loop waits, so that every queue gets as full as it can."""

    def __init__(self, shot: Shot) -> None:
        self._waiting = threading.Event()
        self.over = threading.Event()
        for stage in ("read", "write"):
            shot.waits.begin[f"wait for {stage}"] = self._waiting.set
            shot.waits.end[f"wait for {stage}"] = self._hold

    def _hold(self) -> None:
        if not self.over.is_set():
            self._waiting.clear()

    def end(self) -> None:
        self.over.set()
        self._waiting.set()

    def __call__(self) -> None:
        assert self._waiting.wait(20), "the loop never waits"


WHAT = st.sampled_from(["goes", "slow read", "slow write", "bad read", "bad key", "bad write"])


@settings(max_examples=150, deadline=None)
@given(
    frames=st.lists(WHAT, min_size=1, max_size=14),
    limits=st.builds(
        Limits,
        frame_bytes=st.sampled_from([1, 100, 1000]),
        read_ahead=st.integers(1, 5),
        write_behind=st.integers(1, 5),
        read_bytes=st.sampled_from([1, 250, 10_000]),
        write_bytes=st.sampled_from([1, 250, 10_000]),
        read_threads=st.integers(1, 3),
        write_threads=st.integers(1, 3),
    ),
    cancel_at=st.none() | st.tuples(st.sampled_from(["read", "key", "write"]), st.integers(1, 14)),
    on_error=st.sampled_from(["continue", "stop"]),
    devices=st.integers(0, 3),
)
def test_no_frame_is_lost_or_told_twice_whatever_happens(
    frames: list[str],
    limits: Limits,
    cancel_at: tuple[str, int] | None,
    on_error: str,
    devices: int,
) -> None:
    shot, cancel = Shot(len(frames)), CancelToken()
    patience = Patience(shot)

    def cancelling() -> None:
        cancel.cancel()
        patience.end()

    for number, what in enumerate(frames, 1):
        if what.startswith("slow"):
            shot.at(what[5:], number, patience)
        elif what.startswith("bad"):
            shot.fail(what[4:], number, ERRORS[what[4:]]("It is broken.", frame=number))
    if cancel_at is not None:
        shot.at(*cancel_at, cancelling)
    if on_error == "stop":
        shot.at("FrameFailed", range(15), patience.end)
    report = shot.process(limits, devices, cancel=cancel, on_error=on_error)
    if not cancel.cancelled and not (on_error == "stop" and report.failed):
        assert not report.unfinished
    assert shot.most_read <= limits.read_ahead + max(1, devices) + limits.read_threads
    assert shot.most_keyed <= limits.write_behind + limits.write_threads
    began = set(shot.begun("write"))
    failed = {failure.frame for failure in report.failed}
    assert began - failed == set(report.finished), "a frame begun is finished or failed"
