"""A run that the Recorder wrote, and its reading."""

from pathlib import Path

from runcompare import Recorder
from runcompare.records.run import Run
from runcompare.sources.recorder.source import RecorderFiles


def read(path: Path) -> Run:
    path = path / "record.jsonl" if path.is_dir() else path
    (info,) = RecorderFiles().scan(path)
    run = RecorderFiles().read(info.location)
    assert run.info == info
    return run


def record(folder: Path, rows: int = 5, **more: object) -> Path:
    settings = {"config": {"seed": 3, "lr": 0.1}, "group": "g", "name": "one", "tags": ["a"], "project": "p", **more}
    with Recorder(folder, **settings) as log:  # type: ignore[arg-type]
        with log.stage("operator"):
            for i in range(rows):
                log.log({"loss": 1 / (i + 1), "epoch": i}, step=i)
        log.summary({"eval/nrmse": 0.1})
        log.summary({"eval/nrmse": float("nan"), "word": "x"})
        log.samples("eval/nrmse", [0.1, float("inf")])
    return folder
