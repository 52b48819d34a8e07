"""Where each frame of a movie is: its time stamp, and where decoding must begin to get it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Start:
    """A key frame: its place in decoding order, its presentation time, and the time to seek."""

    order: int
    time: int
    seek: int


@dataclass(frozen=True)
class MovieIndex:
    """`times` are the presentation times of all frames, ascending; `orders` their decoding order.

    `starts` are the key frames in decoding order.
    """

    times: tuple[int, ...]
    orders: dict[int, int]
    starts: tuple[Start, ...]

    def start_of(self, index: int) -> Start:
        """The last key frame from which a frame can be decoded whole.

        Frames shown before a key frame but stored after it need the one before that (open GOP).
        """
        time = self.times[index]
        place = bisect_right(self.starts, self.orders[time], key=lambda start: start.order) - 1
        while place > 0 and self.starts[place].time > time:
            place -= 1
        return self.starts[max(0, place)]


def read_index(container: Any, stream: Any) -> MovieIndex:
    """The index of a movie, from its container's table or else from every packet.

    Raises `ValueError`, in words, where frames cannot be told apart by their time stamps.
    """
    packets = _from_table(stream) or _from_packets(container, stream)
    if not packets:
        raise ValueError("it has no frames")
    times = [time for time, _seek, _is_key in packets]
    if len(set(times)) != len(times):
        raise ValueError("two of its frames have one time stamp; wrap it anew as .mov or .mkv")
    if "avi" in container.format.name and not all(is_key for *_times, is_key in packets):
        # AVI holds no presentation times, so reordered frames cannot be numbered.
        raise ValueError("AVI cannot number compressed frames exactly; wrap it anew as .mov")
    starts = [Start(order, *packet[:2]) for order, packet in enumerate(packets) if packet[2]]
    starts = starts or [Start(0, *packets[0][:2])]
    orders = {time: order for order, time in enumerate(times)}
    return MovieIndex(tuple(sorted(times)), orders, tuple(starts))


Packets = list[tuple[int, int, bool]]


def _from_table(stream: Any) -> Packets:
    """Packets from the file's own table: only where each is a picture of its own, in order.

    It saves reading hundreds of gigabytes to count the frames of a ProRes master.
    """
    entries = list(getattr(stream, "index_entries", None) or ())  # older PyAV has none
    whole = len(entries) == stream.frames and stream.codec_context.codec.intra_only
    if not whole or any(entry.is_discard or not entry.is_keyframe for entry in entries):
        return []
    return [(entry.timestamp, entry.timestamp, True) for entry in entries]


def _from_packets(container: Any, stream: Any) -> Packets:
    packets: Packets = []
    stored = 0
    for packet in container.demux(stream):
        stored += bool(packet.size)
        if not packet.size or packet.is_discard:
            continue
        if packet.pts is None:
            raise ValueError("its frames have no time stamps; wrap it anew as .mov or .mkv")
        seek = packet.pts if packet.dts is None else packet.dts
        packets.append((packet.pts, seek, packet.is_keyframe))
    if "mov" in container.format.name and stored < stream.frames:
        raise ValueError(f"it is cut short; {stored} of its {stream.frames} frames are there")
    return packets
