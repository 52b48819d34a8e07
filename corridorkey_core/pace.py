"""How fast a run goes, how long it has left, and which stage holds it up."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from corridorkey_core.progress import STAGES

Clock = Callable[[], float]
RECENT_SECONDS = 10.0
FEWEST_FRAMES = 8
WAITING_MATTERS = 0.1


class Pace:
    """Measures what devices spend: they wait for reads, are busy keying, wait for writes.

    Of several, each one's time counts by its share, so that all stages together make up the run's
    own time. `clock` gives seconds. Recent means about the last ten seconds, and for the rate at
    least the last eight frames, so that slow frames have one too.
    """

    def __init__(self, frames: int, clock: Clock) -> None:
        self.frames = frames
        self._left = frames
        self._clock = clock
        self._began = self._last = clock()
        self._settled = deque([self._began])
        self._recent = dict.fromkeys(STAGES, 0.0)
        self._spent = dict.fromkeys(STAGES, 0.0)
        self._before_the_first = dict.fromkeys(STAGES, 0.0)

    @contextmanager
    def spending(self, stage: str, share: float = 1.0) -> Iterator[None]:
        """Count the block's time for a stage, which that share of the devices spends so."""
        began = self._clock()
        try:
            yield
        finally:
            self.count(stage, share * (self._clock() - began))

    def count(self, stage: str, seconds: float) -> None:
        """Count time that has just gone by for a stage."""
        now = self._clock()
        fade = math.exp((self._last - now) / RECENT_SECONDS)
        self._last = now
        self._spent[stage] += seconds
        if not self._spent["key"]:
            self._before_the_first[stage] += seconds
        self._recent = {name: spent * fade for name, spent in self._recent.items()}
        # The integral of the same fading over the seconds that just went by.
        self._recent[stage] += -math.expm1(-seconds / RECENT_SECONDS)

    def settle(self) -> None:
        """One frame is finished or failed."""
        now = self._clock()
        self._left -= 1
        times = self._settled
        times.append(now)
        while len(times) > FEWEST_FRAMES + 1 and times[1] <= now - RECENT_SECONDS:
            times.popleft()

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return self._clock() - self._began

    @property
    def stage_seconds(self) -> dict[str, float]:
        """Seconds spent so far: waiting for reads, keying, waiting for writes."""
        return dict(self._spent)

    @property
    def rate(self) -> float | None:
        """Frames settled a second, lately; None until one was."""
        seconds = self._settled[-1] - self._settled[0]
        return (len(self._settled) - 1) / seconds if seconds > 0 else None

    @property
    def seconds_left(self) -> float | None:
        """Seconds that the frames left will take at this rate; None until there is one."""
        return self._left / self.rate if self.rate else None

    @property
    def bottleneck(self) -> str | None:
        """The stage that holds the run up lately."""
        return bottleneck(self._recent)

    @property
    def overall_bottleneck(self) -> str | None:
        """The stage that held the run up as a whole; the wait for its first frame tells nothing."""
        since = {name: spent - self._before_the_first[name] for name, spent in self._spent.items()}
        return bottleneck(since) or bottleneck(self._spent)


def bottleneck(seconds: Mapping[str, float]) -> str | None:
    """The stage that limits the rate: whichever one the device waits for, else the device itself.

    A device that is the slowest stage hardly ever waits, however long or short its own work is;
    so its waiting counts from a tenth of the time on, not from a half.
    """
    total = sum(seconds.values())
    if total <= 0:
        return None
    waiting = {stage: spent for stage, spent in seconds.items() if stage != "key"}
    if sum(waiting.values()) < WAITING_MATTERS * total:
        return "key"
    return max(waiting, key=waiting.__getitem__)
