"""Source `lm-eval`: `results_*.json` of the LM Evaluation Harness.

The keys are `TASK/METRIC`, with the filter behind the metric where it is not `none` (`gsm8k/exact_match,strict-match`);
standard errors are `..._stderr`. `higher_is_better` declares directions, `config` and the few-shot counts are the
config. A location is the file's path.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from runcompare.errors import UnreadableRun
from runcompare.records.run import DeclaredMetric, Run, RunInfo, find_seed
from runcompare.sources.kit.assemble import Draft, assemble
from runcompare.sources.kit.json_file import is_number, read_object
from runcompare.sources.kit.keys import made_id

__all__ = ["LmEval"]

_NAME = re.compile(r"results(_.+)?\.json")
_NEEDED = ("results", "configs", "versions")


class LmEval:
    """Finds and reads the harness's results."""

    name = "lm-eval"

    def accepts(self, path: Path) -> bool:
        return _NAME.fullmatch(path.name) is not None

    def scan(self, path: Path) -> Iterator[RunInfo]:
        """Nothing for another program's results."""
        found = read_object(path)
        if _is_harness(found):
            yield _info(path, found)

    def read(self, location: str) -> Run:
        found = read_object(Path(location))
        if not _is_harness(found):
            raise UnreadableRun(f"{location} holds no results of the harness.")
        seconds = _float(found.get("total_evaluation_time_seconds"))
        draft = Draft(
            _info(Path(location), found),
            config=_config(found),
            summary=dict(_figures(found["results"])),
            runtime_s=seconds,
            declared=tuple(_declared(found)),
            metadata={"git_commit": found.get("git_hash"), "model": found.get("model_name")},
        )
        return assemble(draft)


def _is_harness(found: Mapping[str, Any]) -> bool:
    return all(isinstance(found.get(name), Mapping) for name in _NEEDED)


def _info(path: Path, found: Mapping[str, Any]) -> RunInfo:
    """Called as the model, which names the folder too."""
    model = found.get("model_name") or path.absolute().parent.name
    date = _float(found.get("date"))
    return RunInfo(
        id=made_id(str(model), repr((date, sorted(found["results"]))).encode()),
        name=str(model),
        source=LmEval.name,
        location=str(path),
        state="finished",
        started_at=date,
        seed=find_seed(_config(found)),
    )


def _config(found: Mapping[str, Any]) -> dict[str, Any]:
    stated = found.get("config")
    config = dict(stated) if isinstance(stated, Mapping) else {}
    shots = found.get("n-shot")
    return {**config, **({"n_shot": dict(shots)} if isinstance(shots, Mapping) else {})}


def _float(value: Any) -> float | None:
    """A number, also one written as text."""
    try:
        return None if value is None or isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None


def _figures(results: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for task, values in results.items():
        for key, value in values.items() if isinstance(values, Mapping) else ():
            if is_number(value):
                yield f"{task}/{_metric(key)}", value


def _metric(key: str) -> str:
    return key.removesuffix(",none")


def _declared(found: Mapping[str, Any]) -> Iterator[DeclaredMetric]:
    stated = found.get("higher_is_better")
    ways = stated if isinstance(stated, Mapping) else {}
    for key, _ in _figures(found["results"]):
        task, _, metric = key.rpartition("/")
        way = ways.get(task, {}).get(metric.partition(",")[0]) if isinstance(ways.get(task), Mapping) else None
        if isinstance(way, bool):
            yield DeclaredMetric(key, "max" if way else "min", source="the harness's higher_is_better")
