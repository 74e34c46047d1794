import pytest

from runcompare.errors import UsageError
from runcompare.metrics.metric import describe
from runcompare.metrics.primary import find_metric, outcome_metrics
from runcompare.records.run import Group


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
