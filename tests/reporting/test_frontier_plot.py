"""The picture of cost against quality."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
from costed_groups import costed_group

from runcompare.comparison.cost_report import CostReport, cost_report
from runcompare.costs import PriceBook
from runcompare.errors import DataError
from runcompare.reporting.frontier_plot import draw_frontier


@pytest.fixture(scope="module")
def report() -> CostReport:
    groups = [costed_group("new", [0.05, 0.051], seconds=720_000), costed_group("old", [0.1, 0.101])]
    return cost_report(groups, PriceBook.load(flat=2.0), metric="eval/nrmse")


def test_a_png_is_written(report: CostReport, tmp_path: Path) -> None:
    draw_frontier(report, tmp_path / "f.png")
    assert (tmp_path / "f.png").read_bytes().startswith(b"\x89PNG")


def test_names_are_no_mathtext(report: CostReport, tmp_path: Path) -> None:
    choices = tuple(replace(c, label=r"$\frac{$" + c.label) for c in report.frontier)
    draw_frontier(replace(report, frontier=choices, metric="$x"), tmp_path / "f.png")
    assert (tmp_path / "f.png").stat().st_size > 1000


def test_what_has_no_place_is_left_out_and_nothing_at_all_is_told(report: CostReport, tmp_path: Path) -> None:
    odd = tuple(replace(c, cost=cost) for c in report.frontier for cost in (math.inf, math.nan, 1e308))
    draw_frontier(replace(report, frontier=(*report.frontier, *odd)), tmp_path / "f.png")
    for known in ((), odd):
        with pytest.raises(DataError, match="was not drawn: no group has both"):
            draw_frontier(replace(report, frontier=known), tmp_path / "g.png")
    assert [path.name for path in tmp_path.iterdir()] == ["f.png"]


def test_a_folder_that_is_not_there_is_a_data_error(report: CostReport, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Can't write"):
        draw_frontier(report, tmp_path / "none" / "f.png")
