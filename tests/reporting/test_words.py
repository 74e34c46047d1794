from dataclasses import replace

import pytest
from comparisons import make_row, make_test, ranged, sample

from runcompare.comparison.model import ConfigChange
from runcompare.records.figure import Figure, Provenance
from runcompare.reporting.cost_text import these_runs
from runcompare.reporting.words import change, compared, difference, figure, interval, setting_change, would_be_seen
from runcompare.reporting.words import sample as cell


def cost(key: str, new: float, old: float, *, n: int = 1, stated: bool = False, **more: object) -> str:
    provenance = Provenance.REPORTED if stated else Provenance.MEASURED
    sides = (sample([value] * n, provenance=provenance) for value in (new, old))
    return difference(make_row(f"cost/{key}", *sides, role="cost", **more))


def test_cost_ratios_that_were_shown_have_words() -> None:
    assert cost("time", 315.0, 20.0, unit="s", stated=True) == "16x slower"
    assert cost("money", 10.78, 0.70, unit="USD", n=2) == "15x more expensive"
    assert cost("time", 20.0, 315.0, unit="s", n=2) == "16x faster"
    assert cost("time", 106.2, 100.0, unit="s", n=2) == "6.2 % slower"
    assert cost("energy", 3.0, 1.0, ratio_low=2.5, ratio_high=3.5) == "3x more [2.5x to 3.5x]"
    assert cost("energy", 1.0, 4.0, ratio_low=0.2, ratio_high=0.5) == "4x less [2x to 5x]"
    assert cost("time", 5.0, 5.0) == "the same"


def test_cost_ratios_that_may_be_none_have_no_words() -> None:
    assert cost("time", 315.0, 20.0, unit="s") == "16x"
    assert cost("time", 1.8, 1.0, unit="s", ratio_low=0.061, ratio_high=55.0) == "1.8x [0.061x to 55x]"
    assert cost("time", 1.03, 1.0, unit="s", ratio_low=0.9, ratio_high=1.2) == "+3.0 % [-10 % to +20 %]"
    assert cost("time", 1.03, 1.0, unit="s", ratio_low=1.02, ratio_high=1.04) == "+3.0 % [+2.0 % to +4.0 %]"


def test_an_interval_that_says_nothing_is_not_printed_with_its_powers_of_ten() -> None:
    nothing = make_row("m", sample([0.3]), sample([1.0]), ratio_low=6.7e-9, ratio_high=1.3e7)
    assert difference(nothing) == "0.3x [over 1,000x either way]"
    one_sided = make_row("m", sample([0.3]), sample([1.0]), ratio_low=6.7e-9, ratio_high=0.5)
    assert difference(one_sided) == "-70 % [-100 % to -50 %]"


def test_effects_are_percentages_until_they_run_away() -> None:
    near = make_row("m", sample([0.985]), sample([1.0]), ratio_low=0.9, ratio_high=1.05)
    assert difference(near) == "-1.5 % [-10 % to +5.0 %]"
    wide = make_row("m", sample([1.667]), sample([1.0]), ratio_low=0.1, ratio_high=11.0)
    assert difference(wide) == "1.7x [0.1x to 11x]"
    assert difference(make_row("m", sample([0.44]), sample([1.0]))) == "-56 %"
    assert difference(make_row("m", sample([None]), sample([1.0]))) == "—"


def test_linear_metrics_have_differences() -> None:
    row = make_row("gap", sample([0.5]), sample([0.2]), test=make_test(effect=0.3, low=-0.1, high=0.7))
    row = replace(row, metric=replace(row.metric, scale="linear"))
    assert difference(row) == "+0.3 [-0.1 to +0.7]"
    assert change(row) == "0.3 higher"


def test_effects_in_prose() -> None:
    assert [change(make_row("m", sample([n]), sample([1.0]))) for n in (0.985, 1.0, 1.2, 3.3)] == [
        "1.5 % lower",
        "the same",
        "20 % higher",
        "3.3x as high",
    ]
    assert [compared(r) for r in (0.985, 15.4, 3.3, None)] == ["-1.5 %", "15x", "3.3x", "—"]
    assert interval(make_test(low=None), make_row("m", sample([1.0]), sample([1.0])).metric) == ""


def test_cells_say_what_is_not_measured() -> None:
    metric = make_row("m", sample([1.0]), sample([1.0])).metric
    assert cell(ranged(0.0002, 0.0005), metric) == "0.0002 to 0.0005 (estimated)"
    assert cell(sample([0.0907], provenance=Provenance.REPORTED), metric) == "0.0907 (reported)"
    assert cell(sample([1.0, 2.0, float("nan")]), metric) == "1.50 ± 0.71 (1 diverged)"
    assert cell(sample([float("nan")]), metric) == "NaN (1 diverged)"
    assert cell(sample([None]), metric) == "—"


def test_figures_carry_their_range_and_provenance() -> None:
    assert figure(Figure(120.0, "s", 100.0, 150.0, Provenance.ESTIMATED)) == "2 min (1.67 to 2.5 min) (estimated)"
    assert figure(Figure(None, "USD", 310.0, 900.0, Provenance.ESTIMATED)) == "$310.00 to $900.00 (estimated)"
    assert figure(Figure.missing("not logged")) == "—"
    assert figure(Figure(None)) == "—"


@pytest.mark.parametrize(
    ("path", "new", "old", "text"),
    [
        ("ttc.candidates", 16, 8, "2x"),
        ("ttc.beam_width", 5, 3, "67 % larger"),
        ("ttc.horizon", 3, 2, "50 % longer"),
        ("stages.operator.epochs", 10, 8, "1.25x"),
        ("training.batch_size", 6, 12, "half"),
        ("lr", 0.0001, 0.01, "0.01x"),
    ],
)
def test_settings_in_the_write_ups_words(path: str, new: float, old: float, text: str) -> None:
    assert setting_change(ConfigChange(path, new, old, "changed", new / old)) == text


def test_settings_without_a_ratio() -> None:
    assert setting_change(ConfigChange("opt", "adam", "sgd", "changed")) == "changed"
    assert setting_change(ConfigChange("opt", "adam", None, "only candidate")) == "candidate only"


def test_a_ratio_that_runs_never_have_is_not_told() -> None:
    metric = make_row("eval/nrmse", sample([1.0, 1.1]), sample([1.0, 1.2])).metric
    assert would_be_seen(0.19, metric) == "only a difference of about 19 % or more would be seen reliably"
    assert would_be_seen(3.0e8, metric) == "no difference that is likely in practice would be seen reliably"


def test_equal_costs_of_single_runs_are_the_same() -> None:
    row = make_row("cost/time", sample([60.0]), sample([60.0]), ratio=1.0)
    assert these_runs(row) == "in these two runs the same time"
    assert these_runs(replace(row, ratio=1.25)) == "in these two runs 1.25x the time"
