"""A farm on one shared storage, event by event: who waits for what, and when the work is done.

Workers take chunks from one queue. Each starts (at its own cost), then reads, keys and writes as
the engine does: side by side, with room for a few frames between the three. All transfers share the
storage's bandwidth equally, none faster than a worker's network. Operations on names (open, stat,
rename and so on) and the farm's dispatches go through servers that do one after the other.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass

Wake = Callable[[], None]
Wait = Callable[[Wake], None]
Process = Generator[Wait, None, None]


@dataclass(frozen=True)
class Cluster:
    """A farm and its work. Times in seconds, sizes in bytes, rates a second.

    A worker's first chunk costs `start` and reading the weights; each later one `again`, and the
    weights once more where `again` is `start`, as on a farm that starts a process for each chunk.
    """

    workers: int
    storage: float
    network: float = 1.25e9
    operations: float = 100_000.0
    dispatches: float = 50.0
    frames: int = 20_000
    chunk: int = 50
    start: float = 7.0
    again: float = 0.5
    key: float = 0.2
    read: float = 32e6
    write: float = 45e6
    weights: float = 400e6
    frame_operations: int = 70
    chunk_operations: int = 400
    room: int = 3


class Clock:
    """What is to happen, in its order."""

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, int, Wake]] = []
        self._count = 0

    def at(self, when: float, wake: Wake) -> None:
        """Have something happen at a time."""
        self._count += 1
        heapq.heappush(self._due, (when, self._count, wake))

    def run(self) -> float:
        """Let everything happen; the time of the last."""
        while self._due:
            self.now, _order, wake = heapq.heappop(self._due)
            wake()
        return self.now

    def begin(self, process: Process) -> None:
        """Run a process: each thing it yields is waited for."""

        def step() -> None:
            for wait in process:
                wait(step)
                return

        step()

    def sleep(self, seconds: float) -> Wait:
        """Wait for a time."""
        return lambda wake: self.at(self.now + seconds, wake)


class Server:
    """Does one thing after the other, so many a second."""

    def __init__(self, clock: Clock, rate: float) -> None:
        self._clock, self._rate, self._free = clock, rate, 0.0

    def serve(self, count: float) -> Wait:
        """Wait until so many things of mine are done."""

        def wait(wake: Wake) -> None:
            self._free = max(self._free, self._clock.now) + count / self._rate
            self._clock.at(self._free, wake)

        return wait


class Storage:
    """Moves bytes for many at once: each gets an equal share, and no more than the cap."""

    def __init__(self, clock: Clock, bandwidth: float, cap: float) -> None:
        self._clock, self._bandwidth, self._cap = clock, bandwidth, cap
        self._moved = self._since = 0.0  # bytes that each transfer has moved, and up to when
        self._ends: list[tuple[float, int, Wake]] = []
        self._count = self._turn = 0

    def transfer(self, count: float) -> Wait:
        """Wait until so many bytes are moved."""

        def wait(wake: Wake) -> None:
            self._advance()
            self._count += 1
            heapq.heappush(self._ends, (self._moved + count, self._count, wake))
            self._plan()

        return wait

    @property
    def _rate(self) -> float:
        return min(self._cap, self._bandwidth / len(self._ends)) if self._ends else 0.0

    def _advance(self) -> None:
        self._moved += (self._clock.now - self._since) * self._rate
        self._since = self._clock.now

    def _plan(self) -> None:
        self._turn += 1
        if self._ends:
            turn, left = self._turn, self._ends[0][0] - self._moved
            self._clock.at(self._clock.now + max(0.0, left) / self._rate, lambda: self._end(turn))

    def _end(self, turn: int) -> None:
        if turn != self._turn:
            return  # somebody came or went since, and the end was planned anew
        self._advance()
        _end, _order, wake = heapq.heappop(self._ends)
        self._plan()
        wake()


class Room:
    """A few frames between two stages: who finds it full, or empty, waits."""

    def __init__(self, size: int) -> None:
        self._size, self._held = size, 0
        self._putting: deque[Wake] = deque()
        self._taking: deque[Wake] = deque()

    def put(self, wake: Wake) -> None:
        """Wait until there is room, and fill it."""
        if self._taking:
            self._taking.popleft()()
            wake()
        elif self._held < self._size:
            self._held += 1
            wake()
        else:
            self._putting.append(wake)

    def take(self, wake: Wake) -> None:
        """Wait until there is a frame, and take it."""
        if self._putting:
            self._putting.popleft()()
            wake()
        elif self._held:
            self._held -= 1
            wake()
        else:
            self._taking.append(wake)


class Farm:
    """All workers of a cluster, and what is left to do."""

    def __init__(self, cluster: Cluster) -> None:
        self._its = cluster
        self._clock = Clock()
        self._storage = Storage(self._clock, cluster.storage, cluster.network)
        self._names = Server(self._clock, cluster.operations)
        self._queue = Server(self._clock, cluster.dispatches)
        self._left = cluster.frames

    def seconds(self) -> float:
        """How long the work takes."""
        for _worker in range(self._its.workers):
            self._clock.begin(self._worker())
        return self._clock.run()

    def _worker(self) -> Process:
        its, begins = self._its, self._its.start
        while self._left:
            frames = min(its.chunk, self._left)
            self._left -= frames
            yield self._queue.serve(1)
            yield self._clock.sleep(begins)
            if begins == its.start:
                yield self._storage.transfer(its.weights)
            yield self._names.serve(its.chunk_operations)
            yield from self._chunk(frames)
            begins = its.again

    def _chunk(self, frames: int) -> Process:
        read, keyed, done = Room(self._its.room), Room(self._its.room), Room(1)
        self._clock.begin(self._reader(frames, read))
        self._clock.begin(self._writer(frames, keyed, done))
        for _frame in range(frames):
            yield read.take
            yield self._clock.sleep(self._its.key)
            yield keyed.put
        yield done.take

    def _reader(self, frames: int, read: Room) -> Process:
        for _frame in range(frames):
            yield self._storage.transfer(self._its.read)
            yield read.put

    def _writer(self, frames: int, keyed: Room, done: Room) -> Process:
        for _frame in range(frames):
            yield keyed.take
            yield self._storage.transfer(self._its.write)
            yield self._names.serve(self._its.frame_operations)
        yield done.put


def frames_per_second(cluster: Cluster) -> float:
    """How many frames a second a cluster keys, from its first dispatch to its last file."""
    return cluster.frames / Farm(cluster).seconds()


def ceilings(cluster: Cluster) -> dict[str, float]:
    """Frames a second that no number of workers exceeds, by what limits them."""
    frame = cluster.read + cluster.write
    if cluster.again == cluster.start:
        frame += cluster.weights / cluster.chunk
    names = cluster.frame_operations + cluster.chunk_operations / cluster.chunk
    worker = max(cluster.key, cluster.read / cluster.network, cluster.write / cluster.network)
    return {
        "workers": cluster.workers / (worker + cluster.again / cluster.chunk),
        "storage": cluster.storage / frame,
        "names": cluster.operations / names,
        "dispatches": cluster.dispatches * cluster.chunk,
    }
