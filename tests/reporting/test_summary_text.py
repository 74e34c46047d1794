"""The lines under the headline, of real comparisons."""

from dataclasses import replace

import pytest
from comparisons import make_comparison, make_row, sample

import runcompare
from runcompare.comparison.comparison import MadeChoice
from runcompare.reporting.summary_text import run_lines, runs_of, summary


def side(name, values, key="test/accuracy", *, lr=1.0, steps=1, **info):
    """Runs that differ by seed; a value of None is a run that never logged the metric."""
    runs = []
    for seed, value in enumerate(values):
        logged = {} if value is None else {key: value}
        rows = [{"step": t, "train/loss": 1 / (t + 1), **logged} for t in range(steps)]
        run = runcompare.from_frame(rows, name=f"{name}{seed}", config={"lr": lr, "seed": seed})
        runs.append(replace(run, info=replace(run.info, **info)) if info else run)
    return runs


def lines(new, old, **options):
    return summary(runcompare.compare(new, old, **options))


def test_a_run_without_the_metric_is_named_before_the_result():
    found = lines(side("new", [0.922, 0.924, 0.92, None], lr=2.0), side("old", [0.9, 0.902, 0.904]))
    assert found[0] == "Not counted: 1 of 4 candidate runs without test/accuracy: new3."
    assert "(3 candidate and 3 baseline runs)" in found[1]


def test_a_run_that_stopped_early_is_left_out_by_name():
    whole = side("new", [0.2, 0.202, 0.204], "val/loss", lr=2.0, steps=100, state="finished")
    cut = side("cut", [0.3], "val/loss", lr=2.0, steps=30, state="interrupted")
    old = side("old", [0.25, 0.252, 0.254], "val/loss", steps=100, state="finished")
    found = lines([*whole, *cut], old)
    assert found[0] == "Left out: 1 of 4 candidate runs: cut0 (interrupted at 30 % of the others' steps)."
    assert "(3 candidate and 3 baseline runs)" in found[1]


def test_runs_that_could_not_be_read_stand_first():
    new, old = (runcompare.load(side(name, [0.9, 0.902, 0.904], lr=lr)) for name, lr in (("new", 2.0), ("old", 1.0)))
    found = lines(replace(new, unread=("a/run.json is damaged.", "b is gone.", "c is gone.", "d is gone.")), old)
    assert found[0].startswith("Not read: four more runs of the candidate: a/run.json is damaged. b is gone.")
    assert found[0].endswith("c is gone. And 1 more.")


def test_a_run_that_goes_on_counts_and_is_named():
    going = side("new", [0.92, 0.921, 0.922], lr=2.0, state="running")
    found = lines(going, side("old", [0.9, 0.902, 0.904]))
    assert found[0].startswith("Not finished: 3 of 3 candidate runs, counted with the value so far: new0 (running)")


def test_a_share_at_its_limit_is_said():
    found = lines(side("new", [1.0] * 5, lr=2.0), side("old", [0.98, 0.97, 0.99, 0.98, 0.985]))
    (limit,) = [line for line in found if line.startswith("At the limit:")]
    assert "all 5 candidate runs end at 100 %" in limit
    assert "100 % against 98.1" in found[0]


def test_what_was_chosen_stands_in_one_line_with_its_flags():
    found = lines(side("new", [0.92, 0.921, 0.922], lr=2.0), side("old", [0.9, 0.902, 0.904]))
    (chosen,) = [line for line in found if line.startswith("Chosen for you:")]
    assert "metric test/accuracy (the test's result" in chosen
    for flag in ("--metric", "--direction", "--scale", "--value", "--noise-from"):
        assert flag in chosen


def test_what_the_user_stated_was_not_chosen():
    new, old = side("new", [0.92, 0.921, 0.922], lr=2.0), side("old", [0.9, 0.902, 0.904])
    found = lines(new, old, metric="test/accuracy", direction="max", scale="linear")
    (chosen,) = [line for line in found if line.startswith("Chosen for you:")]
    assert not any(flag in chosen for flag in ("--metric", "--direction", "--scale"))


def test_speed_and_resources_are_never_judged():
    speed = {"eval_samples_per_second": 100.0, "eval_runtime": 9.0, "gpu_memory_gb": 30.0, "latency_ms": 4.0}

    def runs(name, level, faster):
        rows = [
            {"step": 1, "eval_accuracy": level + 0.001 * s, **{k: v * faster + s for k, v in speed.items()}}
            for s in range(4)
        ]
        return [runcompare.from_frame([row], name=f"{name}{i}", config={"seed": i}) for i, row in enumerate(rows)]

    c = runcompare.compare(runs("new", 0.9, 2.0), runs("old", 0.8, 1.0), metric="eval_accuracy")
    assert {row.metric.key for row in c.metrics} >= {"eval_samples_per_second"}
    assert {row.assessment for row in c.metrics if row.metric.key in speed} <= {"n/a", "missing"}


@pytest.mark.parametrize(
    ("n", "words"),
    [
        ((1, 1), "1 candidate and 1 baseline run"),
        ((3, 1), "3 candidate runs and 1 baseline run"),
        ((1, 3), "1 candidate run and 3 baseline runs"),
        ((2, 2), "2 candidate and 2 baseline runs"),
    ],
)
def test_runs_are_counted_in_words_that_agree(n, words):
    assert runs_of(make_row("m", *(sample([1.0] * k) for k in n))) == words


def test_names_are_escaped_in_markdown():
    c = make_comparison(choices=(MadeChoice("metric", "a`b*", "*why*", "--metric KEY"),))
    assert summary(c, "markdown")[-1] == r"**Chosen for you:** metric ``a`b*`` (\*why\*; `--metric`)."


def test_all_runs_that_count_need_no_line():
    assert run_lines(make_comparison()) == []
