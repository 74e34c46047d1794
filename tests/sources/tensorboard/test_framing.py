"""Records read past damage."""

import io
import random
import struct

import pytest
from event_files import event_file, read
from event_records import read_records

from runcompare.sources.tensorboard import framing


def frames(body):
    """Where each record begins, by the lengths alone."""
    starts, at = [], 0
    while at < len(body):
        starts.append(at)
        at += 16 + struct.unpack_from("<Q", body, at)[0]
    return starts


@pytest.mark.parametrize("seed", range(12))
def test_bit_flips_lose_exactly_the_records_that_they_hit(run, seed):
    body = bytearray(event_file(run).read_bytes())
    starts, draw = frames(bytes(body)), random.Random(seed)
    hit = set()
    for _ in range(draw.randint(1, 5)):
        number = draw.randrange(1, len(starts) - 1)
        inside = draw.randrange(starts[number + 1] - starts[number])
        body[starts[number] + inside] ^= 1 << draw.randrange(8)
        # with a wrong checksum of the length, and a right one of the data, the record is there
        hit |= {number} if not 8 <= inside < 12 else set()
    intact = [n for n in range(len(starts)) if n not in hit]
    whole = read_records(event_file(run).read_bytes()).records
    found = read_records(bytes(body))
    records, damage = found.records, found.damage
    assert records == [whole[n] for n in intact]
    assert min(1, len(hit)) <= damage.records <= len(hit)
    assert damage.bytes == sum(starts[n + 1] - starts[n] for n in hit)


@pytest.mark.parametrize("cut", [1, 5, 12, 30])
def test_a_torn_end_is_reported_and_is_no_damage(run, cut):
    path = event_file(run)
    path.write_bytes(path.read_bytes()[:-cut])
    found = read(run)
    assert found.lost.records == 0
    assert len(found.history) == 200
    assert any("ends inside of a record" in w for w in found.warnings)
    assert found.history.frame["lr"].null_count() == 1


def test_zeros_in_the_middle_are_got_over(run):
    path = event_file(run)
    body = bytearray(path.read_bytes())
    body[3000:5000] = bytes(2000)
    path.write_bytes(body)
    found = read(run)
    assert found.lost.records == 1
    assert 2000 <= found.lost.bytes < 2200
    assert len(found.history) > 150


@pytest.mark.parametrize("piece", [1, 40, 64, 1000])
def test_a_file_is_read_alike_in_pieces_of_any_size(run, piece, monkeypatch):
    body = bytearray(event_file(run).read_bytes())
    for at in (500, 2100, 2200, 7000):
        body[at] ^= 16
    whole = read_records(bytes(body))
    monkeypatch.setattr(framing, "_PIECE", piece)
    found = list(framing.read_pieces(io.BytesIO(bytes(body))))
    assert [record for some in found for record in some.records] == whole.records
    assert sum(some.damage.bytes for some in found) == whole.damage.bytes > 0
    for some in found:
        (again, *none) = framing.read_pieces(io.BytesIO(bytes(body)), some.begin, some.end)
        assert [*again.records, *(record for more in none for record in more.records)] == some.records
