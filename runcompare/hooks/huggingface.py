"""A callback for the Trainer of transformers, and for what takes its callbacks (TRL, setfit).

trainer = Trainer(..., callbacks=[runcompare.hooks.huggingface.ReportCallback(baseline="prod")])
"""

import json
import os
import time
from pathlib import Path
from typing import Any

from transformers.trainer_callback import TrainerCallback

from runcompare.hooks.harmless import harmless
from runcompare.hooks.start import Hook, after_run
from runcompare.records.atomic import write_whole
from runcompare.records.redact import redact
from runcompare.sources.huggingface.source import STATE_FILE

__all__ = ["ReportCallback"]

ARGUMENTS = "training_args.json"
_PAUSE_S, _SHARE = 1.0, 0.1  # between two states on the way: a second, or a tenth of the time so far
_BUDGET_S = 0.4  # for all of them


class ReportCallback(TrainerCallback):  # type: ignore[misc]
    """Reports on the training once it has ended.

    Into `output_dir` go the arguments, the seed among them, by which replicates are known, and the trainer's state at
    the training's end. On the way it is kept with each checkpoint, and more and more rarely between them, as long as
    that has taken less than 0.4 seconds in all.

    Args:
        baseline: A reference to what the run is compared with.
        options: Those of `runcompare.hooks.after_run`.
    """

    def __init__(self, baseline: str | os.PathLike[str] | None, **options: Any) -> None:
        self._baseline, self._options = baseline, options
        self._hook = Hook()
        self._began_at, self._saved_at, self._spent = time.monotonic(), 0.0, 0.0

    @harmless(lambda: None)
    def on_train_begin(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        if not state.is_world_process_zero:
            return
        self._began_at = time.monotonic()
        folder = Path(args.output_dir)
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / ARGUMENTS, json.dumps(redact(args.to_dict()), indent=2, default=str))
        self._hook = after_run(folder, baseline=self._baseline, **self._options)

    @harmless(lambda: None)
    def on_log(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        now = time.monotonic()
        if state.is_world_process_zero and now - self._saved_at > max(_PAUSE_S, _SHARE * (now - self._began_at)):
            self._keep(args, state)

    @harmless(lambda: None)
    def on_save(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        if not state.is_world_process_zero:
            return
        if self._spent < _BUDGET_S:
            self._keep(args, state)
        else:  # it would hide the checkpoint's own, which is newer
            (Path(args.output_dir) / STATE_FILE).unlink(missing_ok=True)

    @harmless(lambda: None)
    def on_train_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        if state.is_world_process_zero:
            _save(args, state)
            self._hook.end()

    def _keep(self, args: Any, state: Any) -> None:
        if self._spent < _BUDGET_S:
            started = time.monotonic()
            _save(args, state)
            self._saved_at = time.monotonic()
            self._spent += self._saved_at - started


def _save(args: Any, state: Any) -> None:
    """The state as Trainer itself saves it, but whole or not at all."""
    beside = Path(args.output_dir) / f".tmp-{os.getpid()}-{STATE_FILE}"
    state.save_to_json(str(beside))
    beside.replace(Path(args.output_dir) / STATE_FILE)
