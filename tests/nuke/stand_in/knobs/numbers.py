"""Knobs that hold numbers, each constant, animated, or given by an expression."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from tests.nuke.stand_in.curves import (
    Constant,
    Curve,
    Expression,
    Field,
    field_text,
    fields_of,
    number_text,
    value_at,
)
from tests.nuke.stand_in.knobs.base import Knob
from tests.nuke.stand_in.session import current
from tests.nuke.stand_in.threads import belongs_to_main_thread


@belongs_to_main_thread
class Array_Knob(Knob):
    """One or more numbers."""

    _field_count = 1
    _can_widen: ClassVar[bool] = False  # one number in a script stands for all fields

    def __init__(self, name: str, label: str | None = None, *_more: Any) -> None:
        super().__init__(name, label)
        self._fields: list[Field] = [Constant()] * self._field_count
        self._range: tuple[float, float] | None = None
        self._default_fields: list[Field] = list(self._fields)

    def arraySize(self) -> int:
        """How many numbers it has."""
        return len(self._fields)

    def setRange(self, low: float, high: float) -> None:
        """The range of its slider; values may lie outside."""
        self._range = (float(low), float(high))

    def min(self) -> float:
        """The low end of its slider."""
        return self._range[0] if self._range else 0.0

    def max(self) -> float:
        """The high end of its slider."""
        return self._range[1] if self._range else 1.0

    def value(self, index: int = -1) -> Any:
        """Its number, or a list of them where it has several and none is asked for."""
        numbers = [self._number(at) for at in range(len(self._fields))]
        if index >= 0:
            return numbers[index]
        return numbers[0] if len(numbers) == 1 or len(set(numbers)) == 1 else numbers

    def getValue(self, index: int = -1) -> Any:
        """Its number or numbers, whatever its class."""
        return Array_Knob.value(self, index)

    def getValueAt(self, time: float, index: int = 0, view: str | None = None) -> Any:
        """Its number at a frame."""
        with current().looking_at(time, view or current().moment.view):
            return self._number(index)

    valueAt = getValueAt

    def setValue(self, value: Any, index: int = -1, time: float | None = None) -> bool:
        """Set all its numbers, or one; where it is animated, the key of a frame."""
        numbers = self._numbers_of(value, index)
        frame = current().moment.frame if time is None else time
        for at, number in numbers:
            field = self._fields[at]
            if isinstance(field, Curve):
                field.keys[float(frame)] = number
            else:
                self._fields[at] = Constant(number)
        self._changed()
        return True

    def setValueAt(
        self, value: float, time: float, index: int = 0, view: str | None = None
    ) -> bool:
        """Set a key; a knob that is not animated takes the value as a constant."""
        _refuse_view(view)
        return self.setValue(value, index, time)

    def setAnimated(self, index: int = -1) -> bool:
        """Give it a key here, with the value it has."""
        for at in self._indices(index):
            if not isinstance(self._fields[at], Curve):
                self._fields[at] = Curve({float(current().moment.frame): self._number(at)})
        self._changed()
        return True

    def clearAnimated(self, index: int = -1) -> bool:
        """Leave the value it has now, constant."""
        for at in self._indices(index):
            self._fields[at] = Constant(self._number(at))
        self._changed()
        return True

    def isAnimated(self, index: int = -1) -> bool:
        """Whether it has keys."""
        return any(isinstance(self._fields[at], Curve) for at in self._indices(index))

    def setExpression(self, expression: str, channel: int = -1, view: str | None = None) -> bool:
        """Have an expression give its value."""
        _refuse_view(view)
        for at in self._indices(channel):
            self._fields[at] = Expression(expression)
        self._changed()
        return True

    def hasExpression(self, index: int = -1) -> bool:
        """Whether an expression gives its value."""
        return any(isinstance(self._fields[at], Expression) for at in self._indices(index))

    def setDefaultValue(self, values: Sequence[float]) -> None:
        """What it is when nobody set it; given as a sequence."""
        self._default_fields = [Constant(float(one)) for one in values]
        self._fields = list(self._default_fields)

    def defaultValue(self, channel: int = 0) -> float:
        """What it is when nobody set it."""
        default = self._default_fields[channel]
        assert isinstance(default, Constant)
        return default.number

    def notDefault(self) -> bool:
        """Whether a script would hold it."""
        return not self._is_default()

    def _indices(self, index: int) -> list[int]:
        return list(range(len(self._fields))) if index < 0 else [index]

    def _numbers_of(self, value: Any, index: int) -> list[tuple[int, float]]:
        if isinstance(value, str):
            raise current().refuse(TypeError, f"{self._name} takes numbers, not {value!r}")
        if isinstance(value, Sequence):
            if len(value) > len(self._fields):
                raise current().refuse(ValueError, f"{self._name} has {len(self._fields)} numbers")
            return [(at, float(one)) for at, one in enumerate(value)]
        return [(at, float(value)) for at in self._indices(index)]

    def _number(self, index: int) -> float:
        frame = current().moment.frame
        return value_at(self._fields[index], frame, lambda text: self.node()._evaluate(text))

    def _to_text(self) -> str:
        texts = [field_text(one) for one in self._fields]
        if len(set(texts)) == 1 and self._can_widen:
            return texts[0]
        return " ".join(texts)

    def _word(self) -> str:
        text = self._to_text()
        return "{" + text + "}" if set(text) & set(" {") else text

    def _is_default(self) -> bool:
        return self._fields == self._default_fields

    def _from_text(self, text: str) -> None:
        fields = fields_of(text)
        if len(fields) == 1 and (len(self._fields) == 1 or self._can_widen):
            fields = fields * len(self._fields)
        if len(fields) != len(self._fields):
            raise ValueError(f"{self._name} has {len(self._fields)} numbers, not {text!r}")
        self._fields = fields

    def _expressions(self) -> list[str]:
        return [one.text for one in self._fields if isinstance(one, Expression)]

    def _become_default(self) -> None:
        self._default_fields = list(self._fields)

    def _tcl_value(self, index: int | None) -> str:
        if index is not None:
            return number_text(self._number(index))
        return " ".join(number_text(self._number(at)) for at in range(len(self._fields)))


@belongs_to_main_thread
class Double_Knob(Array_Knob):
    """A number with a fraction, on a slider."""


@belongs_to_main_thread
class Int_Knob(Array_Knob):
    """A whole number."""

    def value(self) -> Any:
        """Its number."""
        return int(self._number(0))

    def setValue(self, val: Any) -> bool:
        """Set its number; a fraction is refused, which Nuke would cut off."""
        if float(val) != int(val):
            raise current().refuse(TypeError, f"{self._name} takes whole numbers, not {val!r}")
        return super().setValue(val)


@belongs_to_main_thread
class Unsigned_Knob(Array_Knob):
    """A whole number from 0 on."""

    def value(self) -> Any:
        """Its number."""
        return int(self._number(0))

    def setValue(self, val: Any) -> bool:
        """Set its number."""
        return super().setValue(val)

    def _from_text(self, text: str) -> None:
        super()._from_text(str(int(text, 16)) if text.startswith("0x") else text)


@belongs_to_main_thread
class ColorChip_Knob(Unsigned_Knob):
    """A colour of the interface, 0xRRGGBBAA."""

    def _to_text(self) -> str:
        return f"0x{int(self._number(0)):x}" if self._number(0) else "0"


@belongs_to_main_thread
class Boolean_Knob(Array_Knob):
    """Yes or no."""

    def value(self) -> Any:
        """Whether it is on."""
        return bool(self._number(0))

    def setValue(self, b: Any) -> bool:
        """Turn it on or off."""
        return super().setValue(b)

    def _from_text(self, text: str) -> None:
        super()._from_text({"true": "1", "false": "0"}.get(text, text))

    def _to_text(self) -> str:
        text = super()._to_text()
        return {"1": "true", "0": "false"}.get(text, text)

    def _tcl_value(self, index: int | None) -> str:  # noqa: ARG002
        return "true" if self.value() else "false"


@belongs_to_main_thread
class Disable_Knob(Boolean_Knob):
    """Whether a node passes its input on."""


@belongs_to_main_thread
class XY_Knob(Array_Knob):
    """A place."""

    _field_count = 2


@belongs_to_main_thread
class WH_Knob(Array_Knob):
    """A size, in one number or two."""

    _field_count = 2
    _can_widen = True


@belongs_to_main_thread
class BBox_Knob(Array_Knob):
    """A box: x, y, r, t."""

    _field_count = 4


@belongs_to_main_thread
class Color_Knob(Array_Knob):
    """Red, green and blue, in one number or three."""

    _field_count = 3
    _can_widen = True


@belongs_to_main_thread
class AColor_Knob(Color_Knob):
    """Red, green, blue and alpha, in one number or four."""

    _field_count = 4


def _refuse_view(view: str | None) -> None:
    if view is not None:
        raise NotImplementedError("the stand-in splits no knobs by view")
