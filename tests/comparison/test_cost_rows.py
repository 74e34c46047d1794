"""Reports and `runcompare cost` show the same costs, to the last digit: means, ranges, ratios and intervals."""

from pathlib import Path

import pytest
from costed_runs import make_run

from runcompare import api
from runcompare.comparison.build import Request, build
from runcompare.comparison.comparison import Comparison
from runcompare.comparison.cost_report import CostReport, cost_report
from runcompare.comparison.cost_rows import COSTS, cost_rows
from runcompare.comparison.model import Row, Sample
from runcompare.comparison.rows import Policy
from runcompare.costs import PriceBook, figure_of, ledger, ratio
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Group, Hardware, Run

RUNS = Path(__file__).parents[2] / "examples" / "runs"
TWO_GPUS = Hardware(accelerator="NVIDIA A100-SXM4-80GB", accelerator_count=2)


def staged(name: str, seconds: float, resumed: float = 0.0, watts: float = 0.0, **more: object) -> Run:
    """A run of three stages; a killed one lost `resumed` seconds, and went on an hour later."""
    start = 3600.0 if resumed else 0.0
    attempts = [(0.0, resumed), (start, start + seconds)] if resumed else [(0.0, seconds)]
    first = [("encoder", 0.0, None)] if resumed else []
    stages = [
        ("encoder", start, start + 0.3 * seconds),
        ("training/decoder", start + 0.3 * seconds, start + 0.8 * seconds),
        ("eval", start + 0.8 * seconds, start + 0.97 * seconds),
    ]
    system = [{"t": 15.0 * i, "gpu.0.powerWatts": watts + i, "gpu.1.powerWatts": watts} for i in range(40)]
    rows = [{"t": attempts[-1][1], f"{stage}/loss": 0.5} for stage in ("encoder", "training/decoder")]
    given = {"attempts": attempts, "stages": [*first, *stages], "rows": rows, "hardware": TWO_GPUS, **more}
    return make_run(name, summary={"nrmse": 0.1}, system=system if watts else [], **given)


def group(label: str, *runs: Run) -> Group:
    return Group(label, label, runs)


def stated(name: str, low: float, high: float) -> Run:
    """A hand-written record that gives the time as a range."""
    figures = {"nrmse": Figure(0.1), "time": Figure(None, "s", low, high, Provenance.ESTIMATED)}
    return make_run(name, figures=figures, hardware=TWO_GPUS)


def without_clock(name: str) -> Run:
    return make_run(name, summary={"nrmse": 0.1}, hardware=TWO_GPUS)


CASES = {
    "seeds": (
        group("a", *(staged(f"a{i}", s) for i, s in enumerate((371.3, 402.9, 388.1)))),
        group("b", *(staged(f"b{i}", s) for i, s in enumerate((101.7, 96.3, 110.9, 99.1, 120.3)))),
    ),
    "resumed": (
        group("a", staged("a0", 371.3, resumed=130.7), staged("a1", 402.9), staged("a2", 388.1, resumed=17.0)),
        group("b", staged("b0", 101.7), staged("b1", 96.3, resumed=40.1)),
    ),
    "metered": (
        group("a", *(staged(f"a{i}", s, watts=300.0 + i) for i, s in enumerate((371.3, 402.9, 388.1)))),
        group("b", *(staged(f"b{i}", s, watts=250.0 - i) for i, s in enumerate((101.7, 96.3)))),
    ),
    "clocks missing": (
        group("a", staged("a0", 371.3), without_clock("a1"), staged("a2", 388.1)),
        group("b", staged("b0", 101.7), staged("b1", 96.3)),
    ),
    "no clock on a side": (group("a", staged("a0", 371.3)), group("b", without_clock("b0"))),
    "one run each": (group("a", staged("a0", 371.3)), group("b", staged("b0", 101.7))),
    "one against many": (group("a", staged("a0", 371.3)), group("b", staged("b0", 101.7), staged("b1", 96.3))),
    "estimated ranges": (
        group("a", stated("a0", 300.0, 420.0), stated("a1", 350.0, 390.0)),
        group("b", staged("b0", 101.7), staged("b1", 96.3)),
    ),
    "other devices": (
        group("a", *(staged(f"a{i}", s) for i, s in enumerate((371.3, 402.9)))),
        group("b", *(staged(f"b{i}", s, hardware=Hardware("Tesla T4", 1)) for i, s in enumerate((101.7, 96.3)))),
    ),
}


def numbers(x: Figure | Sample) -> tuple[float | None, ...]:
    return (x.mid if isinstance(x, Figure) else x.center), x.low, x.high


def agrees(comparison: Comparison, report: CostReport) -> None:
    (found,) = report.ratios
    new, old = report.groups
    shown = {row.metric.key: row for row in comparison.cost}
    for key, _, _, field in COSTS:
        if key in shown:
            row, times = shown[key], found.ratios[field]
            assert (row.ratio, row.ratio_low, row.ratio_high) == (times.value, times.low, times.high), key
            part, _, name = field.rpartition(".")
            for sample, side in ((row.candidate, new), (row.baseline, old)):
                line = getattr(side.group, f"mean_{part}" if part else "mean")
                assert numbers(sample) == numbers(getattr(line, name)), key
    for table in comparison.stages:
        if row := table.row("time"):
            stage_agrees(row, table.name, report)


def stage_agrees(row: Row, stage: str, report: CostReport) -> None:
    new, old = report.groups
    times = ratio(new.runs, old.runs, "wall", stage=stage)
    assert (row.ratio, row.ratio_low, row.ratio_high) == (times.value, times.low, times.high), stage
    for sample, side in ((row.candidate, new), (row.baseline, old)):
        means = [line.wall for line in side.group.mean_stages if line.stage == stage]
        assert numbers(sample) == (numbers(means[0]) if means else (None, None, None)), stage
        assert [v.figure for v in sample.values] == [figure_of(x, "wall", stage) for x in side.runs]


def test_the_shipped_runs_cost_the_same_in_report_and_cost():
    comparison = api.compare("hjnqclgk", "baseline32", runs=RUNS)
    agrees(comparison, api.cost("hjnqclgk", "baseline32", runs=RUNS))
    rows = {row.metric.key: row for row in comparison.cost}
    time, hours, money = (rows[f"cost/{name}"] for name in ("time", "device_hours", "money"))
    for other in (hours, money):
        assert (other.ratio, other.ratio_low, other.ratio_high) == (time.ratio, time.ratio_low, time.ratio_high)
    assert {table.name for table in comparison.stages if table.row("time")} >= {"operator", "autoencoder"}


@pytest.mark.parametrize("case", CASES)
def test_report_and_cost_agree_to_the_last_digit(case: str):
    candidate, baseline = CASES[case]
    request = Request(metric="nrmse", gpu_price=1.7)
    agrees(build(candidate, baseline, request), cost_report(CASES[case], PriceBook.load(flat=1.7)))


def rows_of(case: str, **prices: float) -> dict[str, Row]:
    sides = ([ledger(run, PriceBook.load(**prices)) for run in side.runs] for side in CASES[case])
    return {row.metric.key: row for row in cost_rows(*sides, Policy())}


def test_money_is_time_times_a_constant():
    rows = rows_of("resumed")
    bounds = {(rows[f"cost/{k}"].ratio_low, rows[f"cost/{k}"].ratio_high) for k in ("time", "device_hours", "money")}
    assert len(bounds) == 1


def test_one_run_a_side_has_no_interval_and_one_line_of_energy():
    rows = rows_of("one run each")
    assert rows["cost/time"].ratio == pytest.approx(371.3 / 101.7)
    assert rows["cost/time"].ratio_low is None
    assert "cost/energy" not in rows  # a guess from a data sheet says nothing of a difference
    assert "cost/energy" in rows_of("metered")


def test_an_estimated_range_bounds_the_ratio():
    row = rows_of("estimated ranges")["cost/time"]
    mean = (101.7 * 96.3) ** 0.5
    assert row.ratio_low == pytest.approx((300 * 350) ** 0.5 / mean)
    assert row.ratio_high == pytest.approx((420 * 390) ** 0.5 / mean)


def test_a_side_without_a_clock_is_missing():
    row = rows_of("no clock on a side")["cost/time"]
    assert (row.assessment, row.ratio, row.baseline.center) == ("missing", None, None)
    assert rows_of("clocks missing")["cost/time"].candidate.missing == 1
