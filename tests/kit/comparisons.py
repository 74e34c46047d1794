"""Comparisons made by hand: every renderer reads them and nothing else."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from runcompare.comparison.comparison import Comparison, Options, RunBrief, Side
from runcompare.comparison.model import (
    ConfigChange,
    Corrected,
    CorrectedChange,
    Curve,
    Evidence,
    FinalChange,
    Finding,
    IsoCost,
    KeyFamily,
    MetricCurve,
    Noise,
    Note,
    PriceOfKnowing,
    Recommendation,
    Row,
    RunValue,
    Sample,
    StageComparison,
    Test,
)
from runcompare.comparison.rules import RULES
from runcompare.metrics.metric import Metric
from runcompare.records.figure import Figure, Provenance

HOSTILE = [
    "a|b",
    "`tick` ```fence",
    "line\nbreak\r\n# heading",
    "<script>alert(1)</script>",
    "[link](javascript:alert(1))",
    "![x](https://evil.example/p.png)",
    "**bold** _em_ ~~gone~~",
    "\x1b[31mred\x1b[0m\x00",
    "\u202eright to left\u200b",
    "$x^{$ {{ 7*7 }} {% raw %}",
    "lone \ud800 surrogate",
    "-->",
    "</style>",
    "x" * 5000,
]

NRMSE = Metric("eval/nrmse", "eval/nrmse")


def sample(values: Sequence[float | None], unit: str = "", provenance: Provenance = Provenance.MEASURED) -> Sample:
    figures = [
        Figure.missing("not logged", unit) if v is None else Figure(v, unit, provenance=provenance, source="summary x")
        for v in values
    ]
    finite = [v for v in values if v is not None and math.isfinite(v)]
    mean = math.fsum(finite) / len(finite) if finite else None
    sd = None
    if len(finite) > 1 and mean is not None:
        sd = math.sqrt(math.fsum((v - mean) ** 2 for v in finite) / (len(finite) - 1))
    return Sample(
        tuple(RunValue(f"r{i}", f) for i, f in enumerate(figures)),
        mean,
        sd,
        None,
        None,
        provenance if finite else Provenance.MISSING,
        nonfinite=sum(v is not None and not math.isfinite(v) for v in values),
        missing=sum(v is None for v in values),
    )


def ranged(low: float, high: float, unit: str = "") -> Sample:
    figure = Figure(None, unit, low, high, Provenance.ESTIMATED, "record.yaml: operator/final_loss")
    return Sample((RunValue("r0", figure),), math.sqrt(low * high), None, low, high, Provenance.ESTIMATED)


def make_test(verdict: str = "inconclusive", **more: Any) -> Test:
    values: dict[str, Any] = {
        "effect": -0.0152,
        "low": -0.081,
        "high": 0.052,
        "p_value": 0.41,
        "q_value": None,
        "method": "Welch's t-test on logs",
        "noise": Noise("replicates", cv=0.043, df=4.2, groups=2, runs=8),
        "seeds_for_effect": (48, 160),
        "seeds_for_min_effect": (30, 95),
        "detectable": 0.09,
        "margin": 0.02,
        "warnings": (Note("few", "Three seeds on one side: the interval is wide."),),
        "assumptions": (Note("normal", "Logs of final values are taken as normal."),),
    }
    return Test(verdict=verdict, **{**values, **more})


def make_row(
    key: str, new: Sample, old: Sample, *, label: str = "", unit: str = "", role: Any = "stage", **more: Any
) -> Row:
    ratio = new.center / old.center if new.center and old.center else None
    return Row(Metric(key, label or key, unit, direction="min"), new, old, **{"ratio": ratio, "role": role, **more})


def make_curve(role: Any, quantity: str, n: int = 3, epochs: int = 15, stage: str = "operator") -> Curve:
    epoch = tuple(float(i + 1) for i in range(epochs))
    center = tuple(0.5 * math.exp(-0.1 * e) * (1.3 if role == "candidate" else 1.0) for e in epoch)
    low, high = tuple(0.8 * c for c in center), tuple(1.25 * c for c in center)
    return Curve(role, f"{stage}/{quantity}", quantity, epoch, center, low, high, (n,) * epochs)


def make_stage(name: str = "operator", roles: Sequence[str] = ("candidate", "baseline")) -> StageComparison:
    rows = (
        make_row(f"{name}/epochs", sample([50.0] * 3), sample([15.0] * 5), label="Epochs"),
        make_row(
            f"{name}/final_loss",
            sample([6.5e-4, 6.6e-4, 6.7e-4]),
            sample([3e-4, 3.1e-4, 2.9e-4, 3e-4, 3e-4]),
            label="Final loss",
            test=make_test("worse", effect=1.2, low=1.1, high=1.3, p_value=2e-5, q_value=8e-5),
            assessment="worse",
        ),
        make_row(f"{name}/time", sample([180.0, 181.0, 182.0], "s"), sample([50.0] * 5, "s"), label="Time", unit="s"),
    )
    curves = [make_curve(r, q, stage=name) for r in roles for q in ("loss", "val_loss", "grad_norm")]
    return StageComparison(name, (name,), rows, tuple(curves))


def make_metric_curve(label: str = "eval/nrmse") -> MetricCurve:
    rows = (
        make_row("eval/nrmse/final", sample([0.09, 0.087, 0.094]), sample([0.092] * 5), label="Final", role="curve"),
        make_row("eval/nrmse/best_epoch", sample([11.0] * 3), sample([12.0] * 5), label="Best at epoch", role="curve"),
    )
    curves = tuple(make_curve(role, "metric") for role in ("candidate", "baseline"))
    return MetricCurve(Metric("eval/nrmse", label), rows, curves)


def make_family(key: str = "layer7/grad_norm") -> KeyFamily:
    changes = (FinalChange("layer6/grad_norm", 0.2, 0.2, 1.0), FinalChange(key, 0.6, 0.2, 3.0))
    return KeyFamily("layer*/grad_norm", changes, 2.0, changes[1])


KEEP = "**Keep the baseline.** The candidate is more expensive, and its gain is not shown."

# facts as each rule states them
EXAMPLES: dict[str, dict[str, Any]] = {
    "dominated": {"verdict": "worse", "time_ratio": None, "cost_ratio": 15.4, "basis": "device_hours"},
    "confounded": {"count": 2, "paths": ["a", "b"]},
    "search_rescued": {
        "candidate_without": 0.9,
        "baseline_without": 0.7,
        "candidate_with": 0.09,
        "baseline_with": 0.09,
        "gap_without": 0.3,
        "gap_with": 0.01,
    },
    "search_gain": {
        "candidate_gain": None,
        "candidate_shown": False,
        "baseline_shown": True,
        "candidate_runs": 0,
        "baseline_runs": 4,
        "baseline_gain": 0.88,
        "candidate_change": None,
        "baseline_change": -0.88,
        "candidate_evaluations": None,
        "baseline_evaluations": 150.0,
    },
    "more_epochs_no_gain": {"role": "candidate", "epochs_ratio": 3.3, "loss_ratio": None, "assessment": "worse"},
    "grad_norm_higher": {"role": "candidate", "ratio": 1.5, "assessment": "above range"},
    "best_worse_than_final": {"role": "candidate", "best": 0.00072, "final": 0.00066},
    "gate_closed": {"role": "candidate", "value": 0.0},
    "claim_refuted": {
        "text": "9x",
        "claimed": 9.0,
        "actual": 15.4,
        "against": "baseline",
        "matches": None,
        "matches_ratio": None,
    },
    "claim_holds": {"text": "16x slower", "claimed": 16.0, "actual": 15.75, "against": "baseline"},
    "estimated_figures": {"role": "baseline", "count": 3},
    "time_share": {"share": 0.6, "extra_s": 363.0},
    "missing_stage": {"present": "candidate", "absent": "baseline"},
    "nonfinite": {"role": "candidate", "key": "operator/loss", "runs": ["r1"], "count": 1, "step": 4.0, "others": 0},
    "hardware_differs": {"candidate": "1 x A100", "baseline": "1 x H100"},
    "unfinished": {"role": "candidate", "runs": ["r1"], "count": 1, "states": ["running"]},
    "records_lost": {"role": "candidate", "records": 3, "rebuilt": 1},
    "single_runs": {"candidate": 1, "baseline": 5},
    "lr_zero": {"role": "candidate"},
    "did_not_learn": {"role": "candidate", "fell": 0.01, "other": 0.6, "slower": 100.0, "alike": False},
    "nothing_carried_over": {"role": "candidate"},
    "lr_too_high": {"role": "candidate", "by": 5.0, "times": 30.0, "sign": "scatter"},
    "setting_without_effect": {"new": 1e-3, "old": 1e-2, "logged": 1e-2},
    "stalled": {"role": "candidate", "done": 0.99, "other": 0.6, "higher": 0.4},
    "at_chance": {"role": "candidate", "fell": 0.1, "other": 0.7, "higher": 1.2},
    "generalisation_gap": {"role": "candidate", "own": 2.5, "other": 1.1},
    "test_gap": {"role": "candidate", "own": 0.05, "other": 0.01, "held": "val/accuracy", "test": "test/accuracy"},
    "search_wasted": {"role": "candidate", "gain": 0.001, "most": 0.01, "runs": 4},
    "device_idle": {"role": "candidate", "own": 0.2, "other": 0.9},
    "throughput_lower": {"role": "candidate", "key": "train/samples_per_second", "times": 1.8},
    "data_differ": {"paths": ["data.subset"]},
    "lengths_differ": {"role": "candidate", "own": 10.0, "other": 20.0, "axis": "epoch"},
    "missing_evidence": {"role": "candidate", "what": ["validation loss"]},
    "lr_never_decayed": {"role": "candidate", "other": 0.1},
    "number_as_text": {"role": "candidate", "key": "training.lr", "text": "1e-3"},
    "diverged": {"role": "candidate", "runs": ["r1"], "count": 1, "of": 3, "axis": "epoch", "since": 12.0},
    "loss_spikes": {"role": "candidate", "count": 3, "other": 0},
    "mostly_clipped": {"role": "candidate", "share": 0.97},
    "gradients_vanished": {"role": "candidate", "ratio": 1e-9},
    "gradients_grew": {"role": "candidate", "times": 40.0},
    "seeds_spread": {"role": "candidate", "times": 6.0},
    "seed_without_effect": {"role": "candidate", "count": 3},
    "overfitting": {"role": "candidate", "rise": 0.3, "axis": "epoch", "best_at": 12.0},
    "shorter_training": {"role": "candidate", "own": 3.0, "other": 24.0, "axis": "epoch"},
    "under_trained": {"role": "baseline", "drop": 0.2, "other": 0.01, "loss": "validation loss"},
    "loss_against_metric": {"loss": "better", "metric": "worse", "key": "val/accuracy"},
    "suspicious_validation": {"role": "candidate", "below": 0.1},
}

_RULES = {rule.name: rule for rule in RULES}


def make_finding(code: str, strength: Any = "strong", facts: Any = None, proof: Any = (), **more: Any) -> Finding:
    return _RULES[code].finding(strength, EXAMPLES[code] if facts is None else facts, proof, **more)


def make_side(role: Any, label: str, n: int) -> Side:
    runs = tuple(
        RunBrief(f"{label}-{i}", label, i, "finished", "wandb-offline", f"runs/{label}-{i}", 1e9) for i in range(n)
    )
    return Side(role, label, label, runs, "Some CPU (1 thread)", {"training.batch_size": 12})


def make_findings() -> tuple[Finding, ...]:
    proof = (Evidence("eval/nrmse", "candidate", Figure(0.0907, source="summary eval/nrmse")),)
    return (
        make_finding(
            "dominated",
            "suggestive",
            {"verdict": "inconclusive", "time_ratio": 15.75, "cost_ratio": 15.4, "basis": "money"},
            proof,
            limits="The data do not exclude that the candidate is better.",
        ),
        make_finding(
            "under_trained",
            "strong",
            {"role": "baseline", "drop": 0.12, "other": 0.01, "loss": "validation loss"},
            proof,
            stage="operator",
        ),
        make_finding("confounded", "note", {"count": 2, "paths": ["ttc.candidates", "training.rollout_horizon"]}),
    )


def make_corrected() -> Corrected:
    changes = (
        CorrectedChange("ttc.candidates", 8, 16, 8, "baseline-value"),
        CorrectedChange("stages.operator.epochs", 23, 50, 15, "overfitted", ("RC301",)),
        CorrectedChange("training.rollout_horizon", None, 3, None, "removed"),
    )
    money = Figure(None, "USD", 0.01, 0.03, Provenance.ESTIMATED, "epochs x measured time")
    return Corrected(
        base="candidate",
        changes=changes,
        config={},
        is_baseline=False,
        time=Figure(120.0, "s", 100.0, 150.0, Provenance.ESTIMATED, "epochs x measured time"),
        device_hours=Figure(0.033, "h", provenance=Provenance.ESTIMATED),
        money=money,
        method="Per-epoch times of the candidate's runs times the epochs asked for.",
    )


def make_comparison(**more: Any) -> Comparison:
    """Three seeds against five, with everything that a report can hold."""
    new, old = sample([0.0905, 0.0871, 0.0943]), sample([0.0921, 0.0934, 0.0899, 0.0942, 0.0911])
    quality = make_row(
        "eval/nrmse", new, old, role="primary", test=make_test(), assessment="inconclusive", ratio=0.9848
    )
    values: dict[str, Any] = {
        "version": "0.1.0",
        "options": Options("eval/nrmse", "2%", 0.05, gpu_price=2.1),
        "candidate": make_side("candidate", "hjnqclgk", 3),
        "baseline": make_side("baseline", "baseline32", 5),
        "verdict": "inconclusive",
        "worth": "find out",
        "incomparable": (),
        "quality": quality,
        "metrics": (make_row("eval/baseline_nrmse", sample([0.3, 0.31, 0.3]), sample([0.2] * 5), role="diagnostic"),),
        "cost": (
            make_row(
                "cost/time",
                sample([18900.0] * 3, "s"),
                sample([1200.0] * 5, "s"),
                label="Time per run",
                unit="s",
                role="cost",
            ),
            make_row(
                "cost/money",
                sample([10.78] * 3, "USD"),
                sample([0.70] * 5, "USD"),
                label="Money per run",
                unit="USD",
                role="cost",
            ),
        ),
        "config": (
            ConfigChange("ttc.candidates", 16, 8, "changed", 2.0),
            ConfigChange("ttc.beam_width", 5, 3, "changed", 5 / 3),
            ConfigChange("ttc.horizon", 3, 2, "changed", 1.5),
            ConfigChange("training.rollout_horizon", 3, None, "only candidate"),
        ),
        "stages": (make_stage(),),
        "findings": make_findings(),
        "price_of_gain": None,
        "iso_cost": IsoCost(15.4, "money", 0.0881, 0.085, 0.091, "Expected best of 15 by validation."),
        "knowing": (
            PriceOfKnowing(
                0.02,
                "smallest effect of interest",
                30,
                95,
                Figure(None, "h", 140.0, 460.0, Provenance.ESTIMATED),
                Figure(None, "USD", 310.0, 1010.0, Provenance.ESTIMATED),
            ),
        ),
        "recommendations": (
            Recommendation("keep_baseline", {}, ("inconclusive", "dominated"), KEEP),
            Recommendation("use_corrected", {}, ("inconclusive",), "**Run the corrected config** below."),
        ),
        "corrected": make_corrected(),
        "warnings": (Note("run", "r0: two rows were repeated."),),
        "curve": make_metric_curve(),
        "families": (make_family(),),
    }
    return Comparison(**{**values, **more})


def make_single() -> Comparison:
    """One run each, written down by hand: the baseline's loss is an estimated range, and there is no noise."""
    unknown = make_test("can't tell", low=None, high=None, p_value=None, noise=Noise("unknown"), detectable=None)
    quality = make_row(
        "nrmse",
        sample([0.0907], provenance=Provenance.REPORTED),
        sample([0.0921], provenance=Provenance.REPORTED),
        role="primary",
        test=replace(unknown, seeds_for_effect=None, seeds_for_min_effect=None, warnings=(), assumptions=()),
        assessment="can't tell",
    )
    loss = make_row(
        "operator/final_loss",
        sample([0.000659], provenance=Provenance.REPORTED),
        ranged(0.0002, 0.0005),
        label="Final loss",
        ratio=2.08,
        ratio_low=1.318,
        ratio_high=3.295,
        assessment="above range",
    )
    return make_comparison(
        candidate=make_side("candidate", "hjnqclgk", 1),
        baseline=make_side("baseline", "baseline32", 1),
        verdict="can't tell",
        quality=quality,
        metrics=(),
        stages=(StageComparison("operator", ("operator",), (loss,)),),
        iso_cost=IsoCost(15.4, "money", None, None, None, "none"),
        knowing=(),
        curve=None,
        families=(),
    )


def make_hostile(word: str) -> Comparison:
    """A run in control of every name, note and setting that it can have."""
    full = make_comparison()
    brief = RunBrief(word, word, word, word, word, word, 1e9, warnings=(word,))
    side = replace(full.candidate, label=word, reference=word, runs=(brief,) * 3, hardware=word, notes=(word,))
    metric = Metric(word, word, "")
    figure = Figure(0.1, word, provenance=Provenance.MEASURED, source=word)
    quality = replace(
        full.quality, metric=metric, candidate=replace(full.quality.candidate, values=(RunValue(word, figure),) * 3)
    )
    facts = {"runs": [word], "count": 1, "key": word, "role": "candidate", "step": None, "others": 0}
    return replace(
        full,
        candidate=side,
        quality=quality,
        config=(ConfigChange(word, word, [word], "changed"), ConfigChange("a", {word: word}, None, "only candidate")),
        stages=(replace(make_stage(), name=word, seen_as=(word,)),),
        findings=(
            make_finding(
                "nonfinite", "strong", facts, (Evidence(word, "candidate", figure),), stage=word, limits="Its."
            ),
            Finding("a_new_rule", "note", {word: word}, ()),
        ),
        recommendations=(
            Recommendation("drop_settings", {"paths": [word]}, ("dominated",), "Take back {paths:codes}."),
            Recommendation("a_new_action", {word: word}, ()),
        ),
        corrected=replace(
            make_corrected(),
            changes=(
                CorrectedChange("model.name", word, word, word, "baseline-value"),
                CorrectedChange(f"gone.{word}", None, word, None, "removed"),
                CorrectedChange(f"{word}.leaf", [word], word, word, "a-new-reason"),
            ),
        ),
        warnings=(Note("run", word),),
        curve=make_metric_curve(word),
        families=(replace(make_family(word), pattern=word),),
    )
