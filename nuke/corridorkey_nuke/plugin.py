"""One engine for a session of Nuke, what is being keyed by it, and what the nodes show."""

from __future__ import annotations

import atexit
import functools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import nuke
from corridorkey_plugin.host import Outcome, Result
from corridorkey_plugin.session import EngineOptions, Session

from corridorkey_core.errors import CorridorKeyError, SettingsError
from corridorkey_nuke.gauge import Gauge, Lookout
from corridorkey_nuke.glance import Glance, quick_look, state_of_script
from corridorkey_nuke.host import NukeHost, tell
from corridorkey_nuke.knobs import put
from corridorkey_nuke.orders import Order
from corridorkey_nuke.request import Shot, shot_of
from corridorkey_nuke.shown import (
    Shown,
    drop_stale,
    gather,
    note_screen,
    point,
    reload,
    show_nothing,
    shown_of,
)

CHANGED = "The node, or what is above it, was changed while it was keyed."
Frames = Callable[[Shot], Iterable[int]]


class Plugin:
    """What the buttons, the callbacks and a batch call. All of it belongs to the main thread."""

    def __init__(self, options: EngineOptions = EngineOptions()) -> None:  # noqa: B008 - frozen
        self._host = NukeHost(self._show, self._end)
        self.session = Session(self._host, options)
        self._lookout: Lookout | None = None
        self._glances: dict[str, Glance] = {}

    @property
    def orders(self) -> tuple[Order, ...]:
        """All that is being keyed."""
        return self._host.orders

    def key(self, node: nuke.Group, frames: Frames, *, first: bool = False) -> None:
        """Key frames of a node in every view; returns at once, the node and a gauge tell the rest.

        What goes `first` is keyed between two frames of what runs. Raises a `CorridorKeyError`
        where nothing can be keyed.
        """
        if not first and any(order.node == node for order in self.orders):
            raise SettingsError(f"{node.name()} is being keyed already. Cancel that first.")
        shown = self.refreshed(node)
        for shot in shown.shots:
            wanted = _some(node, shot, frames)
            if _are_there(shown, shot, wanted):
                self.say(node, _summary(Outcome(current=wanted), ()))
                continue
            order = Order(node, shot, Gauge(f"{node.name()} {shot.view}"))
            self._host.add(order)
            ask = self.session.preview if first else self.session.key
            order.keying = ask(shot.asking(wanted))
        if self.orders and self._lookout is None:
            self._lookout = Lookout(self._host.heed_cancels)

    def key_now(self, node: nuke.Group, frames: Frames) -> list[Outcome]:
        """Key frames of a node in every view and return when that is done: for a batch."""
        outcomes = []
        shown = self.refreshed(node)
        for shot in shown.shots:
            wanted = _some(node, shot, frames)
            if _are_there(shown, shot, wanted):
                outcomes.append(Outcome(current=wanted))
                continue
            self._host.add(Order(node, shot))
            outcomes.append(self.session.key_now(shot.asking(wanted)))
        return outcomes

    def cancel(self, node: nuke.Node | None = None) -> int:
        """End what a node, or every node, is having keyed; says how much that was."""
        found = [order for order in self.orders if node is None or order.node == node]
        for order in found:
            if order.keying:
                order.keying.cancel()
        return len(found)

    def refreshed(self, node: nuke.Group) -> Shown:
        """Point a node at what it should show, and return that; raises a `CorridorKeyError`.

        That is no edit of the script: it follows from what is there.
        """
        self._glances.pop(node.fullName(), None)
        with _unrecorded(), _unmodified():
            shown = shown_of(node, self.session)
            for shot in shown.shots if shown.gathers else ():
                for result in shown.current(shot, shot.frames):
                    if not shown.file(shot.view, result.frame).is_file():
                        gather(shown, shot, result)
            if point(node, shown):
                reload(node)
        return shown

    def shown_now(self, node: nuke.Group) -> Shown:
        """What a node should show, worked out anew only where the script changed.

        Raises a `CorridorKeyError`.
        """
        known = self._glances.get(node.fullName())
        if known and known.shown and known.is_settled and known.state == state_of_script(node):
            return known.shown
        return self.refreshed(node)

    def look_again(self, node: nuke.Group, frame: int) -> None:
        """See that a node shows nothing stale; where it cannot be keyed it shows nothing at all.

        Costs next to nothing where nothing changed since the last look.
        """
        quick, known = quick_look(node, frame), self._glances.get(node.fullName())
        if known and known.quick == quick:
            return
        state = state_of_script(node)
        if known and known.state == state and known.is_settled:
            shown = known.shown
        else:
            shown = self._tried(node)
        self._glances[node.fullName()] = Glance(quick, state, shown)
        self._drop_stale(node, shown, frame)

    def _tried(self, node: nuke.Group) -> Shown | None:
        try:
            return self.refreshed(node)
        except (CorridorKeyError, OSError) as error:
            self._show_nothing(node, str(error))
            return None

    def _drop_stale(self, node: nuke.Group, shown: Shown | None, frame: int) -> None:
        try:
            if shown and drop_stale(shown, [frame]):
                reload(node)
        except OSError as error:
            self._show_nothing(node, f"Frame {frame} is stale and cannot be removed: {error}")

    def _show_nothing(self, node: nuke.Group, why: str) -> None:
        with _unrecorded(), _unmodified():
            show_nothing(node)
        self.say(node, why)

    def say(self, node: nuke.Node, words: str) -> None:
        """Say something in a node's panel."""
        with _unrecorded(), _unmodified():
            put(node, "status", words)

    def close(self) -> None:
        """End the engine and all that is on its way; no node is touched, since Nuke may be gone."""
        for order in self.orders:
            self._host.remove(order)
        self._stop_looking()
        self.session.close()

    # What the host is told, and what it means for a node.

    def _show(self, order: Order, result: Result) -> None:
        if not order.is_attached or not self._is_as_asked(order):
            self._give_up(order)
            return
        shown = shown_of(order.node, self.session)
        shot = next(one for one in shown.shots if one.view == order.shot.view)
        try:
            gather(shown, shot, result)
        except OSError as error:
            self._host.say(order.keying, f"Frame {result.frame} cannot be shown: {error}")
        with _unrecorded():
            note_screen(order.node, shot, result)
            if point(order.node, shown) or result.frame == nuke.frame():
                reload(order.node)

    def _is_as_asked(self, order: Order) -> bool:
        """Whether what was asked for is still what the node stands for."""
        try:
            now = shot_of(order.node, order.shot.view)
        except CorridorKeyError:
            return False
        asked = order.shot.request
        return (now.request.name, now.request.settings) == (asked.name, asked.settings)

    def _give_up(self, order: Order) -> None:
        if order.keying:
            order.keying.cancel()

    def _end(self, order: Order, outcome: Outcome) -> None:
        if not self.orders:
            self._stop_looking()
        if not order.is_attached:
            return
        if outcome.cancelled and not self._is_as_asked(order):
            order.said.append(CHANGED)
        words = _summary(outcome, order.said)
        self.say(order.node, words)
        self._look_after(order.node)
        if outcome.finished:
            nuke.root().setModified(True)  # so that it is saved which files the node shows
        if outcome.error:
            tell(f"{order.node.name()}: {outcome.error}")
            if nuke.GUI:
                nuke.message(outcome.error)

    def _look_after(self, node: nuke.Group) -> None:
        try:
            self.refreshed(node)
        except CorridorKeyError:
            return
        reload(node)

    def _stop_looking(self) -> None:
        if self._lookout:
            self._lookout.stop()
            self._lookout = None


def _some(node: nuke.Node, shot: Shot, frames: Frames) -> tuple[int, ...]:
    """The frames to ask for; raises `SettingsError` where the shot has none of them."""
    asked = tuple(frames(shot))
    found = tuple(shot.among(asked))
    if not found:
        first, last = shot.frames[0], shot.frames[-1]
        named = f"frame {asked[0]}" if len(asked) == 1 else "those frames"
        raise SettingsError(
            f"{node.name()} has no {named}: its plate has {first} to {last}. Go to one of these, "
            "or change Range."
        )
    return found


def _are_there(shown: Shown, shot: Shot, wanted: tuple[int, ...]) -> bool:
    """Whether nothing need be asked of the engine: all was keyed, perhaps by a farm."""
    return len(shown.current(shot, wanted)) == len(wanted)


def _summary(outcome: Outcome, said: Iterable[str]) -> str:
    """How a request ended, in words for the panel."""
    if outcome.error:
        return outcome.error
    parts = [f"{len(outcome.finished)} keyed", f"{len(outcome.current)} were current"]
    if outcome.failed:
        frames = ", ".join(str(one.frame) for one in outcome.failed[:8])
        parts.append(f"{len(outcome.failed)} failed ({frames})")
    words = ", ".join(parts) + (". Cancelled." if outcome.cancelled else ".")
    return "\n".join([words, *said])


@contextmanager
def _unrecorded() -> Iterator[None]:
    """What the plugin sets by itself is nothing that an artist undoes."""
    undo = nuke.Undo()
    undo.disable()
    try:
        yield
    finally:
        undo.enable()


@contextmanager
def _unmodified() -> Iterator[None]:
    """Leave the script as modified as it was."""
    modified = nuke.root().modified()
    try:
        yield
    finally:
        nuke.root().setModified(modified)


@functools.lru_cache(maxsize=1)
def the_plugin() -> Plugin:
    """The one of this session of Nuke, made when it is first needed, and ended with it."""
    plugin = Plugin()
    atexit.register(plugin.close)
    return plugin
