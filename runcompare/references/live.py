"""Where does a run that is still going on lie? From a tracker's own object, or a path, to a reference.

Objects are told apart by the package of their class and what they publish, so that no tracker is imported here.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from runcompare.errors import UsageError
from runcompare.records.recorder import RECORD_NAME

__all__ = ["BESIDE", "RunPlace", "is_live", "place_of"]

Kind = Literal["wandb", "mlflow", "files", "served"]
BESIDE = "runcompare-reports"  # the folder of reports on runs that have none of their own
_PACKAGES = ("wandb", "mlflow", "lightning", "pytorch_lightning", "transformers", "runcompare")


@dataclass(frozen=True, slots=True)
class RunPlace:
    """A run's place: the `reference` that names it, looked for below `roots` if there are any, and the `folder` where
    what belongs to it is written.

    `online` is what its tracker asks of who wants to add to it; `stem` leads the names of files where a folder may hold
    several runs.
    """

    reference: str
    folder: str
    kind: Kind = "files"
    roots: tuple[str, ...] = ()
    online: Mapping[str, str] = field(default_factory=dict)
    stem: str = ""


def is_live(run: object) -> bool:
    """Whether this is an object of a tracker or trainer, which `place_of` may know."""
    return not isinstance(run, str | os.PathLike) and type(run).__module__.split(".")[0] in _PACKAGES


def place_of(run: object) -> RunPlace:
    """The place of a run.

    Args:
        run: A path, there already or not; a `wandb.Run`, online or offline; an MLflow run, or its id after
            `mlflow.start_run()`; a `Recorder`; a logger or trainer of Lightning; a `Trainer` of transformers.

    Raises:
        UsageError: For another object, or a run that is logged nowhere.
    """
    if isinstance(run, str | os.PathLike):
        return _of_path(Path(run))
    package = type(run).__module__.split(".")[0]
    if package == "wandb" and hasattr(run, "dir"):
        return _of_wandb(run)
    if package == "wandb" and isinstance(getattr(run, "path", None), list | tuple):  # of its public API
        path = "/".join(map(str, run.path))  # type: ignore[attr-defined]
        return RunPlace(f"wandb://{path}", str(Path(BESIDE) / Path(path).name), "served")
    if hasattr(getattr(run, "info", None), "run_id") and package == "mlflow":
        return _of_mlflow(str(run.info.run_id), _mlflow_uri(), str(run.info.experiment_id))  # type: ignore[attr-defined]
    if package == "runcompare" and hasattr(run, "folder") and hasattr(run, "path"):
        return _of_path(Path(run.folder))
    found = _of_trainer(run) if package in _PACKAGES else None
    if found is None:
        hint = "Give a path, wandb.run, an MLflow run, a Recorder, or a logger of Lightning."
        raise UsageError(f"{_called(run)} is no run that is known where it lies.", hint=hint)
    return found


def _called(run: object) -> str:
    return "None" if run is None else f"An object of {type(run).__module__}.{type(run).__qualname__}"


def _of_path(path: Path) -> RunPlace:
    if "://" in str(path) or ":/" in str(path):
        raise UsageError(f"{path} is no path of a run.", hint="Give the run's folder or file on this machine.")
    path = Path(os.path.abspath(path.expanduser()))  # noqa: PTH100 (links stay as the user named them)
    logs = [path] if path.suffix == ".wandb" else sorted(path.glob("run-*.wandb")) if path.is_dir() else []
    if len(logs) == 1:
        return RunPlace(str(logs[0]), str(logs[0].parent), "wandb")
    if path.is_dir() or not path.suffix:
        return RunPlace(str(path), str(path))
    return RunPlace(str(path), str(path.parent), stem="" if path.name == RECORD_NAME else f"{path.stem}-")


def _of_wandb(run: Any) -> RunPlace:
    if getattr(run, "disabled", False) or not run.id:
        raise UsageError("This W&B run is disabled: it is logged nowhere.", hint="Start it with mode='offline'.")
    folder = Path(run.dir).parent
    online: dict[str, str] = {}
    if not run.offline:
        online = {"entity": run.entity or "", "project": run.project or "", "id": run.id}
        online["base_url"] = str(getattr(run.settings, "base_url", "") or "")
    return RunPlace(str(folder / f"run-{run.id}.wandb"), str(folder), "wandb", online=online)


def _mlflow_uri() -> str:
    return str(sys.modules["mlflow"].get_tracking_uri())


def _of_mlflow(run_id: str, uri: str, experiment: str) -> RunPlace:
    """A run of MLflow's database, folder of files or server."""
    online = {"uri": uri, "id": run_id}
    parts = urlsplit(uri)
    if parts.scheme in ("http", "https"):
        return RunPlace(f"mlflow+{uri.rstrip('/')}/{run_id}", str(Path.cwd() / BESIDE / run_id), "mlflow", (), online)
    if parts.scheme == "sqlite":
        store = Path(os.path.abspath(unquote(uri.partition(":///")[2])))  # noqa: PTH100
        return RunPlace(f"id:{run_id}", str(store.parent / BESIDE / run_id), "mlflow", (str(store),), online)
    if parts.scheme in ("", "file"):
        store = Path(os.path.abspath(unquote(parts.path)))  # noqa: PTH100
        place = str(store / experiment / run_id)
        return RunPlace(place, str(store.parent / BESIDE / run_id), "mlflow", (str(store),), online)
    raise UsageError(f"MLflow's store {parts.scheme}://... can't be read.", hint="Known are sqlite, files and servers.")


def _of_trainer(run: Any) -> RunPlace | None:
    """A logger of Lightning, a trainer of Lightning by its first logger, a trainer of transformers."""
    for logger in getattr(run, "loggers", ()):
        if (found := _of_trainer(logger)) is not None:
            return found
    own = run.experiment if type(run).__name__ == "WandbLogger" else None
    if own is not None and hasattr(own, "dir"):
        return _of_wandb(own)
    if type(run).__name__ == "MLFlowLogger" and run.run_id:
        return _of_mlflow(str(run.run_id), str(run._tracking_uri), str(run.experiment_id))
    folder = getattr(getattr(run, "args", None), "output_dir", None) or getattr(run, "log_dir", None)
    return _of_path(Path(folder)) if folder and not hasattr(run, "loggers") else None
