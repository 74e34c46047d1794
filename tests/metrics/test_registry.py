"""What keys mean: against tables of names with their true directions, and rule by rule.

The tables stand beside this file: keys from the wild (`names.tsv`), keys of many fields (`own_names.tsv`), and what
libraries state of their own metrics. A wrong direction is the worst fault: none may be inverted in any table.
"""

import math
from pathlib import Path
from typing import NamedTuple

import pytest

from runcompare.metrics.registry import lookup

# Where torchmetrics 1.9.0 contradicts the papers and other libraries, the registry leaves the direction open.
DISPUTED = {"DaviesBouldinScore", "PerceptualPathLength", "SpectralDistortionIndex", "WordInfoPreserved"}
TABLES = {
    "names": 0.97,
    "own_names": 0.97,
    "torchmetrics_names": 0.95,
    "keras_names": 0.95,
    "sklearn_names": 0.95,
    "libraries_names": 0.9,
}


class Row(NamedTuple):
    key: str
    direction: str | None
    family: str


def rows(table: str) -> list[Row]:
    lines = (Path(__file__).parent / f"{table}.tsv").read_text(encoding="utf-8").splitlines()
    cells = [line.split("\t") for line in lines if not line.startswith("#")][1:]
    return [Row(key, None if direction == "none" else direction, family) for key, direction, family in cells]


EVERY = [row for table in TABLES for row in rows(table) if row.key not in DISPUTED]
KNOWN = [row for row in EVERY if row.direction and lookup(row.key).direction]


@pytest.mark.parametrize("table", TABLES)
def test_no_direction_of_a_table_is_inverted(table):
    wrong = [r.key for r in rows(table) if r.direction and lookup(r.key).direction not in (None, r.direction)]
    assert not wrong


@pytest.mark.parametrize("table", TABLES)
def test_nothing_without_a_direction_is_judged(table):
    assert not [r.key for r in rows(table) if not r.direction and lookup(r.key).direction]


@pytest.mark.parametrize("table", TABLES)
def test_most_directions_of_a_table_are_known(table):
    directed = [r for r in rows(table) if r.direction]
    unknown = [r.key for r in directed if lookup(r.key).direction is None]
    assert len(unknown) <= (1 - TABLES[table]) * len(directed), unknown


@pytest.mark.parametrize("dressed", ["val/{}", "train_{}", "best_{}", "metrics/{}_mean", "{}_ema", "MyRun/eval/{}"])
def test_where_and_how_it_was_averaged_never_turns_a_metric_round(dressed):
    keys = [(dressed.format(r.key.lstrip("-")), r) for r in KNOWN if not r.key.startswith(("-", "1-", "one_minus"))]
    assert not [key for key, r in keys if lookup(key).direction not in (None, r.direction)]


@pytest.mark.parametrize("dressed", ["{}_std", "{}_var", "num_{}_updates", "{}_threshold", "{}_weight", "{}_delta"])
def test_spread_settings_and_differences_of_a_metric_have_no_direction(dressed):
    keys = [dressed.format(r.key) for r in KNOWN]
    assert not [key for key in keys if lookup(key).direction and not key.endswith("explained_var")]  # itself a metric


QUALIFIED = {"accuracy": "max", "wer": "min", "nrmse": "min", "psnr": "max", "mAP": "max", "fid": "min", "loss": "min"}
QUALIFIERS = (
    "corrected calibrated debiased filtered masked pruned quantized fp16 int8 tta zero_shot operator boundary oracle"
)


@pytest.mark.parametrize("qualifier", QUALIFIERS.split())
@pytest.mark.parametrize("form", ["val_{}_{}", "val/{}/{}", "{}-{}"])
def test_a_word_that_qualifies_a_metric_leaves_its_direction(qualifier, form):
    keys = {name: (form.format(name, qualifier), form.format(qualifier, name)) for name in QUALIFIED}
    assert not [k for name, some in keys.items() for k in some if lookup(k).direction not in (None, QUALIFIED[name])]
    behind = [some[0] for name, some in keys.items() if lookup(some[0]).direction is None]
    assert behind == []


@pytest.mark.parametrize(
    "noun",
    ["disparity", "deficit", "inconsistency", "uplift", "boost", "spread", "margin", "imbalance", "bound", "share"],
)
def test_a_noun_behind_a_metric_is_another_quantity(noun):
    assert not [name for name in QUALIFIED if lookup(f"val_{name}_{noun}").direction]


@pytest.mark.parametrize(
    "key", ["errors_corrected", "num_bugs_fixed", "wer_recovered", "seasonal_error", "is_truncated"]
)
def test_what_was_mended_of_faults_is_no_fault(key):
    assert lookup(key).direction is None


@pytest.mark.parametrize("key", ["eval_PER_f1", "eval_LOC_f1", "val_pruned_mAP", "mAP_clipped"])
def test_a_class_or_a_spelling_is_no_other_word(key):
    assert lookup(key).direction == "max"


def test_the_loss_of_a_score_is_never_better_high():
    keys = [f"{r.key}_loss" for r in KNOWN if r.direction == "max" and not r.key.startswith("neg_")]
    assert [key for key in keys if lookup(key).direction == "max"] == ["total_profit_loss"]  # profit and loss


@pytest.mark.parametrize(
    ("key", "direction"),
    [
        ("dice_loss", "min"),
        ("reward_loss", "min"),
        ("time_to_accuracy", "min"),
        ("accuracy_error", "min"),
        ("fid_score", "min"),
        ("brier_score", "min"),
        ("perplexity_score", "min"),
        ("error_reduction", "max"),
        ("reward_std", None),
        ("loss_weight", None),
    ],
)
def test_words_of_loss_error_and_time_win_over_scores_and_spread_over_both(key, direction):
    assert lookup(key).direction == direction


@pytest.mark.parametrize("key", ["loss/accuracy", "losses/explained_variance", "cost_then_reward"])
def test_a_score_behind_a_loss_is_left_open(key):
    assert lookup(key).direction is None


@pytest.mark.parametrize("key", ["failure_detection_auroc", "cost_sensitive_accuracy", "collision_free_rate"])
def test_detecting_or_avoiding_a_fault_is_no_fault(key):
    assert lookup(key).direction == "max"


@pytest.mark.parametrize("key", ["critic_loss", "loss/policy_avg", "G_loss/fake", "losses/qf1_loss", "disc_acc"])
def test_players_trained_against_each_other_have_no_better_loss(key):
    assert lookup(key).direction is None
    assert lookup(key).kind in ("loss", "diagnostic")


@pytest.mark.parametrize("key", ["feature_map_mean", "is_best", "em_iterations", "time", "foo", "backdoor_accuracy"])
def test_words_that_also_mean_something_else_are_not_guessed(key):
    assert lookup(key).direction is None


@pytest.mark.parametrize(("key", "other"), [("-elbo", "elbo"), ("-psnr", "psnr"), ("1-ssim", "ssim")])
def test_a_minus_turns_a_metric_round(key, other):
    assert {lookup(key).direction, lookup(other).direction} == {"min", "max"}


def test_a_minus_turns_the_bounds_round_too():
    assert (lookup("-r2").low, lookup("-r2").high) == (-1, math.inf)
    assert lookup("-r2").scale == "linear"
    assert (lookup("1-r2").low, lookup("1-r2").high) == (0, math.inf)
    assert (lookup("1-ssim").low, lookup("1-ssim").high) == (0, 1)


def test_a_one_before_a_hyphen_is_not_always_a_minus():
    assert lookup("1-shot_acc").direction == "max"
    assert lookup("1-step_mse").direction == "min"


def test_scikit_learns_scorers_are_better_high():
    assert lookup("neg_mean_squared_error").direction == "max"
    assert lookup("negative_predictive_value").direction == "max"
    assert lookup("neg_loss").direction is None  # a loss on negative pairs


@pytest.mark.parametrize(("key", "direction"), [("odd thing ↑", "max"), ("odd thing ↓", "min")])
def test_an_arrow_in_the_key_says_the_direction(key, direction):
    assert lookup(key).direction == direction


def test_the_place_of_measurement_is_not_the_quantity():
    assert lookup("tpr@fpr").direction == "max"
    assert lookup("fpr_at_95_tpr").direction == "min"
    assert lookup("loss_per_token").kind == "loss"


@pytest.mark.parametrize(
    ("key", "scale"),
    [
        ("val/loss", "log"),
        ("rmse", "log"),
        ("perplexity", "log"),
        ("wer", "log"),
        ("tokens_per_sec", "log"),
        ("accuracy", "logit"),
        ("mAP50-95", "logit"),
        ("auroc", "logit"),
        ("dice", "logit"),
        ("reward", "linear"),
        ("r2", "linear"),
        ("test_nll", "linear"),
        ("elbo", "linear"),
        ("mcc", "linear"),
        ("psnr", "linear"),
    ],
)
def test_scale(key, scale):
    assert lookup(key).scale == scale


def test_bounds():
    assert (lookup("accuracy").low, lookup("accuracy").high) == (0, 1)
    assert (lookup("mcc").low, lookup("mcc").high) == (-1, 1)
    assert (lookup("r2").low, lookup("r2").high) == (-math.inf, 1)
    assert (lookup("rmse").low, lookup("rmse").high) == (0, math.inf)


@pytest.mark.parametrize(
    ("key", "unit"),
    [
        ("psnr", "dB"),
        ("latency_ms", "ms"),
        ("gpu_mem_gb", "GB"),
        ("elbo", "nats"),
        ("latency", ""),
    ],
)
def test_unit(key, unit):
    assert lookup(key).unit == unit


@pytest.mark.parametrize(("key", "percent"), [("improvement_pct", True), ("Accuracy (%)", True), ("accuracy", False)])
def test_percent(key, percent):
    assert lookup(key).percent is percent


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("val_acc", "quality"),
        ("eval/nrmse", "quality"),
        ("val_loss", "loss"),
        ("train/box_loss", "loss"),
        ("it/s", "throughput"),
        ("mfu", "throughput"),
        ("step_time", "latency"),
        ("ttft", "latency"),
        ("gpu_mem_gb", "resource"),
        ("num_params", "resource"),
        ("epoch", "bookkeeping"),
        ("_runtime", "bookkeeping"),
        ("lr", "bookkeeping"),
        ("grad_norm", "diagnostic"),
        ("approx_kl", "diagnostic"),
        ("foo", "unknown"),
    ],
)
def test_kind(key, kind):
    assert lookup(key).kind == kind


@pytest.mark.parametrize(
    ("key", "role"),
    [
        ("Accuracy/test", "test"),
        ("test-clean/WER", "test"),
        ("val_loss", "validation"),
        ("eval_wer", "validation"),
        ("eval/test_acc", "test"),
        ("train/loss", "train"),
        ("rollout/ep_rew_mean", None),
    ],
)
def test_role(key, role):
    assert lookup(key).role == role


def test_the_source_names_the_words_and_who_uses_them():
    assert lookup("val/dice_loss").source.startswith("loss (")
    assert lookup("val_accuracy").source == "accuracy (sklearn, keras, torchmetrics)"
    assert lookup("foo").source == ""
