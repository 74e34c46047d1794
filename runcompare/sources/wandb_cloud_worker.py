"""The process that talks to W&B through its own client: `python -m runcompare.sources.wandb_cloud_worker FOLDER`.

The client hides errors, prints, and may hang in a process of its own, so it lives in one that can be killed. It reads
`request.json` and leaves `runs.json` (a listing), or `run.json`, Parquet files below `exports/` and `tail.jsonl`, each
as soon as it is known; then `done.json`, with the error if there was one. The key comes by WANDB_API_KEY alone.
"""

import json
import sys
from pathlib import Path
from typing import Any

__all__ = ["main"]

PAGE = 10_000  # steps a request
ALL = 1_000_000_000
_FIELDS = ("name", "displayName", "state", "group", "tags", "createdAt", "heartbeatAt", "notes", "commit", "jobType")


def main(folder: Path) -> None:
    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    try:
        (_list if request["do"] == "find" else _read)(folder, request)
        error = None
    except Exception as failure:  # whatever the client raises is told, and judged by who asked
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
    _write(folder / "runs.json", [_said(run) for run in runs])


def _read(folder: Path, request: dict[str, Any]) -> None:
    run = _api(request).run(f"{request['entity']}/{request['project']}/{request['id']}")
    _write(folder / "run.json", {**_said(run), "metadata": run.metadata})
    start = request["min_step"]
    if start == 0:
        _exports(run, folder / "exports")
        start = _after(folder / "exports")
    with (folder / "tail.jsonl").open("w", encoding="utf-8") as file:
        # the scan takes the exports anew, so it is worth it only if there is more
        live = run.scan_history(min_step=start, page_size=PAGE, use_cache=False) if run.lastHistoryStep >= start else ()
        for row in live:
            file.write(json.dumps(row) + "\n")
    _write(folder / "system.json", run._full_history(samples=ALL, stream="system"))


def _exports(run: Any, target: Path) -> None:
    """The bulk of the history as the server has exported it; what it has not comes by the scan."""
    target.mkdir()
    try:
        run.download_history_exports(target, require_complete_history=False)
    except Exception:  # an older server has none
        for part in target.rglob("*"):
            if part.is_file():
                part.unlink()


def _after(exports: Path) -> int:
    """The first step that no export holds."""
    import polars as pl

    last = -1
    for path in sorted(exports.rglob("*.parquet")):
        steps = pl.scan_parquet(path).select(pl.col("_step").max()).collect()["_step"]
        last = max(last, int(steps[0])) if steps[0] is not None else last
    return last + 1


def _said(run: Any) -> dict[str, Any]:
    attributes = {field: run._attrs.get(field) for field in _FIELDS}
    summary = run.summary_metrics
    return {
        **attributes,
        "id": run.id,
        "entity": run.entity,
        "project": run.project,
        "config": dict(run.config),
        "summary": dict(summary) if summary else {},
        "lines": run._attrs.get("historyLineCount"),
    }


def _write(path: Path, what: Any) -> None:
    beside = path.with_name(f".{path.name}")
    beside.write_text(json.dumps(what, default=str), encoding="utf-8")
    beside.replace(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
