"""Objects and files from one process to another, and the news that the other one is gone."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator

import pytest

from corridorkey_core.device_process.channel import Channel, ChannelClosed
from corridorkey_core.device_process.messages import Failed, ToldElsewhere
from corridorkey_core.errors import KeyingError, WriteError
from tests.keyed_apart import Odd, linux

pytestmark = [linux, pytest.mark.usefixtures("nothing_left")]


@pytest.fixture
def ends() -> Iterator[tuple[Channel, Channel]]:
    one, other = map(Channel, socket.socketpair())
    yield one, other
    one.close()
    other.close()


def test_objects_come_in_order_and_files_with_them(ends: tuple[Channel, Channel]) -> None:
    one, other = ends
    reading, writing = os.pipe()
    one.send("first")
    one.send({"second": 2}, [writing])
    one.send(None)
    assert other.receive() == ("first", [])
    message, (file,) = other.receive()
    assert message == {"second": 2}
    assert not os.get_inheritable(file)
    assert other.receive() == (None, [])
    os.write(file, b"through")
    assert os.read(reading, 10) == b"through"
    for each in (reading, writing, file):
        os.close(each)


def test_an_object_may_be_larger_than_a_socket_holds(ends: tuple[Channel, Channel]) -> None:
    one, other = ends
    large = os.urandom(3_000_000)
    sender = threading.Thread(target=one.send, args=(large,))
    sender.start()
    assert other.receive()[0] == large
    sender.join()


def test_many_threads_may_send(ends: tuple[Channel, Channel]) -> None:
    one, other = ends

    def send(mark: str) -> None:
        for _ in range(50):
            one.send(mark * 5000)

    threads = [threading.Thread(target=send, args=(mark,)) for mark in "abcd"]
    for thread in threads:
        thread.start()
    received = [other.receive()[0] for _ in range(200)]
    for thread in threads:
        thread.join()
    assert all(len(set(message)) == 1 and len(message) == 5000 for message in received)


def test_who_waits_is_told_that_the_other_end_is_gone(ends: tuple[Channel, Channel]) -> None:
    one, other = ends
    told = threading.Event()

    def wait() -> None:
        with pytest.raises(ChannelClosed):
            other.receive()
        told.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    one.close()
    waiting.join(20)
    assert told.is_set()
    with pytest.raises(ChannelClosed):
        other.send("nobody")


def test_an_object_cut_short_is_an_end(ends: tuple[Channel, Channel]) -> None:
    one, other = ends
    one._end.sendall(b"\xff" * 9)
    one.close()
    with pytest.raises(ChannelClosed):
        other.receive()


# Errors


def test_an_error_crosses_over_with_its_type_its_facts_and_its_traceback() -> None:
    def broken() -> None:
        raise WriteError("It is full.", frame=7, path="a.exr")

    with pytest.raises(WriteError) as caught:
        broken()
    failed = Failed.by(caught.value)
    error = failed.error()
    assert isinstance(error, WriteError)
    assert (error.reason, error.frame, error.path, error.stage) == (
        "It is full.",
        7,
        "a.exr",
        "write",
    )
    assert isinstance(error.__cause__, ToldElsewhere)
    assert "in broken" in str(error.__cause__)
    assert failed.error() is not error, "threads that raise it do not share one"


def test_an_error_that_cannot_cross_over_is_named() -> None:
    error = Failed.by(Odd("one", "two")).error()
    assert str(error) == "Odd: onetwo"


def test_what_caused_an_error_is_in_its_words() -> None:
    try:
        try:
            raise LookupError("deep down")
        except LookupError as cause:
            raise KeyingError("It is broken.") from cause
    except KeyingError as error:
        failed = Failed.by(error)
    assert "deep down" in str(failed.error().__cause__)
