"""The one engine of this Blender, and the requests on their way to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import bpy
from corridorkey_plugin.host import Result
from corridorkey_plugin.protocol import Welcome
from corridorkey_plugin.session import EngineOptions, Session

from .blender_host import BlenderHost, Report, redraw, to_console
from .feed import link_chosen_plate
from .keyed_nodes import KeyedNode
from .repair import Repair
from .shot_request import ShotRequest, cache_folder, request_of

INTERVAL = 0.05  # seconds between two turns while something is on its way


class Running:
    """The session and its host; made when the add-on is, and closed with it."""

    def __init__(self) -> None:
        self.host = BlenderHost(to_console)
        self.welcome: Welcome | None = None
        self.trouble = ""
        self._session: Session | None = None
        self._options: EngineOptions | None = None
        self.repair: Repair | None = None
        self.last: Report | None = None
        self.missing: dict[str, set[int]] = {}  # frames that a render showed without a key
        self._looking = 0
        self.host.when_over.append(self._remember)

    @property
    def last_lines(self) -> tuple[str, ...]:
        """What became of the request that ended last."""
        return report_lines(self.last) if self.last else ()

    @property
    def is_busy(self) -> bool:
        """Whether anything is on its way, so that turns must go on."""
        return bool(self.host.reports) or self.is_looking or self.repair is not None

    @property
    def is_looking(self) -> bool:
        """Whether it is being found out what the engine is."""
        return self._looking > 0

    @property
    def engine(self) -> Welcome | None:
        """The engine that runs; None where none does."""
        return self._session.engine if self._session else None

    def key(
        self,
        place: KeyedNode,
        frames: Iterable[int],
        label: str,
        *,
        first: bool = False,
        anew: bool = True,
    ) -> Report:
        """Ask for frames of a node and return at once; `first` goes before all else.

        `anew`: the chosen plate is linked, and inputs that cannot be told apart are rendered again.
        Raises a `CorridorKeyError` where nothing can be asked.
        """
        session = self._open()
        report = self._report(place, frames, label, anew=anew)
        ask = session.preview if first else session.key
        report.key = ask(report.shot.request)
        self._go_on()
        return report

    def key_now(
        self, place: KeyedNode, frames: Iterable[int], label: str, *, anew: bool = True
    ) -> Report:
        """Key frames of a node and return when it is done; raises a `CorridorKeyError`."""
        with self.host.moment.going_on():
            report = self._report(place, frames, label, anew=anew)
            try:
                self._open().key_now(report.shot.request)
            finally:
                if not report.is_over:
                    self.host.reports.remove(report)
        return report

    def current(self, shot: ShotRequest) -> tuple[Result, ...]:
        """The frames of a request that may be shown; starts nothing."""
        with self.host.moment.going_on():
            return self._open().current(shot.request)

    def cancel(self, uid: str = "") -> None:
        """Cancel what is on its way for a group, or for all."""
        for report in tuple(self.host.reports):
            if report.key and uid in ("", report.shot.request.name):
                report.key.cancel()

    def look(self) -> None:
        """Find out what the engine is and has; started where none runs."""
        session = self._open()
        self._looking += 1
        self.trouble = ""
        session.look(self._told)
        self._go_on()

    def mend(self, command: Sequence[str]) -> None:
        """Run a command that mends the engine, then look at it; raises `OSError`."""
        self.repair = Repair(command, self._mended)
        self._go_on()

    def close(self) -> None:
        """End the engine and all requests, and what mends it."""
        self._end_engine()
        if self.repair:
            self.repair.stop()
            self.repair = None
        if bpy.app.timers.is_registered(self._turn):
            bpy.app.timers.unregister(self._turn)

    def _mended(self, status: int, said: str) -> None:
        self.repair = None
        self._end_engine()
        if status:
            self.trouble = f"It was not done (exit status {status}).\n{said}"
        else:
            self.look()

    def _end_engine(self) -> None:
        session, self._session = self._session, None
        if session:
            session.close()
        self.welcome = None
        self._looking = 0

    def _report(self, place: KeyedNode, frames: Iterable[int], label: str, *, anew: bool) -> Report:
        cache_folder(place.shot)
        if anew:
            link_chosen_plate(place)
        shot = request_of(place, frames, self.host.moment, anew=anew)
        report = Report(shot, label)
        self.host.reports.append(report)
        return report

    def _open(self) -> Session:
        """The session, a new one where preferences name another engine."""
        from .preferences import engine_options

        options = engine_options()
        if self._session is None or options != self._options:
            self._end_engine()
            self._session, self._options = Session(self.host, options), options
        return self._session

    def _remember(self, report: Report) -> None:
        self.last = report

    def _told(self, welcome: Welcome | None, trouble: str) -> None:
        self._looking = max(0, self._looking - 1)
        self.welcome, self.trouble = welcome, trouble
        redraw()

    def _go_on(self) -> None:
        if not bpy.app.background and not bpy.app.timers.is_registered(self._turn):
            bpy.app.timers.register(self._turn, first_interval=0.0, persistent=True)

    def _turn(self) -> float | None:
        self.host.turn()
        if self.repair and self.repair.done():
            redraw()
        if self._session and self._session.engine:
            self.welcome = self._session.engine
        return INTERVAL if self.is_busy else None


running = Running()


def report_lines(report: Report) -> tuple[str, ...]:
    """What became of a request, in a few lines for a person, the most important first."""
    outcome = report.outcome
    if outcome is None:
        return ()
    if outcome.error:
        return (outcome.error,)
    failed = [f"Frame {one.frame} failed: {one.reason}" for one in outcome.failed]
    done = f"{_frames(len(outcome.finished))} keyed"
    if outcome.current:
        done += f", {len(outcome.current)} current already"
    if outcome.cancelled:
        return (f"Cancelled; {done}.", *failed)
    return (f"{_frames(len(failed))} failed; {done}.", *failed) if failed else (f"{done}.",)


def _frames(count: int) -> str:
    return "1 frame" if count == 1 else f"{count} frames"


def keyed_frames(scene: Any) -> tuple[int, ...]:
    """The frames that a scene's range asks for."""
    return tuple(range(scene.frame_start, scene.frame_end + 1, scene.frame_step))
