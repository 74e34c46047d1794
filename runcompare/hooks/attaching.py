"""The report goes back to where the run is: to its tracker, where that allows it."""

from collections.abc import Iterator

from runcompare.errors import RuncompareError
from runcompare.hooks.harmless import reason
from runcompare.hooks.job import Job
from runcompare.hooks.judging import Judged

__all__ = ["attach"]


def attach(job: Job, judged: Judged) -> Iterator[str]:
    """Attach, and say in a line each what was done. What fails is said as well: the files beside the run are there."""
    if job.attach == "nowhere":
        return
    try:
        if job.place.kind == "mlflow":
            from runcompare.hooks.to_mlflow import to_mlflow

            yield to_mlflow(job, judged)
        elif job.place.kind == "wandb" and job.place.online:
            from runcompare.hooks.to_wandb import to_wandb

            yield to_wandb(job, judged)
        if job.attach == "wandb-report":
            from runcompare.hooks.wandb_report import from_hook

            yield from_hook(job, judged)
    except RuncompareError as error:
        yield f"not attached: {error}"
    except Exception as error:
        yield f"not attached: {reason(error)}"
