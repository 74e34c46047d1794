"""A callback for Keras 3, with any backend.

model.fit(..., callbacks=[runcompare.hooks.keras.ReportCallback("runs/x", baseline="prod")])
"""

import os
from collections.abc import Mapping
from typing import Any

from keras.callbacks import Callback

from runcompare.hooks.harmless import harmless
from runcompare.hooks.start import Hook, after_run
from runcompare.records.recorder import Recorder

__all__ = ["ReportCallback"]


class ReportCallback(Callback):  # type: ignore[misc]
    """Records the training, since Keras keeps no log of its own, and reports on it once it has ended.

    Args:
        folder: Where the record goes; a folder that holds one already goes on with it.
        baseline: A reference to what the run is compared with.
        config: Settings of the run, the seed among them, that Keras does not know. Those of the optimizer, the batches
            and epochs are recorded as well.
        name, group: What the run and the group of its replicates are called.
        options: Those of `runcompare.hooks.after_run`.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        baseline: str | os.PathLike[str] | None,
        config: Mapping[str, Any] | None = None,
        name: str | None = None,
        group: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        self._folder, self._baseline, self._options = folder, baseline, options
        self._name, self._group = name, group
        self._config = dict(config or {})
        self._hook = Hook()
        self._record: Recorder | None = None

    @harmless(lambda: None)
    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        config = {**_settings(self.model, self.params), **self._config}
        self._record = Recorder(self._folder, config=config, name=self._name, group=self._group)
        self._hook = after_run(self._record, baseline=self._baseline, **self._options)

    @harmless(lambda: None)
    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        if self._record is not None:
            values = {key: float(value) for key, value in (logs or {}).items()}
            self._record.log({**values, "epoch": epoch}, step=epoch)

    @harmless(lambda: None)
    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        if self._record is not None:
            self._record.close()
        self._hook.end()


def _settings(model: Any, params: Mapping[str, Any] | None) -> dict[str, Any]:
    """What Keras knows of the training, as plain data."""
    told: dict[str, Any] = {key: value for key, value in (params or {}).items() if isinstance(value, int | float | str)}
    told.pop("verbose", None)
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None:
        plain = {k: _number(v) for k, v in optimizer.get_config().items()}
        told["optimizer"] = {k: v for k, v in plain.items() if isinstance(v, int | float | str | bool)}
    return {**told, "parameters": int(model.count_params()), "loss": _word(model.loss)}


def _number(value: Any) -> Any:
    """Settings such as a learning rate may be numpy's."""
    return value.item() if hasattr(value, "item") else value


def _word(loss: Any) -> str:
    return loss if isinstance(loss, str) else getattr(loss, "name", None) or type(loss).__name__
