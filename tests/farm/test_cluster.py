"""The simulated farm of docs/scaling.md: where the answer is known, it gives that one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.cluster_model import Clock, Cluster, Server, Storage, ceilings, frames_per_second
from benchmarks.cluster_picture import Curve, picture

ROOT = Path(__file__).resolve().parents[2]
ALONE = Cluster(
    workers=1, storage=1e12, network=1e9, operations=1e12, dispatches=1e9, frames=50, chunk=50,
    start=10.0, key=0.5, read=1e8, write=2e8, weights=5e8,
)  # fmt: skip


def test_one_worker_starts_reads_once_keys_all_and_writes_once() -> None:
    seconds = 10.0 + 0.5 + 0.1 + 50 * 0.5 + 0.2
    assert frames_per_second(ALONE) == pytest.approx(50 / seconds, rel=1e-6)


def test_a_worker_that_waits_for_its_files_waits_for_the_slowest_of_them() -> None:
    slow = replace(ALONE, write=9e8)  # 0.9 s of network a frame
    seconds = 10.0 + 0.5 + 0.1 + 0.5 + 50 * 0.9
    assert frames_per_second(slow) == pytest.approx(50 / seconds, rel=1e-6)


def test_a_start_is_paid_once_with_a_warm_engine_and_for_each_chunk_without() -> None:
    chunks = replace(ALONE, chunk=10, again=0.0)
    warm = 50 / frames_per_second(chunks)
    cold = 50 / frames_per_second(replace(chunks, again=10.0))
    assert cold - warm == pytest.approx(4 * (10.0 + 0.5), rel=1e-6)


@pytest.mark.parametrize("count", [1, 2, 7])
def test_transfers_share_the_storage_and_none_is_faster_than_its_network(count: int) -> None:
    clock, ends = Clock(), list[float]()
    storage = Storage(clock, bandwidth=4.0, cap=1.0)
    for _transfer in range(count):
        storage.transfer(8.0)(lambda: ends.append(clock.now))
    clock.run()
    assert ends == pytest.approx([8.0 * max(1.0, count / 4.0)] * count)


def test_who_comes_later_slows_down_who_is_there() -> None:
    clock, ends = Clock(), dict[str, float]()
    storage = Storage(clock, bandwidth=1.0, cap=1.0)
    storage.transfer(2.0)(lambda: ends.update(first=clock.now))
    clock.at(1.0, lambda: storage.transfer(2.0)(lambda: ends.update(second=clock.now)))
    clock.run()
    assert ends == pytest.approx({"first": 3.0, "second": 4.0})


def test_a_server_does_one_thing_after_the_other() -> None:
    clock, ends = Clock(), list[float]()
    server = Server(clock, rate=2.0)
    for count in (1, 3):
        server.serve(count)(lambda: ends.append(clock.now))
    clock.run()
    assert ends == [0.5, 2.0]


CLUSTERS = st.builds(
    Cluster,
    workers=st.integers(1, 40),
    storage=st.floats(1e8, 1e11),
    operations=st.floats(100, 1e5),
    dispatches=st.floats(0.1, 100),
    frames=st.integers(1, 400),
    chunk=st.integers(1, 60),
    key=st.floats(0.01, 5),
)


@settings(deadline=None, max_examples=60)
@given(CLUSTERS)
def test_no_farm_is_faster_than_what_limits_it(cluster: Cluster) -> None:
    rate = frames_per_second(cluster)
    assert 0 < rate <= min(ceilings(cluster).values()) * (1 + 1e-6)


@pytest.mark.parametrize(
    ("changes", "limit"),
    [
        ({"storage": 2e9}, "storage"),
        ({"operations": 2000.0}, "names"),
        ({"dispatches": 0.2}, "dispatches"),
    ],
)
def test_a_farm_with_workers_enough_comes_close_to_its_limit(
    changes: dict[str, float], limit: str
) -> None:
    cluster = replace(Cluster(workers=60, storage=1e11, frames=9000), **changes)  # type: ignore[arg-type]
    limits = ceilings(cluster)
    assert min(limits, key=limits.__getitem__) == limit
    assert frames_per_second(cluster) > 0.9 * limits[limit]


def test_the_picture_is_an_svg_with_every_curve() -> None:
    curves = [Curve("slow", (1.0, 5.0)), Curve("fast", (2.0, 20.0))]
    root = ElementTree.fromstring(picture(curves, (1, 10)))
    words = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"slow", "fast", "workers"} <= set(words)
    assert len(list(root.iter("{http://www.w3.org/2000/svg}polyline"))) == 3


def test_the_page_has_the_picture_that_the_script_draws() -> None:
    page = (ROOT / "docs/scaling.md").read_text(encoding="utf-8")
    assert "pictures/scaling.svg" in page
    assert (ROOT / "docs/pictures/scaling.svg").read_text().startswith("<svg ")
