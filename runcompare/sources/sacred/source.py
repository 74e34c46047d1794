"""Source `sacred`: the folders of Sacred's FileStorageObserver, `run.json` beside `config.json` and `metrics.json`.

What `log_scalar` logged are the curves; the result that the main function returned is a final value, `result`. A run is
called `EXPERIMENT-NUMBER`. A location is the folder.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runcompare.errors import UnreadableRun
from runcompare.records.config import flatten
from runcompare.records.run import Attempt, Hardware, Run, RunInfo, State, find_seed
from runcompare.sources.kit.assemble import Draft, assemble
from runcompare.sources.kit.json_file import is_number, read_object
from runcompare.sources.kit.keys import made_id
from runcompare.sources.kit.points import Points, points, rows_of_curves
from runcompare.sources.kit.yaml_file import settings_beside

__all__ = ["Sacred"]

RECORD, CONFIG, METRICS = "run.json", "config.json", "metrics.json"
_ALIVE_S = 120.0  # the observer's heartbeat comes every 10 s
_STATES: dict[str, State] = {
    "COMPLETED": "finished",
    "INTERRUPTED": "interrupted",
    "TIMEOUT": "interrupted",
    "FAILED": "failed",
}


class Sacred:
    """Finds and reads Sacred's runs."""

    name = "sacred"

    def accepts(self, path: Path) -> bool:
        return path.name == RECORD and (path.parent / CONFIG).is_file()

    def scan(self, path: Path) -> Iterator[RunInfo]:
        """Nothing for another program's `run.json`."""
        record = read_object(path)
        if isinstance(record.get("experiment"), Mapping) and "status" in record:
            yield _info(path.parent, record)

    def read(self, location: str) -> Run:
        folder = Path(location)
        record, settings = read_object(folder / RECORD), settings_beside(folder / CONFIG)
        logged = read_object(folder / METRICS) if (folder / METRICS).is_file() else {}
        frame, warnings = rows_of_curves({key: _points(entry) for key, entry in logged.items()})
        start, end = _seconds(record.get("start_time")), _seconds(record.get("stop_time") or record.get("heartbeat"))
        draft = Draft(
            _info(folder, record),
            config=settings.values,
            more_summary=_result(record.get("result")),
            history=frame,
            hardware=_hardware(record.get("host")),
            attempts=() if start is None else (Attempt(start, end),),
            metadata={"command": record.get("command")},
            warnings=(*warnings, *settings.warnings),
        )
        return assemble(draft)


def _info(folder: Path, record: Mapping[str, Any]) -> RunInfo:
    experiment = str(record.get("experiment", {}).get("name") or folder.absolute().parent.name)
    name = f"{experiment}-{folder.absolute().name}"
    start = record.get("start_time")
    return RunInfo(
        id=made_id(name, str(start).encode()),
        name=name,
        source=Sacred.name,
        location=str(folder),
        project=experiment,
        state=_state(record),
        started_at=_seconds(start),
        seed=find_seed(settings_beside(folder / CONFIG).values),
    )


def _state(record: Mapping[str, Any]) -> State:
    """A run that was killed states that it is running; its heartbeat tells otherwise."""
    status = str(record.get("status"))
    if status != "RUNNING":
        return _STATES.get(status, "unknown")
    beat = _seconds(record.get("heartbeat"))
    alive = beat is not None and datetime.now(UTC).timestamp() - beat < _ALIVE_S
    return "running" if alive else "interrupted"


def _seconds(text: Any) -> float | None:
    """Unix seconds of a time as Sacred writes it, in UTC."""
    try:
        return datetime.fromisoformat(str(text)).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _points(entry: Any) -> Points:
    """Raises UnreadableRun for what is no series of Sacred's."""
    fields = entry if isinstance(entry, Mapping) else {}
    steps, values, times = (fields.get(name) for name in ("steps", "values", "timestamps"))
    if not isinstance(steps, list) or not isinstance(values, list) or len(steps) != len(values):
        raise UnreadableRun(f"{METRICS} holds a series without steps or values.")
    kept = [i for i, value in enumerate(values) if is_number(value) and is_number(steps[i])]
    clock = times if isinstance(times, list) and len(times) == len(steps) else [None] * len(steps)
    seconds = [_seconds(clock[i]) for i in kept]
    unknown = float("nan")
    return points([steps[i] for i in kept], [values[i] for i in kept], [unknown if s is None else s for s in seconds])


def _result(result: Any) -> dict[str, Any]:
    if is_number(result):
        return {"result": result}
    flat = dict(flatten(result)) if isinstance(result, Mapping) else {}
    return {f"result/{key}": value for key, value in flat.items() if is_number(value)}


def _hardware(host: Any) -> Hardware:
    fields = host if isinstance(host, Mapping) else {}
    cards = fields.get("gpus")
    listed = cards.get("gpus") if isinstance(cards, Mapping) else None
    models = [str(card.get("model")) for card in listed or () if isinstance(card, Mapping)]
    cpu = fields.get("cpu")
    return Hardware(models[0] if models else None, len(models), cpu if isinstance(cpu, str) else None)
