"""How long a device has been on one thing, as a host that watches for hangs is told."""

from __future__ import annotations

import threading

import pytest
from corridorkey_plugin.worker.steps import Steps


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_one_device_on_the_jobs_own_thread(clock: Clock) -> None:
    steps = Steps(clock)
    assert steps.seconds == 0.0
    steps.begin()
    clock.now += 3
    assert steps.seconds == 3.0, "loading counts"
    with steps.span("key", frame=1):
        clock.now += 7
        assert steps.seconds == 7.0
    clock.now += 1
    assert steps.seconds == 1.0
    with steps.span("wait for read"):
        clock.now += 60
        assert steps.seconds == 0.0, "who waits for files is not stuck"
    steps.end()
    assert steps.seconds == 0.0


def test_a_device_that_is_stuck_is_not_hidden_by_one_that_goes_on(clock: Clock) -> None:
    steps, keying, over = Steps(clock), threading.Event(), threading.Event()

    def stuck() -> None:
        with steps.span("key", frame=1):
            keying.set()
            assert over.wait(20)

    def goes_on() -> None:
        for number in (2, 3):
            with steps.span("key", frame=number):
                clock.now += 5

    steps.begin()
    threads = [threading.Thread(target=stuck), threading.Thread(target=goes_on)]
    with steps.span("wait for key"):
        threads[0].start()
        assert keying.wait(20)
        threads[1].start()
        threads[1].join(20)
        assert steps.seconds == 10.0
        over.set()
        threads[0].join(20)
        assert steps.seconds == 0.0
