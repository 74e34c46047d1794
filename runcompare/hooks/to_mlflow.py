"""The report as artifacts and tags of its MLflow run."""

from runcompare.hooks.job import Job
from runcompare.hooks.judging import Judged

__all__ = ["FOLDER", "to_mlflow"]

FOLDER = "runcompare"
_LONGEST = 5000  # characters of a tag's value


def to_mlflow(job: Job, judged: Judged) -> str:
    """Log the files below `runcompare/` and tag the run with verdict, baseline and headline.

    Raises what MLflow's client raises.
    """
    from mlflow import MlflowClient

    client, run = MlflowClient(job.place.online["uri"]), job.place.online["id"]
    for path in judged.files:
        below = FOLDER if path.parent == judged.outputs.log.parent else f"{FOLDER}/{path.parent.name}"
        client.log_artifact(run, str(path), below)
    tags = {"verdict": judged.comparison.verdict, "baseline": job.baseline, "headline": judged.headline}
    for name, text in tags.items():
        client.set_tag(run, f"runcompare.{name}", text[:_LONGEST])
    return f"attached to MLflow run {run}: {len(judged.files)} artifacts in {FOLDER}/ and the tags runcompare.*"
