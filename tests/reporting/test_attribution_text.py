"""What made the difference: the section of a report, and an ablation by itself."""

import json
from dataclasses import replace

import pytest
from ablations import ACC, RMSE, record
from comparisons import HOSTILE, make_comparison

from runcompare.comparison.causes.ablation import ArmRecord
from runcompare.comparison.causes.experiment import experiment_of
from runcompare.comparison.causes.model import Causes, NextRun
from runcompare.records.figure import Figure, Provenance
from runcompare.reporting import attribution_report as rendered
from runcompare.reporting.markdown import to_markdown
from runcompare.reporting.plots import draw_plots


def report(bend: float = 1.0) -> rendered.AblationReport:
    made = record(bend)
    return rendered.AblationReport(made, experiment_of(made, RMSE), RMSE)


def section(document: str) -> str:
    return document.split("## What made the difference")[1].split("\n---")[0]


def with_causes(causes: Causes):
    return make_comparison(causes=causes)


def causes(bend: float = 1.0) -> Causes:
    found = experiment_of(record(bend), RMSE)
    return Causes((), effects=found.effects, experiment=found.experiment, notes=found.notes)


def test_the_section_names_each_change_with_its_shares():
    text = section(to_markdown(with_causes(causes())))
    assert "all 4 combinations of two changes, 12 runs in all, 3 of each. All on Some CPU (1 thread)." in text
    rows = [line for line in text.splitlines() if line.startswith("| **")]
    assert [row.split(" | ")[0] for row in rows] == ["| **lr**", "| **rollout**"]
    assert "-50 % [" in rows[0]
    assert "76 % [" in rows[0]
    assert "100 % [" in rows[1]  # of the money
    assert "more than each by itself" not in text


def test_what_changes_do_together_stands_below():
    assert "lr with rollout -30 % [" in section(to_markdown(with_causes(causes(0.7))))


def test_what_is_inseparable_and_the_run_that_would_tell_most():
    price = Figure(2.0, "USD", 1.5, 2.5, Provenance.ESTIMATED)
    run = NextRun("rollout", ("a", "b"), {"a": 1, "b": None}, "it costs most", 3, price, price, price)
    text = section(to_markdown(with_causes(Causes((), inseparable=(("a", "b"),), next_run=run))))
    assert "nothing tells them apart: `a`, `b`." in text
    assert "the candidate without rollout (`a`, `b` as in the baseline), 3 seeds, " in text


def test_nothing_is_said_where_nothing_is_known():
    assert "What made the difference" not in to_markdown(with_causes(Causes(())))
    assert "What made the difference" not in to_markdown(make_comparison())


@pytest.mark.parametrize("hostile", HOSTILE)
def test_names_of_changes_change_nothing_around_them(hostile):
    made = record()
    factors = tuple(replace(factor, name=f"{hostile}{i}") for i, factor in enumerate(made.factors))
    names = {old.name: new.name for old, new in zip(made.factors, factors, strict=True)}
    arms = tuple(
        ArmRecord(hostile, tuple(names[on] for on in arm.on), tuple(replace(r, machine=hostile) for r in arm.runs))
        for arm in made.arms
    )
    made = replace(made, factors=factors, arms=arms, candidate=hostile, baseline=hostile)
    one = rendered.AblationReport(made, experiment_of(made, RMSE), RMSE)
    lines = rendered.to_markdown(one).splitlines()
    widths = {line.replace("\\|", "").count("|") for line in lines if line.startswith("|")}
    assert widths == {9, 6}
    assert "<script" not in rendered.to_markdown(one).replace("\\<script", "")
    shown = rendered.to_terminal(one)
    assert all(character.isprintable() for line in shown.split("\n") for character in line)


def test_an_ablation_by_itself_as_markdown_terminal_and_json():
    text = rendered.to_markdown(report(), "causes.png")
    assert "![Each change's share of the difference](causes.png)" in text
    assert text.count("| old") == 1
    assert "What made the difference: new against old" in rendered.to_terminal(report())
    found = json.loads(rendered.to_json(report()))
    assert set(found) == {"ablation", "experiment", "effects", "notes"}
    assert found["experiment"]["exact"] is True


def test_effects_on_a_share_are_told_in_points():
    arms = [replace(a, runs=tuple(replace(r, value=0.5 + 0.2 * len(a.on)) for r in a.runs)) for a in record().arms]
    made = replace(record(), arms=tuple(arms))
    one = rendered.AblationReport(made, experiment_of(made, ACC), ACC)
    assert "+20 [+20 to +20] points" in rendered.to_terminal(one)


def test_the_picture_is_drawn_where_shares_are_known(tmp_path):
    assert "causes" in draw_plots(with_causes(causes()), tmp_path / "a")
    assert rendered.draw(report(), tmp_path / "x.png")
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")
    once = replace(record(), arms=tuple(replace(arm, runs=arm.runs[:1]) for arm in record().arms))
    without = rendered.AblationReport(once, experiment_of(once, RMSE), RMSE)
    assert not rendered.draw(without, tmp_path / "y.png")
    assert not (tmp_path / "y.png").exists()


def test_combinations_of_one_run_are_said_to_be_taken_for_as_noisy_as_the_others():
    made = record()
    made = replace(made, arms=(replace(made.arms[0], runs=made.arms[0].runs[:1]), *made.arms[1:]))
    one = rendered.AblationReport(made, experiment_of(made, RMSE), RMSE)
    shown = rendered.to_terminal(one)
    assert "10 runs in all, 1 to 3 of each." in shown
    assert "One run of a combination is taken to be as noisy as those that have more." in shown
    assert "Two runs of its plan are missing." in shown


def test_an_arms_time_is_that_of_the_runs_by_which_times_are_compared():
    found = report()
    first, *others = found.record.arms
    slow = replace(first.runs[0], seconds=1e6, reused=True)
    arms = (replace(first, runs=(slow, *first.runs[1:])), *others)
    made = replace(found.record, arms=arms)
    found = rendered.AblationReport(made, experiment_of(made, RMSE), RMSE)
    (row,) = [line for line in rendered.to_markdown(found).splitlines() if line.startswith(f"| {first.name} |")]
    assert row.split(" | ")[1] == "3"
    assert float(row.split(" | ")[3].split()[0]) < 1000
