"""W&B logs made of records, written and read."""

from pathlib import Path
from typing import Any

import wblog

from runcompare.records.run import Run
from runcompare.sources.wandb.source import WandbOffline


def write(folder: Path, records: list[bytes], name: str = "run-run1.wandb") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(wblog.framed(records))
    return folder / name


def read(path: Path) -> Run:
    (info,) = WandbOffline().scan(path)
    return WandbOffline().read(info.location)


def read_records(tmp_path: Path, records: list[bytes]) -> Run:
    return read(write(tmp_path, records))


def rows(count: int = 20) -> list[dict[str, Any]]:
    return [{"loss": 1 / (i + 1), "n": i} for i in range(count)]
