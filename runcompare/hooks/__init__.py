"""Reports by themselves, after every run: two lines of a training's code.

    runcompare.hooks.watch(wandb.run, baseline="prod")
    with runcompare.hooks.report_on_exit("runs/x", baseline="prod"): ...
    runcompare.hooks.lightning.ReportCallback(baseline="prod")        also of .huggingface and .keras

A hook starts one process that stands apart from the training: it waits until the run's files are whole, compares,
writes the report beside the run, and attaches it where the run's tracker allows. It starts as the training does, so
that a training that is killed gets its report too. The training pays for the start of that process and nothing else;
whatever goes wrong is told in one line.

Names load when they are used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runcompare.hooks.on_exit import report_on_exit as report_on_exit
    from runcompare.hooks.start import Hook as Hook
    from runcompare.hooks.start import after_run as after_run
    from runcompare.hooks.watching import watch as watch

_HOME = {
    "Hook": "runcompare.hooks.start",
    "after_run": "runcompare.hooks.start",
    "report_on_exit": "runcompare.hooks.on_exit",
    "watch": "runcompare.hooks.watching",
}
_MODULES = ("huggingface", "keras", "lightning", "wandb_report")

__all__ = ["Hook", "after_run", "report_on_exit", "watch"]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    if name in _MODULES:
        return import_module(f"runcompare.hooks.{name}")
    raise AttributeError(f"module 'runcompare.hooks' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
