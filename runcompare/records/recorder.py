"""The durable run record: how a training loop of any kind hands us a run.

The file is `record.jsonl`: one entry a line, `CRC32 JSON\\n`, the checksum (8 hex digits, zlib) taken over
the JSON bytes. Entries are only ever appended and handed to the operating system at once, so a `kill -9`
loses nothing that was logged; `sync` also survives a power cut. Non-finite numbers are the JSON literals NaN
and Infinity that Python's json reads back.

    entry     fields
    run       format, id, name, group, project, tags, config, hardware, git, time
    attempt   time                                    (each time a process opens the record)
    row       step, time, values
    stage     name, event ("start" or "end"), time
    summary   values, time
    samples   name, values                            (one value a test sample)
    end       state ("finished", "failed" or "interrupted"), time
"""

import json
import os
import secrets
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

__all__ = ["RECORD_NAME", "Recorder", "decode_line", "encode_line", "new_run_id"]

RECORD_NAME = "record.jsonl"
FORMAT = 1
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


def new_run_id() -> str:
    """Eight random letters and digits, as W&B makes them."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(8))


def encode_line(entry: Mapping[str, Any]) -> bytes:
    """One record line. Raises TypeError for values that JSON can't hold."""
    body = json.dumps(entry, separators=(",", ":"), default=_plain).encode()
    return b"%08x %s\n" % (zlib.crc32(body), body)


def decode_line(line: bytes) -> dict[str, Any] | None:
    """The entry of one line, or None if the line is damaged."""
    head, _, body = line.rstrip(b"\n").partition(b" ")
    try:
        if len(head) != 8 or int(head, 16) != zlib.crc32(body):
            return None
        entry = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None


def _plain(value: Any) -> Any:
    """numpy and torch scalars, arrays and paths as JSON values."""
    for method in ("tolist", "item"):
        if hasattr(value, method):
            return getattr(value, method)()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"a run record can't hold {type(value).__name__}: {value!r}")


class Recorder:
    """Writes one run's durable record into `folder` (made if need be).

    >>> with Recorder("runs/try1", config={"lr": 1e-3, "seed": 0}) as record:
    ...     record.log({"train/loss": 0.5}, step=1)
    ...     record.summary({"eval/nrmse": 0.09})

    Opening a folder that already holds a record goes on with it: the same run, one more attempt.
    Leaving the block writes how it ended: finished, failed (an exception) or interrupted (Ctrl-C).
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        id: str | None = None,
        name: str | None = None,
        group: str | None = None,
        project: str | None = None,
        tags: Sequence[str] = (),
        config: Mapping[str, Any] | None = None,
        hardware: Mapping[str, Any] | None = None,
        git: Mapping[str, Any] | None = None,
    ) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.path = self.folder / RECORD_NAME
        previous = _first_entry(self.path)
        self.id: str = previous["id"] if previous else (id or new_run_id())
        self._mend_torn_tail()
        self._file = open(self.path, "ab", buffering=0)  # noqa: SIM115, PTH123 (held for the run's life)
        self._step = _last_step(self.path)
        if not previous:
            header = {
                "format": FORMAT,
                "id": self.id,
                "name": name or self.id,
                "group": group,
                "project": project,
            }
            more = {"tags": list(tags), "config": dict(config or {}), "hardware": dict(hardware or {})}
            self._append({"type": "run", **header, **more, "git": dict(git or {})})
        self._append({"type": "attempt"})
        self.sync()

    def log(self, values: Mapping[str, Any], step: int | None = None) -> None:
        """Append one history row; `step` counts up by itself when left out."""
        self._step = self._step + 1 if step is None else step
        self._append({"type": "row", "step": self._step, "values": dict(values)})

    def summary(self, values: Mapping[str, Any]) -> None:
        """Set final figures; a key set twice keeps its last value."""
        self._append({"type": "summary", "values": dict(values)})
        self.sync()

    def samples(self, name: str, values: Sequence[float]) -> None:
        """One value a test sample of metric `name`, in test-set order."""
        self._append({"type": "samples", "name": name, "values": values})
        self.sync()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Mark the time that a stage takes. An exception leaves the stage without an end."""
        self._append({"type": "stage", "name": name, "event": "start"})
        yield
        self._append({"type": "stage", "name": name, "event": "end"})
        self.sync()

    def sync(self) -> None:
        """Force everything logged so far onto the disk; call it at each epoch."""
        os.fsync(self._file.fileno())

    def close(self, state: str = "finished") -> None:
        """Write how the run ended. Closing twice does nothing."""
        if self._file.closed:
            return
        self._append({"type": "end", "state": state})
        self.sync()
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close("finished")
        else:
            self.close("interrupted" if issubclass(kind, KeyboardInterrupt) else "failed")

    def _append(self, entry: dict[str, Any]) -> None:
        line = memoryview(encode_line({**entry, "time": time.time()}))
        while line:  # an unbuffered write may be short
            line = line[self._file.write(line) :]

    def _mend_torn_tail(self) -> None:
        """A power cut can leave half a line; end it, so that the next entry starts its own."""
        if self.path.exists() and self.path.stat().st_size:
            with self.path.open("rb+") as file:
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":
                    file.write(b"\n")


def _last_step(path: Path, tail: int = 65_536) -> int:
    """The step of the last row, so that counting goes on from there; -1 if there is none near the end."""
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - tail))
        rows = [e["step"] for e in map(decode_line, file) if e and e.get("type") == "row"]
    return int(rows[-1]) if rows else -1


def _first_entry(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    with path.open("rb") as file:
        return next((e for e in map(decode_line, file) if e and e.get("type") == "run"), None)
