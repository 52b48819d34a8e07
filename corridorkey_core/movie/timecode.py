"""SMPTE time codes, counted on from a movie's first one."""

from __future__ import annotations

import re
from fractions import Fraction

MOST_PER_SECOND = 30
_CODE = re.compile(r"(\d\d):(\d\d):(\d\d)([:;.])(\d\d)")


def timecode(first: str, later: int, rate: Fraction) -> tuple[int, int] | None:
    """The time code `later` frames after `first` (hh:mm:ss:ff, or ;ff for drop frame).

    Packed as in SMPTE ST 12-1 and OpenEXR's `TimeCode`. None for what is no time code, and above
    30 frames a second, where the packing has no room.
    """
    match = _CODE.fullmatch(first.strip())
    per_second = round(rate)
    if not match or not 1 <= per_second <= MOST_PER_SECOND:
        return None
    drops = match[4] != ":" and per_second == MOST_PER_SECOND
    hours, minutes, seconds, frames = (int(match[group]) for group in (1, 2, 3, 5))
    whole = ((hours * 60 + minutes) * 60 + seconds) * per_second + frames
    if drops:
        whole -= _dropped(hours * 60 + minutes)
        number = _with_dropped(whole + later)
    else:
        number = whole + later
    return _packed(number % (24 * 3600 * per_second), per_second, drops), 0


def _dropped(minutes: int) -> int:
    """Numbers left out until a minute: two a minute, but for every tenth."""
    return 2 * (minutes - minutes // 10)


def _with_dropped(frames: int) -> int:
    """A count of frames as a count of numbers, the dropped ones included."""
    tens, rest = divmod(frames, 17982)
    return frames + 18 * tens + (2 * ((rest - 2) // 1798) if rest >= 1800 else 0)


def _packed(number: int, per_second: int, drops: bool) -> int:
    seconds, frames = divmod(number, per_second)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fields = ((frames, 0), (seconds, 8), (minutes, 16), (hours, 24))
    bits = sum((value // 10 << 4 | value % 10) << shift for value, shift in fields)
    return bits | (drops << 6)
