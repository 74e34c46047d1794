"""The W&B reader on logs made for the purpose: what real runs show too seldom to wait for."""

import os
import random
from pathlib import Path
from typing import Any

import pytest
import wblog

from runcompare.errors import UnreadableRun
from runcompare.sources.wandb.source import WandbOffline


def write(folder: Path, records: list[bytes], name: str = "run-run1.wandb") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(wblog.framed(records))
    return folder / name


def rows(count: int = 20) -> list[dict[str, Any]]:
    return [{"loss": 1 / (i + 1), "n": i} for i in range(count)]


@pytest.mark.parametrize(
    "body",
    [b"", b":W&B", wblog.HEADER, bytes(70_000), random.Random(0).randbytes(70_000), b"{}\n" * 100],
    ids=["empty", "mark", "header", "zeros", "noise", "text"],
)
def test_foreign_files_are_unreadable(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "run-x.wandb"
    path.write_bytes(body)
    for use in (lambda: next(WandbOffline().scan(path)), lambda: WandbOffline().read(str(path))):
        with pytest.raises(UnreadableRun, match=r"run-x\.wandb"):
            use()


def test_pipes_folders_and_absent_files_are_unreadable(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "run-pipe.wandb")
    (tmp_path / "run-folder.wandb").mkdir()
    for name in ("pipe", "folder", "absent"):
        with pytest.raises(UnreadableRun):
            next(WandbOffline().scan(tmp_path / f"run-{name}.wandb"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission_is_unreadable(tmp_path: Path) -> None:
    path = write(tmp_path, wblog.simple_log(rows(2)))
    path.chmod(0)
    with pytest.raises(UnreadableRun, match="can't be read"):
        next(WandbOffline().scan(path))
