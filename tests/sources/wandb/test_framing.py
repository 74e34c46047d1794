"""Framing: whole logs come back; damage costs what it hits and is counted."""

import io
import random
import time

import pytest
import wblog
from hypothesis import given
from hypothesis import strategies as st

from runcompare.sources.wandb.framing import BLOCK, Damage, read_frames


def read(log: bytes) -> tuple[list[bytes], Damage]:
    damage = Damage()
    return list(read_frames(io.BytesIO(log), damage)), damage


def records(count: int, seed: int = 0, most: int = 2_000) -> list[bytes]:
    rng = random.Random(seed)
    return [rng.randbytes(rng.randrange(most)) for _ in range(count)]


@given(st.lists(st.integers(0, 3 * BLOCK), max_size=12))
def test_whole_logs_come_back(sizes: list[int]) -> None:
    payloads = [bytes([i % 256]) * size for i, size in enumerate(sizes)]
    assert read(wblog.framed(payloads)) == (payloads, Damage())


def test_a_flipped_record_costs_itself_only() -> None:
    payloads = records(100)
    log = bytearray(wblog.framed(payloads))
    start, end, _ = wblog.extents(bytes(log))[10]
    log[(start + end) // 2] ^= 1
    found, damage = read(bytes(log))
    assert found == payloads[:10] + payloads[11:]
    assert damage == Damage(bytes=end - start, frames=1)


def test_a_broken_length_costs_one_record() -> None:
    payloads = records(100)
    log = bytearray(wblog.framed(payloads))
    places = wblog.extents(bytes(log))
    log[places[10][0] + 4] ^= 0xFF
    found, damage = read(bytes(log))
    assert found == payloads[:10] + payloads[11:]
    assert damage == Damage(bytes=places[10][1] - places[10][0], frames=1)


def test_a_row_of_zeros_costs_one_record() -> None:
    payloads = records(100)
    log = bytearray(wblog.framed(payloads))
    start, end, _ = wblog.extents(bytes(log))[10]
    log[start:end] = bytes(end - start)
    assert read(bytes(log))[0] == payloads[:10] + payloads[11:]


def test_noise_that_looks_like_frames_takes_no_time() -> None:
    noise = wblog.HEADER + bytes([1]) * 20 * BLOCK
    begin = time.process_time()
    assert read(noise)[0] == []
    assert time.process_time() - begin < 2


def test_zeros_in_the_middle_cost_the_blocks_that_they_touch() -> None:
    payloads = records(300)
    log = bytearray(wblog.framed(payloads))
    places = wblog.extents(bytes(log))
    log[2 * BLOCK : 4 * BLOCK] = bytes(2 * BLOCK)
    expected = [p for (start, end, p) in places if end <= 2 * BLOCK or start >= 4 * BLOCK]
    found, damage = read(bytes(log))
    assert found == expected
    assert damage.bytes >= 2 * BLOCK


def test_a_record_over_blocks_that_lost_a_part_is_dropped_whole() -> None:
    payloads = [b"a" * 10, b"b" * (3 * BLOCK), b"c" * 10]
    log = bytearray(wblog.framed(payloads))
    log[2 * BLOCK + 100] ^= 1
    found, damage = read(bytes(log))
    assert found == [payloads[0], payloads[2]]
    assert damage.bytes > 3 * BLOCK


@pytest.mark.parametrize("keep", [1, 6, 7, 8, 500])
def test_a_cut_record_is_the_tail(keep: int) -> None:
    payloads = [b"a" * 100, b"b" * 1000]
    log = wblog.framed(payloads)
    start = wblog.extents(log)[1][0]
    found, damage = read(log[: start + keep])
    assert found == payloads[:1]
    assert damage == Damage(tail=keep)


def test_reading_may_start_at_any_block() -> None:
    payloads = records(200)
    log = wblog.framed(payloads)
    places = wblog.extents(log)
    damage = Damage()
    found = list(read_frames(io.BytesIO(log), damage, start=3 * BLOCK))
    assert found == [p for start, _, p in places if start >= 3 * BLOCK]


@pytest.mark.parametrize("log", [b"", b":W&B", wblog.HEADER, bytes(100_000), b"text\n" * 20_000], ids=range(5))
def test_nothing_comes_of_foreign_files(log: bytes) -> None:
    assert read(log)[0] == []
