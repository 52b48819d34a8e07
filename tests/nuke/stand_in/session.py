"""One run of the stand-in Nuke: what is global in Nuke, in one object that a test replaces.

Laws that are broken are raised where they are broken and kept in `faults`, so that code which
swallows the exception still fails its test.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.nuke.stand_in.knobs.base import Knob
    from tests.nuke.stand_in.nodes.group import Group
    from tests.nuke.stand_in.nodes.node import Node
    from tests.nuke.stand_in.nodes.root import Root
    from tests.nuke.stand_in.progress import Bar

Work = Callable[[], object]


@dataclass(frozen=True)
class Moment:
    """What is being looked at: a frame, which retimes make fractional, and a view."""

    frame: float
    view: str


@dataclass(frozen=True)
class This:
    """Whose code is running: what `thisNode` and `thisKnob` answer."""

    node: Node | None = None
    knob: Knob | None = None


@dataclass
class Session:
    """A process of Nuke: started with or without an interface, its script, and what was said."""

    gui: bool = True
    version: tuple[int, int, int] = (15, 1, 3)
    argv: tuple[str, ...] = ()
    executable: str = ""
    main: threading.Thread = field(default_factory=threading.current_thread)
    plugin_path: list[Path] = field(default_factory=list)
    frame: int = 1
    view: str = "main"
    executing: str = ""
    telling: list[Node] = field(default_factory=list)  # whose `knobChanged` is running
    changing: int = 0  # how many callbacks of a change or of idling are running
    is_modified: bool = False
    undo_disabled: int = 0
    undo_steps: int = 0
    cancel_after: int | None = None
    rendered: list[tuple[str, int, str]] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)
    answers: list[bool] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    callbacks: dict[str, list[Any]] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)
    these: list[This] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    pending: queue.SimpleQueue[Work] = field(default_factory=queue.SimpleQueue)
    reloads: dict[str, int] = field(default_factory=dict)
    image_cache: dict[Any, Any] = field(default_factory=dict)
    files: dict[Any, Any] = field(default_factory=dict)
    running_files: list[Path] = field(default_factory=list)
    menus: dict[str, Any] = field(default_factory=dict)
    _root: Root | None = None

    @property
    def tells_all_changes(self) -> bool:
        """Whether `knobChanged` hears of changes by Python and on closed panels, too.

        Up to Nuke 16 the reference speaks of changes by the user, on an open panel; that of 17
        says "any knob change". Code has to bear both.
        """
        return self.version >= (17, 0, 0)

    @property
    def program(self) -> str:
        """The path of Nuke's own executable."""
        major, minor, release = self.version
        return self.executable or f"/usr/local/Nuke{major}.{minor}v{release}/Nuke{major}.{minor}"

    @property
    def root(self) -> Root:
        """The script's root; there is always one."""
        assert self._root is not None, "the stand-in was not opened"
        return self._root

    def put_root(self, root: Root) -> None:
        """Begin a script."""
        self._root = root
        self.groups = [root]

    @property
    def group(self) -> Group:
        """The group that nodes are made in, and names are looked up in."""
        return self.groups[-1]

    @property
    def moment(self) -> Moment:
        """The frame and view that values are asked for."""
        return self.moments[-1] if self.moments else Moment(self.frame, self.view)

    @property
    def this(self) -> This:
        """Whose code is running, if any."""
        return self.these[-1] if self.these else This()

    @contextmanager
    def looking_at(self, frame: float, view: str) -> Iterator[None]:
        """Within it, values are those of another frame and view."""
        self.moments.append(Moment(frame, view))
        try:
            yield
        finally:
            self.moments.pop()

    @contextmanager
    def running_for(self, node: Node | None, knob: Knob | None = None) -> Iterator[None]:
        """Within it, code of a node or a knob runs."""
        self.these.append(This(node, knob))
        try:
            yield
        finally:
            self.these.pop()

    def changed(self) -> None:
        """The graph is another one: there is something to save, and to work out anew."""
        self.is_modified = True
        self.undo_steps += not self.undo_disabled
        self.image_cache.clear()

    def refuse(self, kind: type[Exception], message: str) -> Exception:
        """An exception to raise, and a fault that is remembered."""
        self.faults.append(message)
        return kind(message)

    def require_main(self, what: str) -> None:
        """Only the main thread may touch the graph; in Nuke another one crashes sooner or later."""
        if threading.current_thread() is not self.main:
            raise self.refuse(RuntimeError, f"{what} was called off the main thread")

    def require_gui(self, what: str) -> None:
        """What there is only with an interface."""
        if not self.gui:
            raise self.refuse(RuntimeError, f"{what}: not in GUI mode")


_sessions: list[Session] = []


def current() -> Session:
    """The session that `import nuke` means."""
    if not _sessions:
        raise RuntimeError("open the stand-in first: tests.nuke.stand_in.desk.open_nuke")
    return _sessions[-1]


def begin(session: Session) -> None:
    """Make a session the one that `import nuke` means."""
    _sessions[:] = [session]


def end() -> None:
    """Leave no session."""
    _sessions.clear()
