"""Trainings in processes of their own that are killed: at a write, or at a step that the child signals.

Both are counted, so that a kill comes however fast or slow the machine is.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

MICRO: dict[str, Any] = {
    "name": "micro",
    "data": {"train": 12, "val": 4, "test": 4, "points": 32, "frames": 4},
    "latent": {"dim": 4, "tokens": 8},
    "operator": {"width": 8, "blocks": 1},
    "training": {"batch_size": 8, "windows": 4, "rollout_horizon": 2, "lambda_rollout": 0.1},
    "stages": {
        "autoencoder": {"epochs": 2},
        "operator": {"epochs": 2, "optimizer": {"name": "muon"}},
        "diff_residual": {"epochs": 2},
        "consistency_distill": {"epochs": 2, "optimizer": {"name": "adam"}},
    },
    "ttc": {"candidates": 3, "beam_width": 2, "horizon": 2},
}
CONTEXT = multiprocessing.get_context("forkserver")
# what a training imports as it starts, most of its time otherwise
CONTEXT.set_forkserver_preload(["runcompare.engine.pipeline", "torch._dynamo", "safetensors.torch"])


def start(target: Callable[..., Any], *args: Any) -> Any:
    process = CONTEXT.Process(target=target, args=args)
    process.start()
    return process


def train_micro(folder: Path, overrides: dict[str, Any] | None = None) -> None:
    from runcompare.engine.config.read import parse_config
    from runcompare.engine.pipeline import train

    with Path(os.devnull).open("w") as quiet:
        os.dup2(quiet.fileno(), 2)
    train(parse_config(MICRO, overrides), folder, run_id="micro", use_wandb=False)


def count_points(folder: Path, writes: Any, steps: Any) -> None:
    """Train to the end, and count the write points and steps that there are to be killed at."""

    def count(total: Any) -> Callable[[int], None]:
        def note(number: int) -> None:
            total.value = number + 1

        return note

    _hook_writes(count(writes))
    _hook_steps(count(steps))
    train_micro(folder)


def train_until_write(folder: Path, at: int) -> None:
    """Die at the write point number `at`; a line of the record may be half written then."""

    def die(number: int) -> None:
        if number == at:
            os.kill(os.getpid(), signal.SIGKILL)

    _hook_writes(die)
    train_micro(folder)


def kill_at_step(folder: Path, at: int, before: Callable[[], None] = lambda: None) -> bool:
    """Train until the step number `at`, then kill from outside while it goes on, after a call of `before`.

    False if the training had ended before the kill came.
    """
    reader, writer = CONTEXT.Pipe(duplex=False)
    process = start(_train_and_signal, folder, at, writer)
    writer.close()
    wait([reader, process.sentinel])
    before()
    process.kill()
    process.join()
    reader.close()
    assert process.exitcode in (0, -signal.SIGKILL), f"a training failed by itself: {process.exitcode}"
    return bool(process.exitcode)


def _train_and_signal(folder: Path, at: int, reached: Connection) -> None:
    def signal_it(number: int) -> None:
        if number == at:
            reached.send_bytes(b"reached")

    _hook_steps(signal_it)
    train_micro(folder)


def _hook_steps(point: Callable[[int], None]) -> None:
    """Call `point` whenever states are encoded: in training, validation, the gate's fit and evaluation."""
    from runcompare.engine.network.simulator import Autoencoder

    encode, seen = Autoencoder.encode, 0

    def hooked(self: Autoencoder, u: Any) -> Any:
        nonlocal seen
        point(seen)
        seen += 1
        return encode(self, u)

    Autoencoder.encode = hooked  # type: ignore[method-assign]


def _hook_writes(point: Callable[[int], None]) -> None:
    """Call `point` before, within and after everything that changes what is on the disk."""
    from runcompare.records.recorder import Recorder, encode_line

    seen = 0

    def reached() -> None:
        nonlocal seen
        point(seen)
        seen += 1

    fsync, replace, append = os.fsync, Path.replace, Recorder._append

    def hooked_fsync(handle: int) -> None:
        reached()
        fsync(handle)

    def hooked_replace(self: Path, target: Path) -> Path:
        reached()
        moved = replace(self, target)
        reached()
        return moved

    def hooked_append(self: Recorder, entry: dict[str, Any]) -> None:
        line = encode_line({**entry, "time": 0.0})
        end = self.path.stat().st_size
        self._file.write(line[: len(line) // 2])
        reached()
        os.truncate(self.path, end)
        append(self, entry)

    os.fsync, Path.replace, Recorder._append = hooked_fsync, hooked_replace, hooked_append  # type: ignore[assignment]
