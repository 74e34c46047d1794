"""Records that make no sense: every ledger comes out, none of its figures is negative, nothing raises."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runcompare.costs import (
    PriceBook,
    cost_to_target,
    forecast,
    group_ledger,
    iso_quality,
    ledger,
    ratio,
    search_waste,
    seed_waste,
    waste,
)
from runcompare.costs.ledgers import FIELDS
from runcompare.costs.wasted.seeds import seeds_to_decide
from runcompare.metrics.metric import Meanings
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Hardware, Run

MakeRun = Callable[..., Run]

odd = st.one_of(st.floats(-1e4, 1e4), st.sampled_from([math.nan, math.inf, -math.inf, 0.0, -1.0, 1e300]))
maybe = st.one_of(st.none(), odd)
names = st.sampled_from(["", "eval", "operator", "a/b", "x" * 50, "\x00|"])
rows = st.lists(
    st.fixed_dictionaries(
        {"t": odd},
        optional=dict.fromkeys(("operator/epoch_time_sec", "operator/loss", "loss", "operator/epoch"), odd),
    ),
    max_size=5,
)
samples = st.lists(
    st.fixed_dictionaries(
        {"t": odd},
        optional=dict.fromkeys(
            (
                "gpu.0.powerWatts",
                "gpu.0.gpu",
                "gpu.process.0.gpu",
                "gpu.0.energy",
                "gpu.1.energy_mJ",
                "energy_consumed",
            ),
            odd,
        ),
    ),
    max_size=5,
)
searches = st.dictionaries(
    st.sampled_from(
        ["eval/baseline_nrmse", "eval/ttc_nrmse", "eval/ttc_time_sec", "eval/network_evaluations", "energy_consumed"]
    ),
    st.one_of(odd, st.sampled_from(["", "high", None, True])),
)
hardware = st.builds(
    Hardware,
    accelerator=st.sampled_from([None, "", "NVIDIA A100-SXM4-80GB", "Frobnicator"]),
    accelerator_count=st.integers(-1, 3),
    cpu=st.sampled_from([None, "CPU"]),
    cpu_count=st.sampled_from([None, 0, 2]),
    world_size=st.integers(0, 3),
)
figures = st.dictionaries(
    st.sampled_from(["time", "cost", "eval_time", "operator/time", "energy", "operator/epochs"]),
    st.builds(
        Figure, maybe, st.sampled_from(["s", "USD", "EUR", "kWh", ""]), maybe, maybe, st.sampled_from(list(Provenance))
    ),
    max_size=3,
)
configs = st.sampled_from(
    [
        {},
        {"stages": {"operator": {"epochs": 3}}},
        {"stages": 3, "ttc": {"candidates": "x"}},
        {"operator_epochs": math.nan},
    ]
)


# the fixture only hands over a function
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=50)
@given(
    st.lists(st.tuples(names, odd, maybe), max_size=4),
    st.lists(st.tuples(odd, maybe), max_size=3),
    rows,
    samples,
    hardware,
    st.one_of(st.just({}), figures),
    maybe,
    configs,
    searches,
    st.sampled_from(["finished", "running", "interrupted", "failed", "unknown"]),
)
def test_nothing_raises(
    run: MakeRun,
    stages: Any,
    attempts: Any,
    rows: Any,
    samples: Any,
    hardware: Any,
    figures: Any,
    runtime: Any,
    config: Any,
    summary: Any,
    state: Any,
) -> None:
    made = run(
        stages=stages,
        attempts=attempts,
        rows=rows,
        system=samples,
        hardware=hardware,
        figures=figures,
        runtime_s=runtime,
        config=config,
        summary=summary,
        state=state,
    )
    book = PriceBook.load()
    costs = ledger(made, book)
    if not figures:
        for line in (*costs.lines, costs.total):
            for name in ("wall", "device_hours", "energy", "energy_at_rest", "energy_of_work", "money", "co2"):
                figure = getattr(line, name)
                known = [x for x in (figure.value, figure.low, figure.high) if x is not None]
                assert all(x >= 0 for x in known)
    group = group_ledger([costs, costs])
    for stage in (None, *(line.stage for line in group.mean_stages)):
        for field in FIELDS:
            times = ratio([costs, costs], [costs], field, stage=stage)
            assert times.is_missing or times.value == pytest.approx(1)
    waste(made, costs)
    forecast({"stages": {"operator": {"epochs": 5}}}, [made, made], book)
    cost_to_target([made, made], "operator/loss", 0.5, book)
    key = "eval/ttc_nrmse"
    sides = {"a": [made, made, made], "b": [made]}
    search_waste(sides, {label: [costs] * len(runs) for label, runs in sides.items()})
    seed_waste(sides["a"], [costs] * 3, seeds_to_decide(sides["a"], sides["a"], Meanings().metric(key)) or 1)
    iso_quality(sides, key, book)
