from dataclasses import replace

import numpy as np
import pytest
from logged_runs import logged_group

from runcompare.comparison.build import Request, build
from runcompare.metrics.min_effect import parse_min_effect
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Alternative, Attempt, Claim, Group, Run, RunInfo
from runcompare.stats import benjamini_hochberg


def noisy(group, label, level, n, seed, **more):
    values = level * np.exp(0.03 * np.random.default_rng(seed).standard_normal(n))
    return group(label, [float(v) for v in values], **more)


def rules(comparison):
    return {(f.rule, f.stage) for f in comparison.findings}


def test_a_clear_improvement_with_replicates_is_better(group):
    c = build(noisy(group, "a", 0.05, 5, 1), noisy(group, "b", 0.1, 5, 2), Request())
    assert c.verdict == "better"
    assert c.quality.test.noise.source == "replicates"
    assert c.quality.ratio_low < 0.5 < c.quality.ratio_high
    assert ("dominated", None) not in rules(c)


def test_swapping_sides_turns_better_into_worse(group):
    a, b = noisy(group, "a", 0.05, 5, 1), noisy(group, "b", 0.1, 5, 2)
    forth, back = build(a, b, Request()), build(b, a, Request())
    assert (forth.verdict, back.verdict) == ("better", "worse")
    assert forth.quality.ratio * back.quality.ratio == pytest.approx(1)
    assert forth.quality.test.p_value == pytest.approx(back.quality.test.p_value)


def test_one_run_each_cannot_tell_without_noise_and_can_with(group):
    a, b = group("a", [0.0907]), group("b", [0.0921])
    assert build(a, b, Request(noise_library=False)).verdict == "can't tell"
    stated = build(a, b, Request(noise_cv=0.197, min_effect=parse_min_effect("2%")))
    assert stated.verdict == "inconclusive"
    assert stated.quality.test.noise.source == "assumed"
    assert {k.why for k in stated.knowing} == {"observed effect", "smallest effect of interest"}


def test_history_of_the_project_gives_the_noise(group):
    history = [noisy(group, f"h{i}", 0.1 + 0.01 * i, 4, i) for i in range(8)]
    c = build(group("a", [0.05]), group("b", [0.1]), Request(history=history))
    assert c.quality.test.noise.source == "history"
    assert c.quality.test.noise.groups == 8
    assert c.quality.test.noise.names[0] == "h0"
    assert c.verdict == "better"


def test_other_data_are_not_comparable_unless_forced(group):
    a = noisy(group, "a", 0.05, 3, 1, config={"data": {"points": 512}})
    b = noisy(group, "b", 0.1, 3, 2, config={"data": {"points": 256}})
    c = build(a, b, Request())
    assert (c.verdict, c.worth) == ("not comparable", None)
    assert "data.points is 512 against 256" in c.incomparable[0].text
    assert build(a, b, Request(force=True)).verdict == "better"


def test_another_test_set_is_seen_by_its_fingerprint(group):
    a = group("a", [0.1, 0.1], summary={"data/fingerprint": "aaaa"})
    b = group("b", [0.1, 0.1], summary={"data/fingerprint": "bbbb"})
    assert build(a, b, Request()).verdict == "not comparable"


def test_more_training_data_or_another_path_is_a_method_not_another_question(group):
    a = group("a", [0.1, 0.1], config={"data": {"train": 1, "n_train": 512, "path": "/x"}})
    b = group("b", [0.1, 0.1], config={"data": {"train": 1, "n_train": 256, "path": "/y"}})
    assert build(a, b, Request()).incomparable == ()


def test_dearer_without_gain_is_dominated_and_the_config_goes_back(group):
    same = noisy(group, "b", 0.1, 4, 1, config={"ttc": {"candidates": 8}})
    long = {"operator": [1.0] * 30}
    dear = noisy(group, "a", 0.1, 4, 2, stages=long, config={"ttc": {"candidates": 16}, "x": {"new": 1}})
    c = build(dear, same, Request())
    assert c.verdict != "better"
    assert ("dominated", None) in rules(c)
    assert {(x.path, x.value, x.reason) for x in c.corrected.changes} == {
        ("ttc.candidates", 8, "baseline-value"),
        ("x.new", None, "removed"),
    }
    assert c.iso_cost.runs > 2
    assert c.corrected.is_baseline
    assert "keep_baseline" in {r.action for r in c.recommendations}
    assert "use_corrected" not in {r.action for r in c.recommendations}, "that would be the baseline itself"


def test_a_stage_that_one_side_lacks_is_found(group):
    a = group("a", [0.1, 0.11], stages={"operator": [1.0, 0.5], "extra": [1.0, 0.4]})
    b = group("b", [0.1, 0.11], stages={"operator": [1.0, 0.5]})
    c = build(a, b, Request())
    assert ("missing_stage", "extra") in rules(c)
    row = next(s for s in c.stages if s.name == "extra").row("final_loss")
    assert row.assessment == "missing"


def test_nan_losses_are_found_and_never_dropped(group):
    a = group("a", [float("nan"), 0.1, 0.1], stages={"operator": [1.0, float("nan")]})
    c = build(a, group("b", [0.1, 0.11, 0.12]), Request())
    assert c.quality.candidate.nonfinite == 1
    assert any(f.rule == "nonfinite" and f.facts["key"] == "operator/loss" for f in c.findings)
    assert c.verdict != "better"


def test_best_logged_before_its_update_is_noticed():
    figures = {
        "nrmse": Figure(0.1),
        "operator/final_loss": Figure(0.000659),
        "operator/best_loss": Figure(0.00072),
    }
    a = Run(RunInfo("a", "a", "yaml", "a.yaml"), figures=figures)
    b = Run(RunInfo("b", "b", "yaml", "b.yaml"), figures={"nrmse": Figure(0.1)})
    c = build(Group("a", "a", (a,)), Group("b", "b", (b,)), Request())
    assert ("best_worse_than_final", "operator") in rules(c)


def test_claims_are_held_against_the_figures():
    reported = {"provenance": Provenance.REPORTED}
    cost = {"nrmse": Figure(0.1), "cost": Figure(10.78, "USD", **reported), "time": Figure(3600.0, "s", **reported)}
    claims = (Claim("15x dearer", "cost", 15), Claim("9x dearer", "cost", 9), Claim("7x", "cost", 7))
    other = Alternative("v3", figures={"cost": Figure(1.2, "USD")})
    a = Run(RunInfo("a", "a", "yaml", "a"), figures=cost, claims=claims, alternatives=(other,))
    b = Run(RunInfo("b", "b", "yaml", "b"), figures={**cost, "cost": Figure(0.7, "USD", **reported)})
    c = build(Group("a", "a", (a,)), Group("b", "b", (b,)), Request())
    found = {(f.rule, f.facts["claimed"], f.facts.get("matches")) for f in c.findings if f.rule.startswith("claim")}
    assert found == {("claim_holds", 15, None), ("claim_refuted", 9, "v3"), ("claim_refuted", 7, None)}


def test_estimated_ranges_are_compared_as_ranges():
    wide = Figure(None, low=0.0002, high=0.0005, provenance=Provenance.ESTIMATED)
    b = Run(RunInfo("b", "b", "yaml", "b"), figures={"nrmse": Figure(0.1), "operator/final_loss": wide})
    words = {}
    for loss in (0.0001, 0.0003, 0.0007):
        a = Run(RunInfo("a", "a", "yaml", "a"), figures={"nrmse": Figure(0.1), "operator/final_loss": Figure(loss)})
        c = build(Group("a", "a", (a,)), Group("b", "b", (b,)), Request())
        words[loss] = c.stages[0].row("final_loss").assessment
    assert words == {0.0001: "below range", 0.0003: "within range", 0.0007: "above range"}


def test_many_diagnostics_are_corrected_together(group):
    rng = np.random.default_rng(0)

    def side(label):
        runs = []
        for i in range(4):
            summary = {f"eval/m{j}": float(np.exp(0.1 * rng.standard_normal())) for j in range(40)}
            runs.append(group(label, [0.1 + 0.001 * i], summary=summary).runs[0])
        return Group(label, label, tuple(runs))

    c = build(side("a"), side("b"), Request())
    cried = [r for r in c.metrics if r.assessment in ("better", "worse")]
    assert all(r.test.q_value >= r.test.p_value for r in c.metrics if r.test and r.test.q_value is not None)
    assert len(cried) <= 1


def test_to_frame_has_a_row_a_quantity(group):
    c = build(noisy(group, "a", 0.05, 3, 1), noisy(group, "b", 0.1, 3, 2), Request())
    frame = c.to_frame()
    assert frame["quantity"].is_unique
    row = frame.set_index("quantity").loc["eval/nrmse"]
    assert row["assessment"] == "better"
    assert row["candidate_n"] == 3


def searched(group, label, gains, **more):
    runs = []
    for i, gain in enumerate(gains):
        alone = 0.1 + 0.001 * i
        summary = {"eval/baseline_nrmse": alone, "eval/ttc_nrmse": alone * (1 - gain), "x/gate": 0.0}
        runs.append(group(label, [alone * (1 - gain)], summary=summary, **more).runs[0])
    return Group(
        label, label, tuple(replace(r, info=replace(r.info, id=f"{label}{i}", seed=i)) for i, r in enumerate(runs))
    )


def test_search_that_gains_nothing_is_taken_back_even_from_a_better_candidate(group):
    wide = {"ttc": {"candidates": 16}, "stages": {"x": {"epochs": 9}, "operator": {"epochs": 3}}}
    slim = {"ttc": {"candidates": 8}, "stages": {"x": {"epochs": 4}, "operator": {"epochs": 3}}}
    new = searched(group, "a", [0.001, -0.001, 0.0005], config=wide)
    old = searched(group, "b", [-1.0, -1.01, -0.99], config=slim)
    c = build(new, old, Request())
    assert c.verdict == "better"
    assert {(x.path, x.value, x.reason) for x in c.corrected.changes} == {
        ("ttc.candidates", 8, "search-without-gain"),
        ("stages.x.epochs", 4, "stage-without-effect"),
    }
    (finding,) = [f for f in c.findings if f.rule == "search_gain"]
    assert (finding.facts["candidate_shown"], finding.facts["baseline_shown"]) == (False, True)


def test_search_that_pays_stays(group):
    new = searched(group, "a", [0.5, 0.51, 0.49], config={"ttc": {"candidates": 16}})
    old = searched(group, "b", [0.0, 0.001, -0.001], config={"ttc": {"candidates": 8}})
    c = build(new, old, Request())
    assert c.verdict == "better"
    assert c.corrected is None


def test_what_a_run_did_is_shown_not_judged(group):
    new = group("a", [0.1, 0.2], summary={"eval/network_evaluations": 640})
    old = group("b", [0.1, 0.2], summary={"eval/network_evaluations": 64})
    (row,) = [r for r in build(new, old, Request()).metrics if r.metric.key == "eval/network_evaluations"]
    assert (row.assessment, row.test, row.ratio) == ("n/a", None, 10)


def test_the_best_of_the_baselines_is_chosen_by_validation(group):
    rng = np.random.default_rng(3)
    levels = [float(0.1 * np.exp(0.1 * rng.standard_normal())) for _ in range(6)]
    runs = []
    for i, level in enumerate(levels):
        summary = {"operator/val_nrmse": level * 1.1, "first/val_nrmse": 1.0 + i}
        stages = {"first": [1.0, 0.5], "operator": [1.0, 0.5]}
        run = group("b", [level], summary=summary, stages=stages).runs[0]
        runs.append(replace(run, info=replace(run.info, id=f"b{i}", seed=i)))
    base = Group("b", "b", tuple(runs))
    dear = group("a", [0.1, 0.11, 0.12], stages={"operator": [1.0] * 40})
    iso = build(dear, base, Request()).iso_cost
    assert "chosen by operator/val_nrmse" in iso.method
    assert not any(note.code == "chosen-by-test" for note in iso.notes)
    assert iso.expected_best < np.exp(np.mean(np.log(levels)))


def test_a_cost_that_the_seeds_do_not_tell_apart_is_no_price(group):
    rng = np.random.default_rng(5)

    def side(label, level):
        runs = []
        for i in range(4):
            seconds = 100.0 * float(np.exp(0.5 * rng.standard_normal()))
            run = group(label, [level * (1 + 0.01 * i)], stages={}).runs[0]
            info = replace(run.info, id=f"{label}{i}", seed=i)
            runs.append(replace(run, info=info, attempts=(Attempt(1e9, 1e9 + seconds),), runtime_s=seconds))
        return Group(label, label, tuple(runs))

    c = build(side("a", 0.05), side("b", 0.1), Request())
    assert (c.verdict, c.price_of_gain) == ("better", None)
    assert c.worth in ("adopt", "find out")


def test_what_no_table_shows_stands_among_the_metrics_by_its_last_value():
    columns = {"val/accuracy": [0.4, 0.5], "train/loss": [1.0, 0.5], "lr": [0.1, 0.01], "gpu_util": [10.0, 90.0]}
    c = build(logged_group("a", columns), logged_group("b", columns), Request())
    last = {row.metric.key: (row.candidate.center, row.test) for row in c.metrics}
    assert last == {"gpu_util": (90.0, None), "lr": (0.01, None)}
    assert [table.name for table in c.stages] == ["training"]
    assert [row.metric.label for row in c.curve.rows] == ["Final", "Best", "Best at step"]


def test_rows_that_repeat_another_are_corrected_apart():
    rng = np.random.default_rng(0)
    new, old = (
        [{key: rng.uniform(1, 2, 6) for key in ("loss", "val_loss", "grad_norm", "val_accuracy")} for _ in range(4)]
        for _ in range(2)
    )
    c = build(logged_group("a", *new), logged_group("b", *old), Request(metric="val_accuracy"))
    tests = {row.metric.label: row.test for row in (*c.metrics, *c.stages[0].rows) if row.test}
    repeat = tests.pop("Best validation loss")
    corrected = benjamini_hochberg([test.p_value for test in tests.values()])
    assert [test.q_value for test in tests.values()] == pytest.approx(list(corrected))
    assert repeat.q_value >= repeat.p_value


def test_a_thousand_layers_are_described_not_listed():
    layers = {f"layer{k}/{q}": [1.0, 0.5] for k in range(500) for q in ("loss", "grad_norm")}
    columns = {"val/accuracy": [0.4, 0.5], **layers}
    c = build(logged_group("a", columns), logged_group("b", columns), Request())
    assert (c.stages, c.metrics, c.findings) == ((), (), tuple(f for f in c.findings if f.stage is None))
    assert [len(family.changes) for family in c.families] == [500, 500]
