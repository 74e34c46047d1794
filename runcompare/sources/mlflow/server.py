"""Source `mlflow-server`: an MLflow tracking server, by its REST interface, without MLflow.

    mlflow+http://HOST:PORT/RUN_ID                  one run; mlflow+https likewise
    mlflow+http://HOST:PORT/?experiment=NAME        all runs of an experiment
    http://HOST:PORT/#/experiments/ID/runs/RUN_ID   what the browser shows
    http://HOST:PORT/#/experiments/ID

A path before these is the server's prefix. Where two values of a metric have the same step and time, a server gives the
greater one last, and so it counts.
"""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, urlsplit

from runcompare.errors import RunNotFound, UsageError
from runcompare.records.run import Lost, Run, RunInfo
from runcompare.sources.mlflow.http import DEADLINE_S, Api
from runcompare.sources.mlflow.points import join
from runcompare.sources.mlflow.rest import Server
from runcompare.sources.mlflow.run import Reading, info_of, run_of

__all__ = ["MlflowServer"]

_RUN_ID = re.compile(r"[A-Za-z0-9][\w-]{0,255}", re.ASCII)
_SHOWN = re.compile(r"/experiments/(?P<experiment>\d+)(?:/runs(?:/(?P<run>[A-Za-z0-9][\w-]*))?)?(?:/.*)?", re.ASCII)
_OWN = "mlflow+"
_HOW = "Write mlflow+http://HOST:PORT/RUN_ID or mlflow+http://HOST:PORT/?experiment=NAME."


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a reference names: a run, or an experiment by name or id."""

    base: str
    run: str | None = None
    experiment: str | None = None
    experiment_id: str | None = None


class MlflowServer:
    """Finds and reads a server's runs. `deadline_s` bounds each request with its retries."""

    name = "mlflow-server"

    def __init__(self, deadline_s: float = DEADLINE_S) -> None:
        self.deadline_s = deadline_s

    def claims(self, reference: str) -> bool:
        if reference.startswith((f"{_OWN}http://", f"{_OWN}https://")):
            return True
        try:
            return _shown(reference) is not None
        except UsageError:  # ours, but with a password
            return True

    def find(self, reference: str) -> list[RunInfo]:
        asked = _asked(reference)
        server = Server(Api(asked.base, self.deadline_s))
        if asked.run:
            records = [server.record(server.run(asked.run))]
        else:
            number = asked.experiment_id or server.experiment_id(str(asked.experiment))
            every = (server.record(run) for run in server.runs(number))
            records = [record for record in every if not record.deleted]
        if not records:
            raise RunNotFound(f"{asked.base} has no run in that experiment.")
        return [info_of(record, self.name, f"{_OWN}{asked.base}/{record.id}") for record in records]

    def read(self, location: str) -> Run:
        asked = _asked(location)
        if not asked.run:
            raise UsageError("An experiment is no run.", hint=_HOW)
        server = Server(Api(asked.base, self.deadline_s))
        run = server.run(asked.run)
        series, odd = server.histories(run)
        notes = [f"{odd} values that the server gave are no numbers: left out."] if odd else []
        return run_of(server.record(run), Reading(join(series), Lost(odd), notes), self.name, location)


def _shown(reference: str) -> _Asked | None:
    """What a URL of the browser's names; None if it is another URL."""
    try:
        parts = urlsplit(reference)
        match = _SHOWN.fullmatch(parts.fragment.partition("?")[0])
        if parts.scheme not in ("http", "https") or match is None or not parts.hostname:
            return None
        return _Asked(_base(parts, parts.path), match["run"], None, match["experiment"])
    except ValueError:
        return None


def _asked(reference: str) -> _Asked:
    """Raises UsageError, which doesn't repeat the reference: a password may be in it."""
    if found := _shown(reference):
        return found
    try:
        parts = urlsplit(reference.removeprefix(_OWN))
        name = parse_qs(parts.query).get("experiment", [""])[0]
        prefix, _, run_id = parts.path.rstrip("/").rpartition("/")
        if parts.hostname and name:
            return _Asked(_base(parts, parts.path), experiment=name)
        if parts.hostname and _RUN_ID.fullmatch(run_id):
            return _Asked(_base(parts, prefix), run_id)
    except ValueError:
        pass
    raise UsageError("This names no run or experiment of an MLflow server.", hint=_HOW)


def _base(parts: SplitResult, path: str) -> str:
    if "@" in parts.netloc:
        raise UsageError(
            "A password in a URL would be shown and kept.",
            hint="Put it in MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN.",
        )
    if parts.port == 0:  # a port that is no number raises ValueError by itself
        raise ValueError
    return f"{parts.scheme}://{parts.netloc}{path.rstrip('/')}"
