"""A callback for Lightning's Trainer, under both names of the package.

trainer = Trainer(..., callbacks=[runcompare.hooks.lightning.ReportCallback(baseline="prod")])
"""

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from runcompare.hooks.harmless import harmless
from runcompare.hooks.start import Hook, after_run
from runcompare.records.recorder import Recorder
from runcompare.references.live import is_live, place_of

__all__ = ["ReportCallback"]


def _callback() -> Any:
    """The base class of the package that the training uses."""
    names = ("lightning.pytorch", "pytorch_lightning")
    for name in sorted(names, key=lambda name: name not in sys.modules):
        try:
            return import_module(name).Callback
        except ImportError:
            continue
    raise ImportError("Neither lightning nor pytorch_lightning is installed.")


class ReportCallback(_callback()):  # type: ignore[misc]
    """Reports on the training once it has ended, by what its first logger wrote that can be read.

    A training without such a logger is recorded below the trainer's `default_root_dir`, in `runcompare/`: the metrics
    that it logs by epoch, its hyperparameters and the seed of `seed_everything`.

    Args:
        baseline: A reference to what the run is compared with.
        options: Those of `runcompare.hooks.after_run`.
    """

    def __init__(self, baseline: str | os.PathLike[str] | None, **options: Any) -> None:
        super().__init__()
        self._baseline, self._options = baseline, options
        self._hook = Hook()
        self._record: Recorder | None = None

    @harmless(lambda: None)
    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        if not trainer.is_global_zero:
            return
        run = _logged(trainer)
        if run is None:
            run = self._record = _recorder(trainer, pl_module)
        self._hook = after_run(run, baseline=self._baseline, **self._options)

    @harmless(lambda: None)
    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        self._log(trainer)

    @harmless(lambda: None)
    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        if not trainer.sanity_checking:
            self._log(trainer)

    @harmless(lambda: None)
    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        self._end("interrupted" if isinstance(exception, KeyboardInterrupt) else "failed")

    @harmless(lambda: None)
    def teardown(self, trainer: Any, pl_module: Any, stage: str) -> None:
        """Lightning's last call, also after an error; its loggers write the rest of their rows before or after."""
        if stage == "fit":
            self._end("finished")

    def _log(self, trainer: Any) -> None:
        if self._record is not None:
            values = {key: float(value) for key, value in trainer.callback_metrics.items()}
            self._record.log({**values, "epoch": trainer.current_epoch}, step=trainer.global_step)

    def _end(self, state: Any) -> None:
        if self._record is not None:
            self._record.close(state)
        self._hook.end(state)


def _logged(trainer: Any) -> Any:
    """The first logger whose runs can be read."""
    for logger in trainer.loggers:
        try:
            if is_live(logger) and place_of(logger):
                return logger
        except Exception:  # noqa: S112 (another one may do)
            continue
    return None


def _recorder(trainer: Any, module: Any) -> Recorder:
    seed = os.environ.get("PL_GLOBAL_SEED")
    config = {**dict(module.hparams), **({"seed": int(seed)} if seed else {})}
    config |= {"max_epochs": trainer.max_epochs, "max_steps": trainer.max_steps}
    return Recorder(_free(Path(trainer.default_root_dir) / "runcompare"), config=config, name=type(module).__name__)


def _free(above: Path) -> Path:
    """The first folder `version_N` that is not there."""
    return next(path for number in range(1_000_000) if not (path := above / f"version_{number}").exists())
