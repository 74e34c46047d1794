"""Metrics that must not get worse: margins, histories, words, and what follows from them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats as scipy_stats
from summed_runs import summed

import runcompare
from runcompare.comparison.comparison import Comparison
from runcompare.comparison.model import Row
from runcompare.errors import UsageError
from runcompare.records.run import Group

STEPS = np.array([-1.2, -0.4, 0.3, 1.3])  # of the noise, in every group the same but for their order


def group(label: str, loss: float, acc: float, latency: float, n: int = 4) -> Group:
    order = np.random.default_rng(len(label)).permutation(4)[:n]
    runs = (
        summed(
            f"{label}{i}",
            {
                "val_loss": loss + 0.01 * STEPS[i],
                "val_acc": acc + 0.002 * STEPS[-1 - i],
                "latency": latency * float(np.exp(0.02 * STEPS[i])),
                "zebra": acc + 0.002 * STEPS[i],
            },
            seed=int(i),
            name=label,
        )
        for i in order
    )
    return Group(label, label, tuple(runs))


def compared(acc: float = 0.9, latency: float = 10.0, guardrails: Sequence[str] = (), **more: Any) -> Comparison:
    n = more.pop("n", 4)
    new, old = group("new", 1.0, acc, latency, n), group("old", 1.2, 0.9, 10.0, n)
    return runcompare.compare(new, old, metric="val_loss", guardrails=guardrails, **more)


def guardrail(c: Comparison, key: str) -> Row:
    return next(row for row in c.metrics if row.metric.key == key and row.role == "guardrail")


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("asked", "acc", "word"),
    [
        ("val_acc:max:1pt", 0.9, "held"),
        ("val_acc:max:0.01", 0.9, "held"),
        ("val_acc:max:0.1pt", 0.9, "can't tell"),
        ("val_acc:max:1pt", 0.85, "violated"),
        ("val_acc", 0.85, "violated"),
        ("val_acc", 0.9, "not shown"),
        ("latency:min:20%", 0.9, "held"),
        ("latency:max", 0.9, "not shown"),
        ("latency:min:1sd", 0.9, "can't tell"),
        ("latency:min:5sd", 0.9, "held"),
    ],
)
def test_words(asked: str, acc: float, word: str) -> None:
    row = guardrail(compared(acc, guardrails=[asked]), asked.partition(":")[0])
    assert row.guard is not None
    assert row.guard.word == word
    assert row.is_veto == (word == "violated")


def test_a_margin_in_points_is_measured_towards_worse_also_near_the_end_of_a_share() -> None:
    """At 99.6 % a margin of half a point has room above, and must not be taken for an endless one."""
    new, old = ([0.9966, 0.9958, 0.9962], [0.9961, 0.9957, 0.9963])
    sides = [
        Group(
            name,
            name,
            tuple(summed(f"{name}{i}", {"loss": 1.0 + i, "acc": v}, seed=i, name=name) for i, v in enumerate(x)),
        )
        for name, x in (("new", new), ("old", old))
    ]
    row = guardrail(runcompare.compare(*sides, metric="loss", guardrails=["acc:max:0.5pt"]), "acc")
    odds = [np.log(np.array(x) / (1 - np.array(x))) for x in (new, old)]
    level = odds[1].mean()
    center = 1 / (1 + np.exp(-level))
    margin = level - np.log((center - 0.005) / (1 - center + 0.005))
    theirs = scipy_stats.ttest_ind(odds[0] + margin, odds[1], equal_var=False, alternative="greater")
    assert row.guard is not None
    assert row.guard.p_held == pytest.approx(theirs.pvalue)


def test_a_margin_needs_a_direction() -> None:
    with pytest.raises(UsageError, match="nothing is worse by 2%") as error:
        compared(guardrails=["zebra:2%"])
    assert "--guardrail zebra:min:2%" in error.value.hint
    assert guardrail(compared(guardrails=["zebra"]), "zebra").guard is None
    assert guardrail(compared(guardrails=["zebra:max:1pt"]), "zebra").guard is not None


def test_one_that_got_worse_within_its_margin_is_no_veto() -> None:
    c = compared(latency=10.6, guardrails=["latency:min:20%"], gpu_price=1.0)
    row = guardrail(c, "latency")
    assert row.guard is not None
    assert row.guard.p_violated is not None
    assert row.guard.p_violated < 0.05
    assert row.guard.word == "held"
    assert not row.is_veto


def test_nothing_is_adopted_while_a_guardrail_is_open_and_seeds_are_named() -> None:
    assert compared().worth is None  # better, and the cost is not known
    c = compared(guardrails=["latency:min:2%"])
    assert (c.verdict, c.worth) == ("better", "find out")
    (advice,) = (r for r in c.recommendations if r.action == "run_seeds")
    assert advice.facts["guardrail"] == "latency"
    assert advice.facts["seeds_low"] > 4
    assert compared(guardrails=["latency:min:20%"]).worth is None
    assert compared(latency=14.0, guardrails=["latency:min:20%"]).worth == "drop"


def test_a_history_of_the_guardrail_helps_few_seeds() -> None:
    past = [group(f"past{'x' * i}", 1.1, 0.9, 8.0 + i) for i in range(8)]
    alone, helped = (
        guardrail(compared(guardrails=["latency:min:6%"], n=3, noise_from=h), "latency").guard for h in ((), past)
    )
    assert alone is not None
    assert helped is not None
    assert (alone.noise.source, helped.noise.source) == ("replicates", "history")
    assert (helped.noise.df or 0) > (alone.noise.df or 0)
    assert (helped.p_held or 1) < (alone.p_held or 0)


def test_violations_are_corrected_for_how_many_guardrails_there_are() -> None:
    """Three guardrails, one of which is worse at p = .03: none is violated."""
    alone = guardrail(compared(latency=10.32, guardrails=["latency"]), "latency").guard
    three = guardrail(compared(latency=10.32, guardrails=["latency", "val_acc", "zebra:max"]), "latency").guard
    assert alone is not None
    assert three is not None
    assert three.p_violated == alone.p_violated
    assert 0.05 / 3 < (alone.p_violated or 1) < 0.05
    assert (alone.word, three.word) == ("violated", "not shown")
    assert three.q_violated == pytest.approx(3 * (alone.p_violated or 1))


def test_the_settings_may_hold_the_margin(tmp_path: Any) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.runcompare.metrics."latency"]\nguardrail-margin = "20%"\n')
    row = guardrail(compared(guardrails=["latency:min"]), "latency")
    assert row.guard is not None
    assert (row.guard.word, row.guard.margin) == ("held", "20%")
    stated = guardrail(compared(guardrails=["latency:min:2%"]), "latency").guard
    assert stated is not None
    assert stated.margin == "2%"


def test_two_sided_words_and_guard_agree_when_swapped() -> None:
    c = compared(0.85, guardrails=["val_acc"])
    swapped = runcompare.compare(
        group("old", 1.2, 0.9, 10.0), group("new", 1.0, 0.85, 10.0), metric="val_loss", guardrails=["val_acc"]
    )
    assert guardrail(c, "val_acc").assessment == "worse"
    assert guardrail(swapped, "val_acc").assessment == "better"
    assert not guardrail(swapped, "val_acc").is_veto


def test_a_row_without_a_guard_keeps_its_veto() -> None:
    row = guardrail(compared(0.85, guardrails=["val_acc"]), "val_acc")
    assert replace(row, guard=None).is_veto
