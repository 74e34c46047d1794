"""TensorBoard's events decoded: scalars by tag, hyperparameters, and a count of what is neither.

Most events of a run are one scalar each, in one fixed order of fields: numpy takes those apart, thousands at a time. A
protobuf parser gets the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from runcompare.sources.kit.points import Points
from runcompare.sources.kit.protobuf import messages

__all__ = ["Events", "decode"]

_SCHEMA = {
    "Event": {
        "wall_time": (1, "double"),
        "step": (2, "int64"),
        "summary": (5, "Summary"),
        "session_log": (7, "Session"),
    },
    "Session": {"status": (1, "int32")},
    "Summary": {"value": (1, "*Value")},
    "Value": {
        "tag": (1, "bytes"),
        "simple_value": (2, "float"),
        "image": (4, "bytes"),
        "histo": (5, "bytes"),
        "audio": (6, "bytes"),
        "tensor": (8, "Tensor"),
        "metadata": (9, "Metadata"),
    },
    "Metadata": {"plugin_data": (1, "PluginData")},
    "PluginData": {"plugin_name": (1, "bytes"), "content": (2, "bytes")},
    "Tensor": {
        "dtype": (1, "int32"),
        "tensor_content": (4, "bytes"),
        "half_val": (13, "*int32"),
        "float_val": (5, "*float"),
        "double_val": (6, "*double"),
        "int_val": (7, "*int32"),
        "int64_val": (10, "*int64"),
        "bool_val": (11, "*bool"),
        "uint32_val": (16, "*uint32"),
        "uint64_val": (17, "*uint64"),
    },
    "HParams": {"session_start_info": (3, "Start"), "session_end_info": (4, "End")},
    "Start": {"hparams": (1, "*Entry"), "group_name": (4, "bytes")},
    "Entry": {"key": (1, "bytes"), "value": (2, "Any")},
    "Any": {"number_value": (2, "double"), "string_value": (3, "bytes"), "bool_value": (4, "bool")},
    "End": {"status": (1, "int32")},
}
# TensorFlow's dtype: numpy's, and the field of single values
_DTYPES = {
    1: ("<f4", "float_val"),
    2: ("<f8", "double_val"),
    3: ("<i4", "int_val"),
    9: ("<i8", "int64_val"),
    10: ("?", "bool_val"),
    22: ("<u4", "uint32_val"),
    23: ("<u8", "uint64_val"),
}
_HALF, _BFLOAT = 19, 14
_SHORTEST, _LONGEST, _VARINT = 20, 128, 9  # bytes of a plain scalar, and of a step that is not negative
_STATES = {1: "finished", 2: "failed"}
_SESSION_START = 1


@dataclass(slots=True)
class Events:
    """What a file holds.

    Attributes:
        purged_from: the step from which on a restarted writer declared void what was logged before; None if none did.
        first, last: Unix seconds.
        media: how many values are no scalars.
        odd: how many records are no events.
    """

    points: dict[str, Points] = field(default_factory=dict)
    hparams: dict[str, Any] = field(default_factory=dict)
    state: str | None = None
    purged_from: int | None = None
    first: float | None = None
    last: float | None = None
    media: int = 0
    odd: int = 0


class _Start(NamedTuple):
    """A session's start: it voids what earlier records hold of its step and later ones, as TensorBoard has it."""

    place: int
    step: int


@dataclass(slots=True)
class _Columns:
    """One tag's points as they were found: chunks of (record number, step, time, value)."""

    chunks: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[Any]]] = field(
        default_factory=list
    )


def decode(records: Sequence[bytes]) -> Events:
    """The events in the records; a record that can't be decoded is counted and left out."""
    events, found, starts = Events(), dict[bytes, _Columns](), list[_Start]()
    classes = _classes()
    for number in _plain_scalars(records, found):
        try:
            event = classes["Event"].FromString(records[number])
            _any_event(event, number, events, found)
            if event.session_log.status == _SESSION_START:
                starts.append(_Start(number, event.step))
        except Exception:  # protobuf's DecodeError, which has no common base over its back ends
            events.odd += 1
    events.points = {tag.decode("utf-8", "backslashreplace"): _points(c, starts) for tag, c in found.items()}
    events.purged_from = min((start.step for start in starts), default=None)
    for points in events.points.values():
        _extend(events, points.time)
    return events


def _extend(events: Events, times: NDArray[np.float64]) -> None:
    times = times[np.isfinite(times) & (times > 0)]
    if len(times):
        low, high = float(times.min()), float(times.max())
        events.first = low if events.first is None else min(events.first, low)
        events.last = high if events.last is None else max(events.last, high)


def _plain_scalars(records: Sequence[bytes], found: dict[bytes, _Columns]) -> list[int]:
    """Take apart the records that are one float under a tag, many at a time; returns the numbers of the others.

    Such a record is wall_time, step (left out where it is 0), summary { value { tag, simple_value } } with lengths of
    one byte; records of one length are the rows of a matrix of bytes.
    """
    lengths = np.fromiter(map(len, records), np.int64, len(records))
    taken = np.zeros(len(records), bool)
    for length in np.unique(lengths):
        numbers = np.flatnonzero(lengths == length)
        if not _SHORTEST <= length < _LONGEST:
            continue
        table = np.frombuffer(b"".join([records[i] for i in numbers.tolist()]), np.uint8).reshape(len(numbers), length)
        for width in range(_VARINT + 1):
            rows = _fitting(table, width)
            if rows.any():
                _take(table[rows], numbers[rows], width, found)
                taken[numbers[rows]] = True
    return [int(i) for i in np.flatnonzero(~taken)]


def _fitting(table: NDArray[np.uint8], width: int) -> NDArray[np.bool_]:
    """The rows of that structure whose step takes `width` bytes, 0 for none."""
    length = table.shape[1]
    at = 9 + (width + 1 if width else 0)  # where the summary begins
    if at + 6 + 5 >= length:  # no room for a tag
        return np.zeros(len(table), bool)
    fits: NDArray[np.bool_] = (
        (table[:, 0] == 0x09) & (table[:, at] == 0x2A) & (table[:, at + 2] == 0x0A) & (table[:, at + 4] == 0x0A)
    )
    fits &= (table[:, -5] == 0x15) & (table[:, at + 1] == length - at - 2) & (table[:, at + 3] == length - at - 4)
    fits &= table[:, at + 5] == length - at - 11
    if width:
        fits &= (table[:, 9] == 0x10) & (table[:, 9 + width] < 0x80) & (table[:, 10 : 9 + width] >= 0x80).all(1)
    return fits


def _take(table: NDArray[np.uint8], numbers: NDArray[np.int64], width: int, found: dict[bytes, _Columns]) -> None:
    at = 9 + (width + 1 if width else 0)
    times = np.ascontiguousarray(table[:, 1:9]).view("<f8").ravel().astype(np.float64)
    with np.errstate(invalid="ignore"):  # a signalling NaN is a NaN
        values = np.ascontiguousarray(table[:, -4:]).view("<f4").ravel().astype(np.float64)
    digits = (table[:, 10 : 10 + width] & 0x7F).astype(np.uint64) << (7 * np.arange(width, dtype=np.uint64))
    steps = digits.sum(1, dtype=np.uint64).view(np.int64)
    tags = np.ascontiguousarray(table[:, at + 6 : -5])
    names, which = np.unique(tags.view(f"V{tags.shape[1]}").ravel(), return_inverse=True)
    for i, name in enumerate(names):
        mine = which == i
        chunk = (numbers[mine], steps[mine], times[mine], values[mine])
        found.setdefault(name.tobytes(), _Columns()).chunks.append(chunk)


def _classes() -> Mapping[str, Any]:
    return messages("tensorboard", _SCHEMA)


def _any_event(event: Any, place: int, events: Events, found: dict[bytes, _Columns]) -> None:
    """File a decoded event that is the record of number `place`."""
    _extend(events, np.array([event.wall_time]))
    for value in event.summary.value:
        if value.metadata.plugin_data.plugin_name == b"hparams":
            _hparams(value.metadata.plugin_data.content, events)
            continue
        number = value.simple_value if value.HasField("simple_value") else _scalar(value.tensor)
        if number is None:
            events.media += 1
            continue
        chunk = (np.array([place]), np.array([event.step]), np.array([event.wall_time]), np.array([number]))
        found.setdefault(value.tag, _Columns()).chunks.append(chunk)


def _scalar(tensor: Any) -> float | int | None:
    """The only number of a tensor, None if it holds something else."""
    if tensor.dtype == _HALF:
        return _single([float(np.uint16(v).view(np.float16)) for v in tensor.half_val], tensor.tensor_content, "<f2")
    if tensor.dtype == _BFLOAT:
        content = tensor.tensor_content if len(tensor.tensor_content) == 2 else b""
        halves = [*tensor.half_val, *([int.from_bytes(content, "little")] if content else [])]
        return float(np.uint32(halves[0] << 16).view(np.float32)) if len(halves) == 1 else None
    kind = _DTYPES.get(tensor.dtype)
    return _single(getattr(tensor, kind[1]), tensor.tensor_content, kind[0]) if kind else None


def _single(values: Sequence[Any], content: bytes, dtype: str) -> float | int | None:
    if len(values) == 1:
        number = values[0]
    elif content and len(content) == np.dtype(dtype).itemsize:
        number = np.frombuffer(content, dtype)[0].item()
    else:
        return None
    return int(number) if isinstance(number, bool) else number


def _hparams(content: bytes, events: Events) -> None:
    message = _classes()["HParams"].FromString(content)
    for entry in message.session_start_info.hparams:
        value = entry.value
        if value.HasField("number_value"):
            number = value.number_value
            # every number was made a float on the way; a whole one was a whole number
            setting: Any = int(number) if number.is_integer() and abs(number) < 2**53 else number
        elif value.HasField("bool_value"):
            setting = bool(value.bool_value)
        else:
            setting = value.string_value.decode("utf-8", "backslashreplace")
        events.hparams[entry.key.decode("utf-8", "backslashreplace")] = setting
    if message.HasField("session_end_info"):
        events.state = _STATES.get(message.session_end_info.status)


def _points(columns: _Columns, starts: Sequence[_Start]) -> Points:
    """In the order of the records; whole numbers stay whole if all are."""
    if len(columns.chunks) == 1 and not starts:
        _, step, time, value = columns.chunks[0]
        return Points(step, time, value)
    place, step, time, value = (np.concatenate(parts) for parts in zip(*columns.chunks, strict=True))
    order = np.argsort(place, kind="stable")
    for start in starts:
        order = order[(place[order] > start.place) | (step[order] < start.step)]
    return Points(step[order], time[order], value[order])
