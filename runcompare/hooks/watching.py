"""`watch(wandb.run, baseline="prod")`: a report once the tracker's run has ended."""

from typing import Any

from runcompare.hooks.start import Hook, after_run

__all__ = ["watch"]


def watch(run: object, *, baseline: Any, **options: Any) -> Hook:
    """Report on a run that a tracker logs, once it has ended: by `wandb.finish()`, by `mlflow.end_run()`, or because
    its process is gone.

    Args:
        run: `wandb.run`, online or offline, or what `mlflow.start_run()` gave; whatever else `after_run` takes.
        baseline: A reference to what it is compared with.
        options: Those of `after_run`.
    """
    return after_run(run, baseline=baseline, **options)
