"""Shared memory between processes: lent, borrowed, used again, bounded, and gone in the end."""

from __future__ import annotations

import gc
import os
import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from corridorkey_core.device_process.block import Block, new_block
from corridorkey_core.device_process.lending import Borrowed, Lender, Loan
from corridorkey_core.device_process.parcel import ALIGNED, pack, room_for, unpack
from corridorkey_core.device_process.placing import Placing
from corridorkey_core.frames import Frame, Header, Hint, Pixels, Plate, Window
from corridorkey_core.plan import plan_job
from corridorkey_core.run import run
from corridorkey_core.workshop import Workshop
from tests.fake_shot import leaving_nothing
from tests.keyed_apart import apart, linux, shared_blocks
from tests.small_shot import job_of, make_shot

pytestmark = linux


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    with leaving_nothing():
        yield
        gc.collect()
    assert shared_blocks() == 0


def frame(number: int = 1, dtype: str = "float16", hint: bool = True) -> Frame:
    random_pixels = np.random.default_rng(number).random((30, 50, 3)).astype(dtype)
    window = Window(0, 0, 50, 30)
    plate = Plate(number, "plate", random_pixels, Header(window, window), "linear")
    guide = Hint(number, "hint", random_pixels[..., 0], "Y")
    return Frame(plate, guide if hint else None, "inputs")


# Blocks


def test_what_one_mapping_has_the_other_has() -> None:
    ours = new_block(5000)
    theirs = Block(os.dup(ours.descriptor))
    ours.bytes[:] = 7
    assert (theirs.bytes == 7).all()
    theirs.bytes[4999] = 9
    assert ours.bytes[4999] == 9
    memory = theirs.bytes
    ours.close()
    theirs.close()
    assert memory[4999] == 9, "an array keeps its memory"


@pytest.mark.parametrize("call", ["memfd_create", "posix_fallocate"])
def test_memory_that_cannot_be_had_is_told_and_nothing_stays(
    monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def refuse(*_given: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, refuse)
    with pytest.raises(MemoryError, match="No space left"):
        new_block(100)


# Lending


def test_a_block_is_lent_to_one_at_a_time_and_used_again() -> None:
    lender = Lender()
    first, second = lender.lend(1000), lender.lend(1000)
    assert first.block != second.block
    again = first.block
    view = first.memory[10:20].view(np.float16)
    del first
    third = lender.lend(1000)
    assert third.block not in (again, second.block), "an array of it is still there"
    del view
    assert lender.lend(1000).block == again
    lender.close()


def test_blocks_that_are_too_small_make_way() -> None:
    made, dropped = list[int](), list[int]()
    lender = Lender(lambda number, _: made.append(number), lambda number, _: dropped.append(number))
    held = lender.lend(100)
    lender.lend(100)
    lender.lend(5000)
    assert dropped == [2]
    assert lender.lend(200).block == 3, "a larger one will do"
    assert lender.nbytes == 5100
    lender.close()
    assert sorted(dropped) == made == [1, 2, 3]
    held.memory[:] = 1


def test_there_are_no_more_blocks_than_were_lent_at_once() -> None:
    lender, made = Lender(), set[int]()
    held = list[Loan]()
    dice = random.Random(1)
    for _ in range(400):
        if len(held) == 5 or (held and dice.random() < 0.5):
            held.pop(dice.randrange(len(held)))
        held.append(lender.lend(dice.choice((100, 3000, 40000))))
        made.add(held[-1].block)
        assert shared_blocks() <= 6
    held.clear()
    lender.close()


def test_many_threads_may_borrow() -> None:
    lender, wrong = Lender(), list[int]()

    def borrow(mark: int) -> None:
        for _ in range(200):
            memory = lender.lend(4096).memory
            memory[:] = mark
            if (memory != mark).any():
                wrong.append(mark)

    threads = [threading.Thread(target=borrow, args=(mark,)) for mark in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert shared_blocks() <= 5
    lender.close()


def test_a_borrower_forgets_what_is_taken_back() -> None:
    lender, borrowed = Lender(), Borrowed()
    loan = lender.lend(100)
    borrowed.add(loan.block, os.dup(lender.block(loan.block).descriptor))
    loan.memory[:] = 3
    memory = borrowed.memory(loan.block)
    assert (memory[:100] == 3).all()
    borrowed.forget([loan.block, 77])
    with pytest.raises(MemoryError):
        borrowed.memory(loan.block)
    assert (memory[:100] == 3).all()
    lender.close()


# Parcels


def test_arrays_in_a_loan_are_not_copied() -> None:
    lender = Lender()
    loan = lender.lend(4096)
    inside: Pixels = loan.memory[256:512].view(np.float16).reshape(8, 16)
    inside[:] = 0.5
    outside = np.arange(6, dtype=np.uint16)
    parcel = pack({"inside": inside, "outside": outside}, loan)
    assert parcel.places == ((256, 256),)
    there = unpack(parcel, loan.memory)
    inside[3, 4] = 0.25
    assert there["inside"][3, 4] == 0.25
    assert there["inside"].dtype == np.float16
    assert (there["outside"] == outside).all()
    lender.close()


def test_rooms_are_apart_and_aligned() -> None:
    places, size = room_for([1, 256, 257, 0])
    assert places == [0, 256, 512, 1024]
    assert size == 1024
    assert room_for([]) == ([], ALIGNED)


# Frames


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float16", "float32", ">f2"])
@pytest.mark.parametrize("hint", [True, False])
def test_a_placed_frame_is_the_same_frame(dtype: str, hint: bool) -> None:
    given = frame(dtype=dtype, hint=hint)
    with Placing([]) as place:
        placed = place(given)
        assert placed.number == given.number
        assert placed.inputs == "inputs"
        assert placed.plate.header == given.plate.header
        assert (placed.plate.pixels == given.plate.pixels).all()
        assert placed.plate.pixels.dtype.isnative
        assert (placed.hint is None) is not hint
        if placed.hint and given.hint:
            assert (placed.hint.pixels == given.hint.pixels).all()
        renamed = replace(placed, inputs="others")
        del placed
        other = place(given)
        assert other.loan.block != renamed.loan.block
        block_of_it = renamed.loan.block
        del renamed
        assert place(given).loan.block == block_of_it


def test_a_frame_that_no_memory_is_left_for_fails_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shot = make_shot(tmp_path / "shot", range(1001, 1005))
    real, asked = Lender.lend, list[int]()

    def lend(lender: Lender, nbytes: int) -> Loan:
        asked.append(nbytes)
        if len(asked) == 2:
            raise MemoryError("no more")
        return real(lender, nbytes)

    with apart(tmp_path / "script") as one:
        monkeypatch.setattr(Lender, "lend", lend)
        report = run(plan_job(job_of(shot)), workshop=Workshop(ready=one.crew.ready))
    (failure,) = report.failed
    assert failure.stage == "read"
    assert failure.reason.startswith("Out of memory")
    assert len(report.finished) == 3


def test_results_that_no_memory_is_left_for_fail_their_frame_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shot = make_shot(tmp_path / "shot", range(1001, 1009))
    real, asked = Borrowed.add, list[int]()

    def add(borrowed: Borrowed, number: int, descriptor: int) -> None:
        asked.append(number)
        if len(asked) == 1:
            os.close(descriptor)
            raise MemoryError("no more")
        real(borrowed, number, descriptor)

    with apart(tmp_path / "script") as one:
        monkeypatch.setattr(Borrowed, "add", add)
        job = job_of(shot, write_behind=1)
        report = run(plan_job(job), workshop=Workshop(ready=one.crew.ready))
    (failure,) = report.failed
    assert failure.reason.startswith("Out of memory")
    assert len(report.finished) == 7


def test_a_block_that_is_dropped_is_not_lent_again() -> None:
    lender = Lender()
    loan = lender.lend(100)
    lender.drop(loan.block)
    loan.memory[:] = 1
    del loan
    assert lender.lend(100).block == 2
    lender.close()
