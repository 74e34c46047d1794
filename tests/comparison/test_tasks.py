"""The same two groups on many tasks."""

import math
from typing import Any

import numpy as np
import pytest
from summed_runs import summed

import runcompare
from runcompare.comparison.task_split import by_metrics, by_setting
from runcompare.comparison.tasks import TasksReport
from runcompare.errors import UsageError
from runcompare.records.run import Group
from runcompare.stats import pool_tasks

LEVELS = {"hopper": 2000.0, "walker": 3000.0, "ant": -50.0, "cheetah": 9000.0, "swimmer": 100.0}
KEY = "eval/return"


def on_envs(label: str, effect: float, seed: int, n: int = 3, **levels: float) -> Group:
    """Runs of their own on each environment, better by `effect` sd; the noise is a tenth of the level."""
    rng = np.random.default_rng(seed)
    runs = (
        summed(
            f"{label}-{env}-{i}",
            {KEY: level + 0.1 * abs(level) * (effect + float(rng.normal()))},
            seed=i,
            algo=label,
            env=env,
        )
        for env, level in {**LEVELS, **levels}.items()
        for i in range(n)
    )
    return Group(label, label, tuple(runs))


def with_results(label: str, effect: float, seed: int, n: int = 3) -> Group:
    """Runs with a result on each of three benchmarks; a run is good or bad on all of them."""
    rng = np.random.default_rng(seed)
    runs = []
    for i in range(n):
        luck = float(rng.normal())
        odds = {"arc": 0.5, "mmlu": -0.2, "hella": 1.0}
        accuracies = {f"eval/{t}/acc": 1 / (1 + math.exp(-(o + 0.1 * (effect + luck)))) for t, o in odds.items()}
        runs.append(summed(f"{label}{i}", accuracies, seed=i, name=label))
    return Group(label, label, tuple(runs))


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def compared(new: Group, old: Group, **more: Any) -> TasksReport:
    options: dict[str, Any] = {"task_key": "env", "metric": KEY} if "task_metrics" not in more else {}
    return runcompare.compare_tasks(new, old, **options, **more)


def test_rewards_of_unlike_scales_are_told_in_units_of_their_noise() -> None:
    found = compared(on_envs("new", 3.0, 1), on_envs("old", 0.0, 2))
    assert (found.unit, found.pool.verdict, found.shared_runs) == ("noise", "better", False)
    assert [one.task for one in found.tasks] == sorted(LEVELS)
    assert found.effect is not None
    assert found.effect.low is not None
    assert found.effect.low > 0
    assert found.effect.value == pytest.approx(np.mean([one.effect for one in found.tasks]))
    larger = compared(on_envs("new", 3.0, 1, cheetah=9e6), on_envs("old", 0.0, 2, cheetah=9e6))
    assert larger.effect is not None
    assert larger.effect.value == pytest.approx(found.effect.value)


def test_positive_metrics_are_pooled_as_ratios() -> None:
    new, old = on_envs("new", 1.0, 1, ant=50.0), on_envs("old", 0.0, 2, ant=50.0)
    found = compared(new, old, scale="log")
    values = [
        [np.log([r.summary[KEY] for r in side.runs if r.config["env"] == env]) for env in sorted(LEVELS)]
        for side in (new, old)
    ]
    theirs = pool_tasks(*values, higher_is_better=True)
    assert found.unit == "ratio"
    assert found.pool == theirs
    assert found.effect is not None
    assert found.effect.value == pytest.approx(math.expm1(theirs.effect or 0))


def test_each_task_is_corrected_for_how_many_there_are() -> None:
    found = compared(on_envs("new", 3.0, 1), on_envs("old", 0.0, 2))
    tests = [one.row.test for one in found.tasks if one.row.test is not None]
    least = min(tests, key=lambda t: t.p_value or 1)
    assert least.q_value == pytest.approx(5 * (least.p_value or 0))
    assert set(found.called("better")) == {t.task for t in found.tasks if t.row.test and t.row.test.q_value < 0.05}


def test_results_of_the_same_runs_are_as_many_as_the_runs() -> None:
    """Two runs that differ by luck alone differ on every benchmark: that is one difference."""
    one = compared(with_results("new", 0.0, 1, 1), with_results("old", 0.0, 2, 1), task_metrics="eval/*/acc")
    assert (one.shared_runs, one.unit, one.pool.verdict) == (True, "odds", "can't tell")
    wrong = sum(
        compared(
            with_results("new", 0.0, 2 * s), with_results("old", 0.0, 2 * s + 1), task_metrics="eval/*/acc"
        ).pool.verdict
        in ("better", "worse")
        for s in range(40)
    )
    assert wrong <= 6
    assert [t.task for t in one.tasks] == ["arc", "hella", "mmlu"]
    better = compared(with_results("new", 8.0, 1), with_results("old", 0.0, 2), task_metrics="eval/*/acc")
    assert better.pool.verdict == "better"
    assert better.tasks_needed is None


def test_metrics_of_both_directions_are_turned_into_gains() -> None:
    def side(label: str, gain: float) -> Group:
        rng = np.random.default_rng(len(label))
        runs = (
            summed(
                f"{label}{i}",
                {f"{t}/acc": 70 + gain + float(rng.normal()) for t in ("arc", "boolq")}
                | {f"{t}/ppl": 20 - 0.2 * gain - 0.2 * float(rng.normal()) for t in ("wiki", "pile")},
                seed=i,
                name=label,
            )
            for i in range(4)
        )
        return Group(label, label, tuple(runs))

    found = compared(side("new", 8.0), side("old", 0.0), task_metrics="*/*", scale="linear")
    assert {one.row.metric.direction for one in found.tasks} == {"min", "max"}
    assert found.gains
    assert all((one.effect or 0) > 0 for one in found.tasks)
    assert found.pool.verdict == "better"


def test_a_direction_that_nobody_knows_is_not_guessed() -> None:
    new, old = (
        Group(g.label, g.reference, tuple(summed(r.id, {"zebra": r.summary[KEY]}, **r.config) for r in g.runs))
        for g in (on_envs("new", 3.0, 1), on_envs("old", 0.0, 2))
    )
    found = runcompare.compare_tasks(new, old, task_key="env", metric="zebra")
    assert found.pool.verdict == "higher"
    assert runcompare.compare_tasks(new, old, task_key="env", metric="zebra", direction="min").pool.verdict == "worse"


def test_tasks_of_one_side_and_runs_without_a_task_are_named() -> None:
    new, old = on_envs("new", 0.0, 1, reacher=-5.0), on_envs("old", 0.0, 2)
    stray = Group("new", "new", (*new.runs, summed("stray", {KEY: 1.0}, seed=0, algo="new")))
    found = compared(stray, old)
    said = [note.text for note in found.left_out]
    assert "reacher has runs of one side only: left out." in said
    assert "stray has no setting 'env': left out." in said
    assert len(found.tasks) == 5


def test_a_smallest_effect_of_another_kind_is_said_to_be_unused() -> None:
    new, old = on_envs("new", 0.0, 1, n=40), on_envs("old", 0.0, 2, n=40)
    assert compared(new, old, min_effect="1sd").pool.verdict == "equivalent"
    found = compared(new, old, min_effect="2%")
    assert found.pool.verdict == "inconclusive"
    assert any("--min-effect 2% means nothing" in note.text for note in found.warnings)


def test_tasks_are_named_in_one_way() -> None:
    new, old = on_envs("new", 0.0, 1), on_envs("old", 0.0, 2)
    with pytest.raises(UsageError, match="either by a setting or by results"):
        runcompare.compare_tasks(new, old)
    with pytest.raises(UsageError, match="has a setting 'envs'") as error:
        by_setting(new, old, "envs")
    assert "'env'" in error.value.hint
    with pytest.raises(UsageError, match="The sides share 1 value of 'size': 3"):
        by_setting(*(Group(g, g, (summed(g, {}, size=3),)) for g in ("a", "b")), "size")
    with pytest.raises(UsageError, match="names one result"):
        by_metrics(new, old, KEY)
    with pytest.raises(UsageError, match="Too few results of both sides"):
        by_metrics(new, old, "eval/*")


def test_a_task_on_other_data_is_left_out() -> None:
    def side(label: str, **split: str) -> Group:
        runs = (
            summed(f"{label}{t}{i}", {KEY: float(i)}, seed=i, task=t, dataset={"split": split.get(t, "test")})
            for t in "abc"
            for i in range(3)
        )
        return Group(label, label, tuple(runs))

    found = runcompare.compare_tasks(side("new", c="val"), side("old"), task_key="task", metric=KEY)
    assert [one.task for one in found.tasks] == ["a", "b"]
    assert any("c is left out: The data differ" in note.text for note in found.left_out)
