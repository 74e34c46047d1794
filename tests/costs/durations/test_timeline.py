"""Where the time went, from whatever evidence there is; each expected value is worked out by hand."""

from collections.abc import Callable

from runcompare.costs.durations.timeline import Timeline, timeline
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Run

MakeRun = Callable[..., Run]


def walls(times: Timeline) -> dict[str, float | None]:
    return {p.stage: p.wall.value for p in times.parts}


def test_stage_marks_and_the_rest(run: MakeRun) -> None:
    times = timeline(run(attempts=[(0, 100)], stages=[("operator", 10, 60), ("eval", 60, 90)]))
    assert walls(times) == {"operator": 50, "eval": 30, "other": 20}
    assert times.total.value == 100
    assert times.total.provenance is Provenance.MEASURED
    assert times.notes == ()


def test_a_resumed_run_adds_its_attempts_up_and_overlaps_count_once(run: MakeRun) -> None:
    times = timeline(
        run(
            attempts=[(0, 100), (500, 600), (590, 650)],
            stages=[("operator", 0, None), ("operator", 500, 600), ("operator", 590, 640)],
        )
    )
    assert times.total.value == 100 + 150
    assert walls(times) == {"operator": 100 + 140, "other": 10}
    assert any("operator has no end" in n for n in times.notes)


def test_a_killed_attempt_counts_up_to_its_last_sign_of_life(run: MakeRun) -> None:
    rows = [{"t": t, "operator/loss": 1.0} for t in (10, 20, 30)]
    times = timeline(run(attempts=[(0, None)], rows=rows, system=[{"t": 42, "gpu.0.gpu": 1.0}], state="interrupted"))
    assert times.total.value == 42
    assert any("last sign of life" in n for n in times.notes)
    assert any("interrupted" in n for n in times.notes)


def test_the_pause_before_a_resume_is_nobodys(run: MakeRun) -> None:
    # the next attempt's first entry bears the very time that it starts at
    times = timeline(
        run(
            attempts=[(0, None), (500, 600)],
            stages=[("operator", 0, None), ("operator", 500, 560), ("eval", 560, 600)],
            rows=[{"t": t, "operator/loss": 1.0} for t in (10, 40, 500, 550)],
        )
    )
    assert times.total.value == 40 + 100
    assert walls(times) == {"operator": 40 + 60, "eval": 40}


def test_a_run_that_is_still_going_says_so(run: MakeRun) -> None:
    times = timeline(run(attempts=[(0, None)], stages=[("operator", 5, None)], rows=[{"t": 25}], state="running"))
    assert walls(times) == {"operator": 20, "other": 5}
    assert any("still going" in n for n in times.notes)


def test_clocks_that_go_backwards_count_as_nothing(run: MakeRun) -> None:
    times = timeline(run(attempts=[(0, 100), (300, 200)], stages=[("operator", 50, 40), ("eval", 60, 70)]))
    assert times.total.value == 100
    assert walls(times) == {"operator": 0, "eval": 10, "other": 90}
    assert sum("backwards" in n for n in times.notes) == 2


def test_rows_on_a_backward_clock(run: MakeRun) -> None:
    rows = [{"t": t, "a/loss": 1.0} for t in (0, 10, 5, 15, 25)]
    times = timeline(run(rows=rows))
    assert walls(times) == {"a": 25}  # 0-10, 5-15 and 15-25 cover 0 to 25
    assert any("backwards" in n for n in times.notes)


def test_sums_of_epoch_times_with_evaluation_from_the_summary(run: MakeRun) -> None:
    rows = [{"operator/epoch_time_sec": 2.0}] * 3 + [{"training/distill/epoch_time_sec": 1.5}] * 2
    summary = {"eval/baseline_time_sec": 1.0, "eval/ttc_time_sec": 4.0, "eval/nrmse": 0.1}
    times = timeline(run(rows=rows, summary=summary, runtime_s=20.0))
    assert walls(times) == {"operator": 6, "training/distill": 3, "eval": 5, "other": 6}
    assert times.total.value == 20


def test_negative_epoch_times_count_as_nothing(run: MakeRun) -> None:
    times = timeline(run(rows=[{"a/epoch_time_sec": v} for v in (2.0, -1.0, float("nan"))]))
    assert walls(times) == {"a": 2}
    assert any("negative" in n for n in times.notes)


def test_the_clock_between_rows_belongs_to_the_stage_that_logs(run: MakeRun) -> None:
    rows = [{"t": t, "operator/loss": 1.0} for t in (10, 20, 30)] + [{"t": t, "distill/loss": 1.0} for t in (35, 40)]
    times = timeline(run(attempts=[(0, 45)], rows=rows))
    assert walls(times) == {"operator": 30, "distill": 10, "other": 5}


def test_downtime_between_attempts_is_not_charged_to_a_stage(run: MakeRun) -> None:
    rows = [{"t": t, "a/loss": 1.0} for t in (10, 20, 1010, 1020)]
    times = timeline(run(attempts=[(0, 25), (1000, 1020)], rows=rows))
    assert times.total.value == 45
    assert walls(times) == {"a": 45}  # 0-20 up to its rows, 20-25 and 1000-1020 up to the next


def test_without_attempts_a_long_silence_is_downtime(run: MakeRun) -> None:
    rows = [{"t": t, "loss": 1.0} for t in (0, 10, 20, 30, 5000, 5010)]
    times = timeline(run(rows=rows))
    assert walls(times) == {"training": 40}
    assert any("downtime" in n for n in times.notes)


def test_only_a_total(run: MakeRun) -> None:
    times = timeline(run(runtime_s=12.5))
    assert walls(times) == {"other": 12.5}


def test_nothing_at_all(run: MakeRun) -> None:
    times = timeline(run())
    assert times.parts == ()
    assert times.total.is_missing


def test_stages_that_exceed_the_total_win_and_it_is_said(run: MakeRun) -> None:
    times = timeline(run(rows=[{"a/epoch_time_sec": 30.0}], runtime_s=20.0))
    assert times.total.value == 30
    assert any("sum taken" in n for n in times.notes)


def reported(value: float | None, low: float | None = None, high: float | None = None) -> Figure:
    return Figure(value, "s", low, high, Provenance.REPORTED if value else Provenance.ESTIMATED, "a record")


def test_a_record_states_the_whole_and_a_part(run: MakeRun) -> None:
    times = timeline(run(figures={"time": reported(18900.0), "eval_time": reported(4800.0), "cost": Figure(10.78)}))
    assert walls(times) == {"eval": 4800, "other": 14100}
    assert times.total.value == 18900
    assert times.total.provenance is Provenance.REPORTED


def test_a_record_with_ranges_keeps_them(run: MakeRun) -> None:
    times = timeline(run(figures={"time": reported(100.0), "operator/time": reported(None, 40.0, 60.0)}))
    other = times.parts[-1].wall
    assert (other.low, other.high) == (40, 60)
    assert other.value is None
    assert other.provenance is Provenance.ESTIMATED


def test_stated_parts_that_exceed_the_stated_whole_are_noticed(run: MakeRun) -> None:
    times = timeline(run(figures={"time": reported(10.0), "operator/time": reported(20.0)}))
    assert times.total.value == 10
    assert any("don't add up" in n for n in times.notes)


def test_evaluation_alone_is_not_the_whole_time(run: MakeRun) -> None:
    times = timeline(run(rows=[{"eval_loss": 0.5, "eval_runtime": 50.0}] * 3))
    assert times.total.is_missing
    assert "at least 150 s of evaluation" in times.total.source
    assert [p.wall.value for p in times.parts] == [150.0]
