"""What a tracking server answers about runs, experiments and metrics, as our records of them."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from runcompare.errors import RunNotFound, ServerFailed
from runcompare.sources.mlflow.http import Api
from runcompare.sources.mlflow.points import HUGE, Series
from runcompare.sources.mlflow.run import PARENT_TAG, Record

__all__ = ["Histories", "Server"]

Json = Mapping[str, Any]
_POINTS, _RUNS = 25_000, 1_000  # of one page
_MOST_PAGES = 10_000
_AT_ONCE = 8


class Histories(NamedTuple):
    """All metrics' values by key, and how many values were no numbers."""

    by_key: dict[str, Series]
    odd: int


class _OneHistory(NamedTuple):
    series: Series
    odd: int


class Server:
    """What we ask a server for. The methods raise what `Api` does."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self._projects: dict[str, str | None] = {}
        self._parents: dict[str, str | None] = {}

    def run(self, run_id: str) -> Json:
        return _mapping(self.api.get("runs/get", run_id=run_id).get("run"))

    def record(self, run: Json) -> Record:
        info, data, inputs = (_mapping(run.get(part)) for part in ("info", "data", "inputs"))
        run_id = info.get("run_id") or info.get("run_uuid")
        if not isinstance(run_id, str):
            raise ServerFailed(f"{self.api.base} gave a run without an id.", hint="Is it an MLflow server?")
        record = Record(
            id=run_id,
            name=_word(info.get("run_name")),
            experiment=self._project(str(info.get("experiment_id", ""))),
            status=_word(info.get("status")),
            started=_whole(info.get("start_time")),
            ended=_whole(info.get("end_time")),
            params=_texts(data.get("params")),
            tags=_texts(data.get("tags")),
            inputs=sum(len(some) for some in inputs.values() if isinstance(some, list)),
            deleted=info.get("lifecycle_stage") == "deleted",
        )
        times = [t for m in _entries(data.get("metrics")) if (t := _whole(m.get("timestamp"))) is not None]
        record.last = max(times, default=None)
        if parent := record.tags.get(PARENT_TAG):
            record.parent = self._run_name(parent)
        return record

    def experiment_id(self, name: str) -> str:
        answer = self.api.get("experiments/get-by-name", experiment_name=name)
        return str(_mapping(answer.get("experiment")).get("experiment_id", ""))

    def runs(self, experiment: str) -> Iterator[Json]:
        body = {"experiment_ids": [experiment], "max_results": _RUNS}
        for page in self._pages(lambda token: self.api.post("runs/search", body | token)):
            yield from _entries(page.get("runs"))

    def histories(self, run: Json) -> Histories:
        """All metrics of a run, several asked for at a time."""
        run_id = str(_mapping(run.get("info")).get("run_id"))
        keys = [str(m["key"]) for m in _entries(_mapping(run.get("data")).get("metrics")) if "key" in m]
        pool = ThreadPoolExecutor(_AT_ONCE)
        try:
            read = list(pool.map(lambda key: self._history(run_id, key), keys))
        finally:
            pool.shutdown(cancel_futures=True)
        series = {key: some.series for key, some in zip(keys, read, strict=True) if some.series.times}
        return Histories(series, sum(some.odd for some in read))

    def _history(self, run_id: str, key: str) -> _OneHistory:
        series, odd = Series([], [], []), 0
        ask: dict[str, str | int] = {"run_id": run_id, "metric_key": key, "max_results": _POINTS}
        for page in self._pages(lambda token: self.api.get("metrics/get-history", **(ask | token))):
            points = page.get("metrics")
            for point in map(_mapping, points if isinstance(points, list) else []):
                time, value, step = _whole(point.get("timestamp")), _value(point), _whole(point.get("step", 0))
                if time is None or value is None or step is None:
                    odd += 1
                    continue
                series.times.append(time)
                series.values.append(value)
                series.steps.append(step)
        return _OneHistory(series, odd)

    def _pages(self, ask: Callable[[dict[str, str]], Json]) -> Iterator[Json]:
        token, seen = "", set[str]()
        while True:
            page = ask({"page_token": token} if token else {})
            yield page
            token = str(page.get("next_page_token") or "")
            if not token:
                return
            if token in seen or len(seen) > _MOST_PAGES:
                raise ServerFailed(f"{self.api.base} goes round in circles: it gives pages without end.")
            seen.add(token)

    def _project(self, number: str) -> str | None:
        if number not in self._projects:
            answer = self.api.get("experiments/get", experiment_id=number)
            self._projects[number] = _word(_mapping(answer.get("experiment")).get("name"))
        return self._projects[number]

    def _run_name(self, run_id: str) -> str | None:
        if run_id not in self._parents:
            try:
                self._parents[run_id] = _word(_mapping(self.run(run_id).get("info")).get("run_name"))
            except (RunNotFound, ServerFailed):  # the parent was deleted for good, or its id is none
                self._parents[run_id] = None
        return self._parents[run_id]


def _mapping(value: Any) -> Json:
    return value if isinstance(value, Mapping) else {}


def _entries(value: Any) -> list[Json]:
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def _texts(value: Any) -> dict[str, str]:
    return {str(entry["key"]): str(entry.get("value", "")) for entry in _entries(value) if "key" in entry}


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _whole(value: Any) -> int | None:
    """A 64-bit whole number, which JSON may hold as a text."""
    try:
        number = int(value) if isinstance(value, int | str) else None
    except ValueError:
        return None
    return number if number is not None and abs(number) < 2**63 else None


def _value(point: Json) -> float | None:
    try:
        number = float(point["value"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return number if abs(number) < HUGE or number != number else number * float("inf")
