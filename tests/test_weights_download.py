"""Downloads over a real server that breaks off, lies, changes its mind, or knows no ranges."""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from corridorkey_core.errors import WeightsError
from corridorkey_core.weights.download import Downloaded, download
from tests.small_disk import small_disk
from tests.weights_server import Served, serving

CONTENT = random.Random(3).randbytes(3_000_000)


def quiet(_done: int, _total: int | None) -> None:
    """Progress that nobody looks at."""


@pytest.fixture
def served() -> Iterator[Served]:
    with serving(Served(CONTENT)) as served:
        yield served


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "a.part"


def broken_download(served: Served, part: Path, at: int = 2_000_000) -> None:
    served.breaks_at = at
    with pytest.raises(WeightsError, match="goes on from there"):
        download(served.url, part, quiet)
    served.breaks_at = None
    assert part.read_bytes() == served.content[:at]


def test_a_whole_download(served: Served, part: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    done = download(served.url, part, lambda done, total: seen.append((done, total)))
    assert done == Downloaded(part, None)
    assert part.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [count for count, _ in seen] == sorted(count for count, _ in seen)
    assert list(part.parent.iterdir()) == [part]


def test_a_broken_download_goes_on_where_it_was(served: Served, part: Path) -> None:
    broken_download(served, part)
    seen: list[int] = []
    download(served.url, part, lambda done, _total: seen.append(done))
    assert part.read_bytes() == CONTENT
    assert served.ranges == [None, "bytes=2000000-"]
    assert seen[0] > 2_000_000


def test_it_goes_on_as_often_as_needed(served: Served, part: Path) -> None:
    for at in (10, 1_000_000, 2_999_999):
        broken_download(served, part, at)
    download(served.url, part, quiet)
    assert part.read_bytes() == CONTENT


@pytest.mark.parametrize("etag", ["", 'W/"weak"'])
def test_a_server_without_a_strong_validator_is_asked_for_the_rest_too(
    served: Served, part: Path, etag: str
) -> None:
    served.etag = etag
    broken_download(served, part)
    download(served.url, part, quiet)
    assert served.ranges == [None, "bytes=2000000-"]
    assert part.read_bytes() == CONTENT


def test_a_server_that_ignores_ranges_sends_all_again(served: Served, part: Path) -> None:
    broken_download(served, part)
    served.takes_ranges = False
    download(served.url, part, quiet)
    assert part.read_bytes() == CONTENT


def test_a_file_that_changed_meanwhile_is_fetched_whole(served: Served, part: Path) -> None:
    broken_download(served, part)
    served.content, served.etag = CONTENT[::-1], '"two"'
    download(served.url, part, quiet)
    assert part.read_bytes() == CONTENT[::-1]


def test_a_part_of_another_address_is_not_added_to(served: Served, part: Path) -> None:
    broken_download(served, part)
    served.name = "other.safetensors"
    download(served.url, part, quiet)
    assert served.ranges == [None, None]
    assert part.read_bytes() == CONTENT


def test_a_part_of_unknown_origin_is_not_added_to(served: Served, part: Path) -> None:
    part.write_bytes(b"something else")
    download(served.url, part, quiet)
    assert part.read_bytes() == CONTENT


def test_a_part_that_is_too_long_is_fetched_anew(served: Served, part: Path) -> None:
    broken_download(served, part)
    part.write_bytes(CONTENT + b"more")
    download(served.url, part, quiet)
    assert part.read_bytes() == CONTENT


def test_another_part_than_asked_for_is_not_kept(served: Served, part: Path) -> None:
    broken_download(served, part)
    served.lies_about_start = True
    with pytest.raises(WeightsError, match="sent another part than it was asked for"):
        download(served.url, part, quiet)
    served.lies_about_start = False
    download(served.url, part, quiet)
    assert part.read_bytes() == CONTENT


def test_a_length_that_is_not_told_is_no_hindrance(served: Served, part: Path) -> None:
    served.hides_length = True
    download(served.url, part, quiet)
    assert part.read_bytes() == CONTENT


def test_the_checksum_of_a_redirect_is_told(served: Served, part: Path) -> None:
    served.linked_sha256 = "0f" * 32
    assert download(served.url, part, quiet).sha256 == "0f" * 32


def test_an_interrupt_leaves_what_is_needed_to_go_on(served: Served, part: Path) -> None:
    def interrupt(done: int, _total: int | None) -> None:
        if done > 1_500_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(served.url, part, interrupt)
    held = part.stat().st_size
    assert 1_500_000 < held < len(CONTENT)
    download(served.url, part, quiet)
    assert served.ranges == [None, f"bytes={held}-"]
    assert part.read_bytes() == CONTENT


def test_a_file_that_is_not_there_and_a_server_that_is_not_there(
    served: Served, part: Path
) -> None:
    with pytest.raises(WeightsError, match=r"answered 404 .* weights add FILE"):
        download(served.url + "x", part, quiet)
    with pytest.raises(WeightsError, match=r"127.0.0.1:9/a cannot be reached: .*refused"):
        download("http://127.0.0.1:9/a", part, quiet)
    with pytest.raises(WeightsError, match="cannot be reached: unknown url type"):
        download("weights/a", part, quiet)
    assert not part.exists()


def test_a_local_mirror_needs_no_server(tmp_path: Path, part: Path) -> None:
    source = tmp_path / "mirror file"
    source.write_bytes(CONTENT)
    download(source.as_uri(), part, quiet)
    assert part.read_bytes() == CONTENT


def test_a_full_disk_is_said_and_can_be_gone_on_from(served: Served, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "size=2m") as disk:
        part = disk.folder / "a.part"
        with pytest.raises(WeightsError, match="No space left on device"):
            download(served.url, part, quiet)
        held = part.stat().st_size
        disk.resize("8m")
        download(served.url, part, quiet)
        assert part.read_bytes() == CONTENT
    assert served.ranges == [None, f"bytes={held}-"]


def test_a_read_only_disk_is_said(served: Served, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "size=8m,ro") as disk, pytest.raises(WeightsError) as caught:
        download(served.url, disk.folder / "a.part", quiet)
    assert os.strerror(errno.EROFS) in str(caught.value)
    assert "choose another folder (--to)" in str(caught.value)
