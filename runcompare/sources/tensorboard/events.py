"""TensorBoard's events decoded: scalars by tag, hyperparameters, and a count of what is neither.

Most events of a run are one scalar each, which `scalars.py` takes apart; a protobuf parser gets the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from runcompare.sources.kit.points import Points
from runcompare.sources.kit.protobuf import messages
from runcompare.sources.tensorboard.scalars import NEVER, Chunk, Scalars, Start, compacted, plain_scalars

__all__ = ["Decoder", "Events", "Tag"]

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
_STATES = {1: "finished", 2: "failed"}
_SESSION_START = 1


class Tag(NamedTuple):
    """What is known of a tag without its points: how many count, and the lowest step of those."""

    points: int = 0
    first: int = NEVER


@dataclass(slots=True)
class Events:
    """What a file holds besides its points.

    Attributes:
        tags: those of scalars.
        starts: at which records a restarted writer declared void what earlier ones hold of a step and later ones.
        first, last: Unix seconds.
        media: how many values are no scalars.
        odd: how many records are no events.
    """

    tags: dict[str, Tag] = field(default_factory=dict)
    hparams: dict[str, Any] = field(default_factory=dict)
    state: str | None = None
    starts: list[Start] = field(default_factory=list)
    first: float | None = None
    last: float | None = None
    media: int = 0
    odd: int = 0

    @property
    def purged_from(self) -> int | None:
        """The lowest step from which on a writer declared void what was logged before; None if none did."""
        return min((start.step for start in self.starts), default=None)

    def count(self, points: Mapping[str, Points]) -> None:
        """Take note of points that count."""
        for tag, some in points.items():
            known = self.tags.get(tag, Tag())
            first = int(some.step.min(initial=known.first))
            self.tags[tag] = Tag(known.points + len(some.step), first)
            self.extend(some.time)

    def extend(self, times: NDArray[np.float64]) -> None:
        """Take note of when something was logged."""
        times = times[np.isfinite(times) & (times > 0)]
        if len(times):
            low, high = float(times.min()), float(times.max())
            self.first = low if self.first is None else min(self.first, low)
            self.last = high if self.last is None else max(self.last, high)


class Decoder:
    """The events in records that come in pieces; a record that can't be decoded is counted and left out."""

    def __init__(self, records: int = 0) -> None:
        """`records` came before the first piece."""
        self.records = records
        self.events = Events()

    def add(self, records: Sequence[bytes]) -> Scalars:
        """Decode some more; returns the scalars in them."""
        found, classes = Scalars(), _classes()
        for number in plain_scalars(records, self.records, found):
            try:
                event = classes["Event"].FromString(records[number])
                _any_event(event, self.records + number, self.events, found)
                if event.session_log.status == _SESSION_START:
                    self.events.starts.append(Start(self.records + number, event.step))
            except Exception:  # protobuf's DecodeError, which has no common base over its back ends
                self.events.odd += 1
        self.records += len(records)
        return compacted(found)


def _classes() -> Mapping[str, Any]:
    return messages("tensorboard", _SCHEMA)


def _any_event(event: Any, place: int, events: Events, found: Scalars) -> None:
    """File a decoded event that is the record of number `place`."""
    events.extend(np.array([event.wall_time]))
    for value in event.summary.value:
        if value.metadata.plugin_data.plugin_name == b"hparams":
            _hparams(value.metadata.plugin_data.content, events)
            continue
        number = value.simple_value if value.HasField("simple_value") else _scalar(value.tensor)
        if number is None:
            events.media += 1
            continue
        chunk = Chunk(np.array([place]), np.array([event.step]), np.array([event.wall_time]), np.array([number]))
        found.setdefault(value.tag, []).append(chunk)


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
