"""Search and seeds that were paid for beyond need, by hand."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from costed_runs import seeds

from runcompare.costs import PriceBook, Waste, ledger, search_waste, seed_waste
from runcompare.costs.wasted.search import same_but_for_search
from runcompare.costs.wasted.seeds import seeds_to_decide
from runcompare.metrics.metric import Meanings
from runcompare.records.figure import Provenance
from runcompare.records.run import Run

MakeRun = Callable[..., Run]
CONFIG: dict[str, Any] = {"name": "x", "latent": {"dim": 32}, "ttc": {"enabled": True, "candidates": 8}}


def searched(run: MakeRun, name: str, alone: float, found: float, *, seconds: float | None = 30.0, **more: Any) -> Run:
    """Ran for 1000 s, 100 s of them in evaluation; 8 candidates and 640 evaluations unless `more` says otherwise."""
    summary = {"eval/baseline_nrmse": alone, "eval/ttc_nrmse": found, "eval/network_evaluations": 640}
    summary |= {} if seconds is None else {"eval/ttc_time_sec": seconds}
    summary |= more.pop("summary", {})
    stages = [("operator", 0, 900), ("eval", 900, 1000)]
    return run(name, attempts=[(0, 1000)], stages=stages, summary=summary, **{"config": CONFIG, **more})


def lost(book: PriceBook, **groups: Sequence[Run]) -> dict[str, list[Waste]]:
    return search_waste(groups, {label: [ledger(r, book) for r in runs] for label, runs in groups.items()})


def test_a_search_that_gained_nothing_is_lost_whole(run: MakeRun, book: PriceBook) -> None:
    runs = [searched(run, f"s{i}", 0.1, 0.1 * (1 + d)) for i, d in enumerate((0.004, -0.002, 0.001))]
    found = lost(book, a=runs)["a"]
    assert [w.run_id for w in found] == ["s0", "s1", "s2"]
    first = found[0]
    assert first.what == "search that gained nothing"
    assert (first.stage, first.share) == ("eval", pytest.approx(0.3))
    assert first.wall.value == 30
    assert first.wall.provenance is Provenance.MEASURED
    assert first.device_hours.provenance is Provenance.DERIVED
    assert first.money.value == pytest.approx(30 / 3600 * 2)
    assert "+0.10%" in first.evidence


def test_a_search_that_gained_or_made_it_worse(run: MakeRun, book: PriceBook) -> None:
    gained = [searched(run, f"g{i}", 0.1, 0.1 * (1 - d)) for i, d in enumerate((0.05, 0.06, 0.055))]
    worse = [searched(run, f"w{i}", 0.1, 0.1 * (1 + d)) for i, d in enumerate((0.05, 0.06, 0.055))]
    found = lost(book, gained=gained, worse=worse)
    assert found["gained"] == []
    assert [w.wall.value for w in found["worse"]] == [30, 30, 30]


def test_two_runs_that_gained_are_too_few_to_call_it_noise(run: MakeRun, book: PriceBook) -> None:
    two = [searched(run, f"s{i}", 0.1, 0.1 * (1 - d)) for i, d in enumerate((0.05, 0.30))]
    assert lost(book, a=two)["a"] == []
    assert lost(book, a=[searched(run, "s", 0.1, 0.09)])["a"] == []
    assert len(lost(book, a=[searched(run, "s", 0.1, 0.11)])["a"]) == 1


def test_one_run_is_judged_by_its_test_samples(run: MakeRun, book: PriceBook) -> None:
    alone = (0.1,) * 6
    noisy = {"eval/baseline_nrmse": alone, "eval/ttc_nrmse": (0.05, 0.15, 0.06, 0.13, 0.09, 0.10)}
    clear = {"eval/baseline_nrmse": alone, "eval/ttc_nrmse": (0.09, 0.091, 0.089, 0.09, 0.09, 0.092)}
    (one,) = lost(book, a=[searched(run, "s", 0.1, 0.097, samples=noisy)])["a"]
    assert "6 test samples" in one.evidence
    assert lost(book, a=[searched(run, "s", 0.1, 0.09, samples=clear)])["a"] == []


def test_where_search_was_not_timed_it_is_at_most_all_of_evaluation(run: MakeRun, book: PriceBook) -> None:
    (one,) = lost(book, a=[searched(run, "s", 0.1, 0.11, seconds=None)])["a"]
    assert (one.wall.low, one.wall.high) == (0, 100)
    assert one.wall.provenance is Provenance.ESTIMATED
    summary = {"eval/baseline_nrmse": 0.1, "eval/ttc_nrmse": 0.11}
    (untimed,) = lost(book, a=[run("s", summary=summary, runtime_s=10.0)])["a"]
    assert untimed.wall.is_missing
    assert untimed.money.is_missing


def family(run: MakeRun, label: str, candidates: int, error: float, seconds: float, *, dim: int = 32) -> list[Run]:
    """Four seeds of the same models as every other family, searched differently, with 0.1 % of noise of its own."""
    config = {"name": label, "latent": {"dim": dim}, "ttc": {"enabled": True, "candidates": candidates}}
    summary = {"eval/network_evaluations": 80 * candidates}
    own = (1.0, 1.001, 0.999, 1.0005)[:: -1 if candidates == 32 else 1]
    runs = []
    for i, (noise, tiny) in enumerate(zip((1.0, 1.3, 0.8, 1.1), own, strict=True)):
        more = {"seconds": seconds, "config": {**config, "seed": i}, "summary": summary}
        made = searched(run, f"{label}{i}", 0.2 * noise, error * noise * tiny, **more)
        runs.append(replace(made, info=replace(made.info, seed=i)))
    return runs


def test_the_plateau_is_the_cheapest_within_noise_of_the_best(run: MakeRun, book: PriceBook) -> None:
    groups = {
        "few": family(run, "few", 2, 0.15, 5.0),
        "enough": family(run, "enough", 8, 0.1, 20.0),
        "many": family(run, "many", 32, 0.09999, 80.0),
        "wider": family(run, "wider", 64, 0.09, 99.0, dim=64),
    }
    found = lost(book, **groups)
    assert found["few"] == found["enough"] == found["wider"] == []
    assert [w.what for w in found["many"]] == ["search beyond the plateau"] * 4
    assert found["many"][0].wall.value == 60
    assert found["many"][0].wall.provenance is Provenance.DERIVED
    assert "enough is within noise of the best" in found["many"][0].evidence
    assert "640 evaluations, not 2560" in found["many"][0].evidence


def test_a_better_search_is_no_plateaus_waste(run: MakeRun, book: PriceBook) -> None:
    found = lost(book, few=family(run, "few", 2, 0.15, 5.0), many=family(run, "many", 32, 0.1, 80.0))
    assert found == {"few": [], "many": []}


def test_what_differs_in_search_seed_and_name_only(run: MakeRun) -> None:
    a, b, c = (
        family(run, n, k, 0.1, 1.0, dim=d)[i] for n, k, d, i in (("a", 2, 32, 0), ("b", 9, 32, 1), ("c", 2, 64, 0))
    )
    assert same_but_for_search(a) == same_but_for_search(b)
    assert same_but_for_search(a) != same_but_for_search(c)


def test_seeds_after_the_decision_by_start(run: MakeRun, book: PriceBook) -> None:
    new = seeds(run, "n", [0.05, 0.051, 0.0505, 0.0502, 0.0498])
    old = seeds(run, "o", [0.1, 0.101, 0.0995, None, 0.1005, 0.1002])
    assert seeds_to_decide(new, old, Meanings().metric("nrmse")) == (3, 4)
    found = seed_waste(old, [ledger(r, book) for r in old], 4)
    assert [w.run_id for w in found] == ["o1", "o0"]
    assert all(w.wall.value == 600 for w in found)
    assert found[0].money.value == pytest.approx(600 / 3600 * 2)
    assert "first 4 of 6" in found[0].evidence
    assert seed_waste(old, [ledger(r, book) for r in old], 6) == []
    with pytest.raises(ValueError, match="0 or more"):
        seed_waste(old, [ledger(r, book) for r in old], -1)


def test_without_starts_the_cost_of_later_seeds_is_missing(run: MakeRun, book: PriceBook) -> None:
    runs = [replace(r, info=replace(r.info, started_at=None)) for r in seeds(run, "a", [0.1] * 4, started=False)]
    (found,) = seed_waste(runs, [ledger(r, book) for r in runs], 3)
    assert found.wall.is_missing
    assert "start is not known" in found.evidence
