"""A session's engine on several devices: their processes stay for the next task and end with it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from corridorkey_core.farm.engine.address import VARIABLE
from corridorkey_core.farm.engine.ask import close_engine, find_engine, have_keyed
from corridorkey_core.farm.engine.start import start_engine
from corridorkey_core.progress import CancelToken, Event, FrameFinished
from tests.farm.served_engine import PATIENCE, start_none
from tests.keyed_apart import children, linux, wait_until_gone
from tests.small_shot import content, job_of, make_shot
from tests.two_devices import TWO, made_alone

pytestmark = linux


def test_processes_serve_one_task_after_another_and_end_with_the_engine(tmp_path: Path) -> None:
    shot = make_shot(tmp_path / "shot", range(1001, 1013))
    alone = made_alone(shot)
    session = tmp_path / "session"
    session.mkdir()
    before = set(children())
    start_engine(session, PATIENCE)
    (engine,) = set(children()) - before
    served = []
    for _ in range(2):
        shutil.rmtree(shot / "out", ignore_errors=True)
        events: list[Event] = []
        connection = find_engine(
            os.environ | {VARIABLE: str(session)}, lambda _: start_none(session)
        )
        assert connection is not None
        job = job_of(shot, devices=TWO)
        assert len(have_keyed(connection, job, events.append, CancelToken()).finished) == 12
        assert content(shot / "out") == alone
        devices = {event.device for event in events if isinstance(event, FrameFinished)}
        assert devices <= set(TWO.split(","))
        served.append(children(engine))
    assert served[0] == served[1]
    assert len(served[0]) == 2
    assert close_engine(session, PATIENCE)
    wait_until_gone(*served[0])
