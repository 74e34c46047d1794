"""Two logs of one training in two folder trees are one run of a listing."""

import math
import shutil
import warnings
from pathlib import Path

import pytest

from runcompare.sources.listing import list_runs
from runcompare.sources.registry import read_run

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    tensorboard = pytest.importorskip("torch.utils.tensorboard")

VALUES = [0.8 - 0.5 / math.log(i + 3) for i in range(8)]


def event_file(folder: Path) -> float:
    """When it begins."""
    with tensorboard.SummaryWriter(str(folder)) as log:
        for step, value in enumerate(VALUES):
            log.add_scalar("metrics/mAP_0.5", value, step)
    return list_runs([folder]).runs[0].started_at or 0.0


def table(path: Path, start: float, values: list[float]) -> None:
    path.parent.mkdir(parents=True)
    rows = "".join(f"{start + i},{i + 1},{value:.5g}\n" for i, value in enumerate(values))  # counts from 1, rounds
    path.write_text(f"timestamp,step,metrics/mAP_0.5\n{rows}")


def test_what_two_loggers_wrote_into_two_trees_is_one_run(tmp_path: Path) -> None:
    start = event_file(tmp_path / "tb" / "exp3")
    table(tmp_path / "csv" / "exp3" / "metrics.csv", start + 0.5, VALUES)
    (info,) = list_runs([tmp_path]).runs
    assert {log.source for log in info.logs} == {"tensorboard", "tables"}
    assert all("begun in the same moment" in log.why for log in info.logs)
    assert len(read_run(info).history) in (len(VALUES), len(VALUES) + 1)


@pytest.mark.parametrize(("later", "factor"), [(60.0, 1.0), (0.5, 1.01)])
def test_another_time_or_other_curves_are_another_run(tmp_path: Path, later: float, factor: float) -> None:
    start = event_file(tmp_path / "tb" / "exp3")
    table(tmp_path / "csv" / "exp3" / "metrics.csv", start + later, [factor * value for value in VALUES])
    assert len(list_runs([tmp_path]).runs) == 2


def test_a_copied_folder_is_one_run(tmp_path: Path) -> None:
    event_file(tmp_path / "tb" / "exp3")
    shutil.copytree(tmp_path / "tb", tmp_path / "backup" / "tb")
    (info,) = list_runs([tmp_path]).runs
    assert len(info.logs) == 2
