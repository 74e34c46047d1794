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
    samples   name, values, keys                      (one value a test sample; keys, if given: what they are called)
    end       state ("finished", "failed" or "interrupted"), time
"""

import json
import os
import secrets
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from runcompare.errors import DataError
from runcompare.records.atomic import make_folder, sync_folder
from runcompare.records.redact import redact

__all__ = ["RECORD_NAME", "Recorder", "decode_line", "encode_line", "end_state", "logged_rows", "new_run_id"]

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

    What looks like a secret is written as `(redacted)`, wherever it stands.

    Args:
        folder: Where the record goes.
        id: The run's id, by default eight random letters and digits; a folder's record keeps the one it has.
        name: What a reader calls the run, by default its id.
        group: Runs that differ by seed only have one group.
        project: The project whose history of noise the run belongs to.
        tags: Words to find the run by.
        config: The settings, nested as they are.
        hardware: `accelerator`, `accelerator_count`, `cpu`, `cpu_count`, `world_size`, as far as known.
        git: `commit` and the like.

    Raises:
        DataError: By any method, if the record can't be written.
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
        self.path = self.folder / RECORD_NAME
        self._torn = False
        with self._writing():
            is_new = not self.path.exists()
            make_folder(self.folder)
            previous = _first_entry(self.path)
            self.id: str = previous["id"] if previous else (id or new_run_id())
            self._mend_torn_tail()
            self._file = open(self.path, "ab", buffering=0)  # noqa: SIM115, PTH123 (held for the run's life)
            self.last_step = max((row.step for row in logged_rows(self.path)), default=-1)
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
        if is_new:
            with self._writing():
                sync_folder(self.folder)

    def log(self, values: Mapping[str, Any], step: int | None = None) -> None:
        """Append one history row of `values`; `step` counts up by itself when left out.

        Raises TypeError for a value that JSON can't hold.
        """
        self.last_step = self.last_step + 1 if step is None else step
        self._append({"type": "row", "step": self.last_step, "values": dict(values)})

    def summary(self, values: Mapping[str, Any]) -> None:
        """Set final values; a key set twice keeps its last one."""
        self._append({"type": "summary", "values": dict(values)})
        self.sync()

    def samples(self, name: str, values: Sequence[float], keys: Sequence[object] = ()) -> None:
        """Set one value for each test sample of metric `name`; shape (n_samples,).

        Args:
            name: the metric, which is their mean.
            values: in the test set's order.
            keys: what the samples are called, for values in another order; as many as values.
        """
        called = {"keys": [str(key) for key in keys]} if len(keys) else {}
        self._append({"type": "samples", "name": name, "values": values, **called})
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
        with self._writing():
            os.fsync(self._file.fileno())

    def close(self, state: str = "finished") -> None:
        """Write how the run ended. Closing twice does nothing."""
        if self._file.closed:
            return
        self._append({"type": "end", "state": state})
        self.sync()
        with self._writing():
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close("finished")
            return
        with suppress(DataError):  # what went wrong first is what the user must hear
            self.close("interrupted" if issubclass(kind, KeyboardInterrupt) else "failed")

    def _append(self, entry: dict[str, Any]) -> None:
        line = encode_line({**redact(entry), "time": time.time()})
        with self._writing():
            left = memoryview(b"\n" + line if self._torn and self._ends_torn() else line)
            self._torn = True  # until all of it is written: a disk may be full, or Ctrl-C come
            while left:  # an unbuffered write may be short
                left = left[self._file.write(left) or 0 :]
            self._torn = False

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise DataError(
                f"The record {self.path} can't be written: {error.strerror}.", hint="Check space and rights."
            ) from None

    def _ends_torn(self) -> bool:
        """Whether a write that failed has left half a line, to which the next one would be glued."""
        size = self.path.stat().st_size
        with self.path.open("rb") as file:
            file.seek(max(0, size - 1))
            return file.read(1) not in (b"", b"\n")

    def _mend_torn_tail(self) -> None:
        """A power cut can leave a last line without its end: end it if it is whole, else drop it.

        What was not written whole was never logged.
        """
        if not self.path.exists():
            return
        with self.path.open("rb+") as file:
            tail = b""
            for line in file:
                tail = line
            if tail and not tail.endswith(b"\n"):
                if decode_line(tail) is None:
                    file.truncate(file.tell() - len(tail))
                else:
                    file.write(b"\n")


class LoggedRow(NamedTuple):
    """One row of a record."""

    step: int
    values: dict[str, Any]


def logged_rows(path: Path) -> Iterator[LoggedRow]:
    """The rows in a record, in the order written. Raises OSError."""
    with path.open("rb") as file:
        for line in file:
            if (entry := decode_line(line)) and entry.get("type") == "row":
                yield LoggedRow(int(entry["step"]), entry["values"])


def end_state(path: Path) -> str | None:
    """How the run in a record ended; None while it goes on, or if it was killed. Raises OSError."""
    state = None
    with path.open("rb") as file:
        for line in file:
            if (entry := decode_line(line)) and entry.get("type") in ("attempt", "end"):
                state = entry.get("state")
    return state


def _first_entry(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    with path.open("rb") as file:
        return next((e for e in map(decode_line, file) if e and e.get("type") == "run"), None)
