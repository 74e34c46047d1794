"""A power cut: what was written and not synced is there, is not, or is there without what came before it.

A trace of calls is replayed up to a point. Data that were synced since, and names in folders that were synced since,
stand; of all else, each write and each change of a name stands or falls by the toss of a coin.
"""

import os
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from faulty_disk import Spy

__all__ = ["Trace", "after_power_loss"]


class Event(NamedTuple):
    """One call; `node` is the file or folder that it is about, `home` and `name` where a name was changed."""

    what: str  # data, size, sync, link, unlink, move, sure
    node: int = 0
    home: int = 0
    name: str = ""
    old: tuple[int, str] = (0, "")
    offset: int = 0
    data: bytes = b""
    note: Any = None


@dataclass
class Trace(Spy):
    """Remembers every change below a folder, which was there before; `sure` notes what was acknowledged."""

    base: Path
    events: list[Event] = field(default_factory=list)
    nodes: dict[str, int] = field(default_factory=dict)
    before_all: dict[int, Any] = field(default_factory=dict)  # node -> content, or {name: node} of a folder

    def __post_init__(self) -> None:
        for path in (self.base, *sorted(self.base.rglob("*"))):
            node = self.nodes[str(path)] = len(self.nodes) + 1
            self.before_all[node] = {} if path.is_dir() else path.read_bytes()
            if path != self.base:
                self.before_all[self.nodes[str(path.parent)]][path.name] = node

    def sure(self, note: Any) -> None:
        self.events.append(Event("sure", note=note))

    def before(self, operation: str, path: str, detail: Any = None) -> None:
        if operation in ("mkdir", "open") and path not in self.nodes:
            self.nodes[path] = max(self.nodes.values()) + 1
            made = {} if operation == "mkdir" else b""
            self.before_all.setdefault(self.nodes[path], made)
            self.events.append(Event("link", self.nodes[path], *self._place(path)))
        elif operation == "open" and "w" in detail:
            self.events.append(Event("size", self.nodes[path]))
        elif operation == "truncate":
            self.events.append(Event("size", self.nodes[path], offset=int(detail or 0)))
        elif operation == "fsync":
            self.events.append(Event("sync", self.nodes[path]))
        elif operation == "remove" and path in self.nodes:
            self.events.append(Event("unlink", self.nodes.pop(path), *self._place(path)))
        elif operation == "rename" and path in self.nodes:
            self._move(path, str(detail))

    def _move(self, old: str, new: str) -> None:
        moved = {p: n for p, n in self.nodes.items() if p == old or p.startswith(old + os.sep)}
        self.events.append(Event("move", self.nodes[old], *self._place(new), old=self._place(old)))
        for path, node in moved.items():
            del self.nodes[path]
            self.nodes[new + path[len(old) :]] = node

    def written(self, path: str, data: bytes, offset: int) -> int:
        self.events.append(Event("data", self.nodes[path], offset=offset, data=data))
        return len(data)

    def _place(self, path: str) -> tuple[int, str]:
        return self.nodes[str(Path(path).parent)], Path(path).name


def after_power_loss(trace: Trace, at: int, coins: random.Random, folder: Path) -> list[Any]:
    """Lay into `folder` what a cut after `at` events may leave; returns what had been acknowledged by then."""
    past = trace.events[:at]
    synced: dict[int, int] = {event.node: number for number, event in enumerate(past) if event.what == "sync"}
    disk = {node: dict(held) if isinstance(held, dict) else bytearray(held) for node, held in trace.before_all.items()}
    for number, event in enumerate(past):
        safe = synced.get(event.node if event.what in ("data", "size") else event.home, -1) > number
        if event.what in ("sync", "sure") or not (safe or coins.random() < 0.5):
            continue
        _apply(disk, event)
    _lay(disk, trace.nodes[str(trace.base)], folder)
    return [event.note for event in past if event.what == "sure"]


def _apply(disk: dict[int, Any], event: Event) -> None:
    held = disk[event.node]
    if event.what == "data":
        held.extend(b"\0" * (event.offset - len(held)))  # a write before it fell: a hole
        held[event.offset : event.offset + len(event.data)] = event.data
    elif event.what == "size":
        del held[event.offset :]
    elif event.what == "unlink":
        if disk[event.home].get(event.name) == event.node:
            del disk[event.home][event.name]
    else:
        if event.what == "move" and disk[event.old[0]].get(event.old[1]) == event.node:
            del disk[event.old[0]][event.old[1]]
        disk[event.home][event.name] = event.node


def _lay(disk: dict[int, Any], node: int, at: Path) -> None:
    if not isinstance(disk[node], dict):
        at.write_bytes(disk[node])
        return
    at.mkdir()
    for name, child in disk[node].items():
        _lay(disk, child, at / name)
