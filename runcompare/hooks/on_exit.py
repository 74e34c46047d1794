"""`with report_on_exit("runs/x", baseline="prod"):` around a training loop of any kind."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from runcompare.hooks.start import Hook, after_run

__all__ = ["report_on_exit"]


@contextmanager
def report_on_exit(run_place: object, *, baseline: Any, **options: Any) -> Iterator[Hook]:
    """Report on the run that is trained within the block, once it has ended, however it does.

    What the block raises passes on as it is. The options are those of `after_run`.

    >>> with runcompare.Recorder("runs/x") as record, report_on_exit("runs/x", baseline="prod"):
    ...     record.log({"val/loss": 0.5})
    """
    hook = after_run(run_place, baseline=baseline, **options)
    try:
        yield hook
    except (KeyboardInterrupt, GeneratorExit):
        hook.end("interrupted")
        raise
    except SystemExit as stop:
        hook.end("failed" if stop.code else "finished")
        raise
    except BaseException:
        hook.end("failed")
        raise
    hook.end()
