"""The process that talks to W&B through its own client: `python -m runcompare.sources.wandb.cloud.worker FOLDER`.

The client hides errors, prints, and may hang in a process of its own, so it lives in one that can be killed. It reads
`request.json` and leaves `runs.json` (a listing), or `run.json`, Parquet files below `exports/` and `tail.jsonl`, each
as soon as it is known; then `done.json`, with the error if there was one. The key comes by WANDB_API_KEY alone.
"""

import json
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from runcompare.records.atomic import write_whole

__all__ = ["main"]

PAGE = 10_000  # steps a request
ALL = 1_000_000_000
_FIELDS = (
    *("name", "displayName", "state", "group", "tags", "createdAt", "heartbeatAt", "notes", "commit", "jobType"),
    "sweepName",
)


def main(folder: Path) -> None:
    """Answer the request in the folder, and leave there what came of it."""
    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    try:
        (_list if request["do"] == "find" else _read)(folder, request)
        error = None
    except Exception as failure:  # whatever the client raises is reported, and judged by who asked
        error = {"kind": type(failure).__name__, "text": " ".join(str(failure).split())[:500]}
    _write(folder / "done.json", {"error": error})


def _api(request: dict[str, Any]) -> Any:
    import wandb

    return wandb.Api(timeout=request["timeout"])


def _list(folder: Path, request: dict[str, Any]) -> None:
    api = _api(request)
    path = f"{request['entity']}/{request['project']}"
    if request.get("id"):
        runs = [api.run(f"{path}/{request['id']}")]
    else:
        runs = list(api.runs(path, filters=request["filters"], lazy=False, per_page=100))
    _write(folder / "runs.json", [_described(run) for run in runs])


def _read(folder: Path, request: dict[str, Any]) -> None:
    run = _api(request).run(f"{request['entity']}/{request['project']}/{request['id']}")
    _write(folder / "run.json", _described(run))
    try:
        rows = _bulk_and_tail(run, folder, request["min_step"])
        if request["min_step"] == 0 and rows < (run._attrs.get("historyLineCount") or 0):
            raise EOFError("rows are missing")
    except Exception:  # an export that is gone or damaged takes the scan down with it
        _all_at_once(run, folder, request["min_step"])
    _write(folder / "system.json", run._full_history(samples=ALL, stream="system"))
    _write(folder / "metadata.json", run.metadata)
    _write(folder / "sweep.json", _sweep_metric(run))  # last, since it matters least


def _bulk_and_tail(run: Any, folder: Path, start: int) -> int:
    """The server's exports, then a scan of what they have not; how many rows came."""
    import polars as pl

    rows, exports = 0, folder / "exports"
    if start == 0:
        exports.mkdir()
        run.download_history_exports(exports, require_complete_history=False)
        for path in exports.rglob("*.parquet"):
            steps = pl.read_parquet(path, columns=["_step"])["_step"]
            rows, start = rows + len(steps), max(start, int(steps.max() or 0) + 1)  # type: ignore[arg-type]
    # the scan takes the exports anew, so it is worth it only if there is more
    live = run.scan_history(min_step=start, page_size=PAGE, use_cache=False) if run.lastHistoryStep >= start else ()
    return rows + _tail(folder, live)


def _all_at_once(run: Any, folder: Path, start: int) -> None:
    shutil.rmtree(folder / "exports", ignore_errors=True)
    _tail(folder, (row for row in run._full_history(samples=ALL) if row.get("_step", start) >= start))


def _tail(folder: Path, rows: Iterable[dict[str, Any]]) -> int:
    count = 0
    with (folder / "tail.jsonl").open("w", encoding="utf-8", buffering=1) as file:  # a line is kept once it is whole
        for row in rows:
            file.write(json.dumps(row) + "\n")
            count += 1
    return count


def _described(run: Any) -> dict[str, Any]:
    attributes = {field: run._attrs.get(field) for field in _FIELDS}
    summary = run.summary_metrics
    return {
        **attributes,
        "id": run.id,
        "entity": run.entity,
        "project": run.project,
        "config": dict(run.config),
        "defined": {"_wandb": {"m": _own_part(run).get("m")}},
        "summary": dict(summary) if summary else {},
        "lines": run._attrs.get("historyLineCount"),
    }


def _own_part(run: Any) -> dict[str, Any]:
    """W&B's own part of the config, which `config` leaves out."""
    own = run.rawconfig.get("_wandb")
    own = own.get("value", own) if isinstance(own, dict) else {}
    return own if isinstance(own, dict) else {}


def _sweep_metric(run: Any) -> Any:
    """What the run's sweep says of its metric: name and goal."""
    try:
        return run.sweep.config.get("metric") if run.sweep_name else None
    except Exception:  # a sweep that is gone takes no run with it
        return None


def _write(path: Path, what: Any) -> None:
    write_whole(path, json.dumps(what, default=str))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
