"""Menus, which there are only with an interface."""

from __future__ import annotations

from typing import Any

from tests.nuke.stand_in.session import current
from tests.nuke.stand_in.threads import on_main_thread

NAMES = ("Nuke", "Pane", "Nodes", "Properties", "Animation", "Viewer", "Node Graph", "Axis")


class MenuItem:
    """A command in a menu."""

    _name = ""
    _command: Any = None
    _icon = ""

    def name(self) -> str:
        """What it is called."""
        return self._name

    def script(self) -> str:
        """Its command, where that is text."""
        return self._command if isinstance(self._command, str) else ""

    def invoke(self) -> None:
        """Do what it is for: a text is run as Python with `nuke` there, a callable is called."""
        if isinstance(self._command, str):
            import importlib

            exec(self._command, {"nuke": importlib.import_module("nuke")})  # as Nuke does
        else:
            self._command()


class Menu(MenuItem):
    """A menu of commands and menus."""

    def __init__(self) -> None:
        self._items: list[MenuItem] = []

    def addMenu(self, name: str, icon: str = "", index: int = -1) -> Menu:  # noqa: ARG002
        """The menu of a name in it, made where there is none."""
        found = self.findItem(name)
        if isinstance(found, Menu):
            return found
        made = _menu(name)
        made._icon = icon
        self._items.append(made)
        return made

    def addCommand(
        self,
        name: str,
        command: Any = None,
        shortcut: str = "",  # noqa: ARG002
        icon: str = "",
        tooltip: str = "",  # noqa: ARG002
        index: int = -1,  # noqa: ARG002
    ) -> MenuItem:
        """Add a command: Python text, or something to call."""
        parts = name.split("/")
        menu = self
        for part in parts[:-1]:
            menu = menu.addMenu(part)
        item = MenuItem()
        item._name, item._command, item._icon = parts[-1], command, icon
        menu._items.append(item)
        return item

    def addSeparator(self) -> None:
        """Add a line."""

    def findItem(self, name: str) -> MenuItem | None:
        """The item of a name, or of `Menu/Item`; None where there is none."""
        first, _, rest = name.partition("/")
        found = next((one for one in self._items if one.name() == first), None)
        return found.findItem(rest) if rest and isinstance(found, Menu) else found

    def items(self) -> list[MenuItem]:
        """What is in it."""
        return list(self._items)


@on_main_thread
def menu(name: str) -> Menu:
    """One of Nuke's menus; a `RuntimeError` without an interface, or for a name it has not."""
    session = current()
    if not session.gui:
        raise RuntimeError("Not in GUI mode")
    if name not in NAMES:
        raise session.refuse(RuntimeError, f"there is no menu {name!r}")
    found: Menu = session.menus.setdefault(name, _menu(name))
    return found


@on_main_thread
def toolbar(name: str, create: bool = True) -> Menu:  # noqa: ARG001
    """One of Nuke's toolbars, which is a menu."""
    return menu(name)


def _menu(name: str) -> Menu:
    made = Menu()
    made._name = name
    return made
