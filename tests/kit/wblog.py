"""Write and take apart `.wandb` logs independently of the reader, with W&B's own protobuf messages."""

import json
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from wandb.proto import wandb_internal_pb2 as pb

BLOCK = 32_768
HEADER = b":W&B" + bytes([0xE1, 0xBE, 0x00])


def framed(payloads: Iterable[bytes]) -> bytes:
    """A log that holds these records."""
    return b"".join(frames(payloads))


def frames(payloads: Iterable[bytes]) -> Iterator[bytes]:
    """The same piece by piece."""
    yield HEADER
    size = len(HEADER)
    for payload in payloads:
        frame = _frames(payload, size)
        yield frame
        size += len(frame)


def _frames(payload: bytes, offset: int) -> bytes:
    out = bytearray()
    first = True
    while True:
        left = BLOCK - (offset + len(out)) % BLOCK
        if left < 7:
            out += bytes(left)
            continue
        part, payload = payload[: left - 7], payload[left - 7 :]
        kind = (1 if first else 4) if not payload else (2 if first else 3)
        body = bytes([kind]) + part
        out += struct.pack("<IH", zlib.crc32(body), len(part)) + body
        first = False
        if not payload:
            return bytes(out)


def extents(log: bytes) -> list[tuple[int, int, bytes]]:
    """(start, end, payload) of each record of an undamaged log."""
    found, offset, parts, start = [], 7, [], 0
    while offset + 7 <= len(log):
        if BLOCK - offset % BLOCK < 7:
            offset += BLOCK - offset % BLOCK
            continue
        _, size, kind = struct.unpack_from("<IHB", log, offset)
        if kind in (1, 2):
            parts, start = [], offset
        parts.append(log[offset + 7 : offset + 7 + size])
        offset += 7 + size
        if kind in (1, 4):
            found.append((start, offset, b"".join(parts)))
    return found


def run_record(num: int, run_id: str = "run1", start: int = 1_000, **more: Any) -> bytes:
    record = pb.Record(num=num)
    record.run.run_id = run_id
    record.run.start_time.seconds = start
    for key, value in more.pop("config", {}).items():
        item = record.run.config.update.add()
        item.key, item.value_json = key, json.dumps(value)
    for key, value in more.items():
        setattr(record.run, key, value)
    return bytes(record.SerializeToString())


def history(num: int, row: dict[str, Any], **more: Any) -> bytes:
    record = pb.Record(num=num)
    for key, value in row.items():
        item = record.history.item.add()
        item.nested_key.extend(key if isinstance(key, tuple) else [key])
        item.value_json = value if isinstance(value, str) else json.dumps(value)
    record.history.step.num = int(row.get("_step", 0)) if not isinstance(row.get("_step"), str) else 0
    return bytes(record.SerializeToString())


def summary(num: int, row: dict[str, Any]) -> bytes:
    record = pb.Record(num=num)
    for key, value in row.items():
        item = record.summary.update.add()
        item.nested_key.extend(key if isinstance(key, tuple) else [key])
        item.value_json = json.dumps(value)
    return bytes(record.SerializeToString())


def exit_record(num: int, code: int = 0, runtime: int = 0) -> bytes:
    return bytes(pb.Record(num=num, exit=pb.RunExitRecord(exit_code=code, runtime=runtime)).SerializeToString())


def axes(step: int) -> dict[str, Any]:
    return {"_step": step, "_timestamp": 1_000.5 + step, "_runtime": 0.5 + step}


def simple_log(rows: Sequence[dict[str, Any]], run_id: str = "run1", start: int = 1_000, **more: Any) -> list[bytes]:
    """Records of a finished run: for each row its summary, then the row, as W&B writes them."""
    records = [run_record(1, run_id, start, **more)]
    for step, row in enumerate(rows):
        whole = {**axes(step), **row}
        records.append(summary(len(records) + 1, whole))
        records.append(history(len(records) + 1, whole))
    return [*records, exit_record(len(records) + 1, runtime=len(rows))]
