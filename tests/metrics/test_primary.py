import math

import pytest

from runcompare.comparison.samples import sample, value
from runcompare.errors import UsageError
from runcompare.metrics.metric import describe
from runcompare.metrics.primary import find_metric, outcome_metrics
from runcompare.records.figure import Figure, Provenance
from runcompare.records.run import Group


@pytest.mark.parametrize(
    ("key", "higher"),
    [
        ("eval/nrmse", False),
        ("val/accuracy", True),
        ("test_f1", True),
        ("train/loss", False),
        ("eval/reward", True),
        ("map@50", True),
        ("eval/mape", False),
        ("accelerator_error", False),
    ],
)
def test_direction_follows_the_name(key, higher):
    assert describe(key).higher_is_better is higher


def test_the_users_direction_wins():
    assert describe("eval/nrmse", "max").higher_is_better


def test_primary_is_the_most_telling_common_result(run):
    a = Group("a", "a", (run("a", summary={"eval/mse": 1.0, "operator/loss": 0.3}),))
    b = Group("b", "b", (run("b", summary={"eval/mse": 2.0}),))
    assert find_metric(a, b, None).key == "eval/nrmse"
    assert [m.key for m in outcome_metrics(a, b, describe("eval/nrmse"))] == ["eval/mse"]


def test_unknown_metric_is_an_error_with_the_near_one(run):
    a, b = Group("a", "a", (run("a"),)), Group("b", "b", (run("b"),))
    with pytest.raises(UsageError, match="eval/nrmse"):
        find_metric(a, b, "eval/nmrse")


def test_no_common_result_is_an_error_that_offers_what_is_logged(run):
    a = Group("a", "a", (run("a", nrmse=None),))
    b = Group("b", "b", (run("b", nrmse=None),))
    with pytest.raises(UsageError, match=r"--metric KEY.*operator/loss"):
        find_metric(a, b, None)


def test_value_falls_back_to_the_last_row_and_says_where_it_stands(run):
    figure = value(run(), "operator/loss")
    assert figure.value == 0.3
    assert figure.source == "operator/loss @ step 2"
    assert value(run(), "nothing").is_missing


def test_sample_uses_the_geometric_mean_and_counts_diverged_and_missing(group, run):
    runs = (*group("g", [0.1, 0.4, float("nan")]).runs, run("x", nrmse=None))
    s = sample(Group("g", "g", runs), describe("eval/nrmse"))
    assert s.center == pytest.approx(0.2)
    assert (s.n, s.nonfinite, s.missing) == (2, 1, 1)
    assert s.sd == pytest.approx(math.sqrt(2 * 0.15**2))


def test_a_range_keeps_its_bounds_and_provenance(run):
    figure = Figure(None, low=1e-6, high=4e-6, provenance=Provenance.ESTIMATED)
    s = sample(Group("g", "g", (run(nrmse=None, figures={"eval/nrmse": figure}),)), describe("eval/nrmse"))
    assert (s.low, s.high, s.provenance) == (1e-6, 4e-6, Provenance.ESTIMATED)
    assert s.center == pytest.approx(2e-6)
