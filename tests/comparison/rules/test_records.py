import math

from logged_runs import logged_group

from runcompare.comparison.build import Request, build

DOWN = [1.0, 0.8, 0.6, 0.5, 0.45, 0.4]


def findings(candidate, baseline=None, metric="val_accuracy"):
    other = baseline or {"val_accuracy": [0.5] * 6, "loss": DOWN}
    c = build(logged_group("a", candidate), logged_group("b", other), Request(metric=metric))
    return [f.facts for f in c.findings if f.rule == "nonfinite"]


def test_a_loss_that_became_nan_is_found_with_the_step_at_which_it_did():
    (facts,) = findings(
        {"_step": [0, 10, 20, 30, 40, 50], "val_accuracy": [0.5] * 6, "loss": [*DOWN[:3], *[math.nan] * 3]}
    )
    assert (facts["key"], facts["step"], facts["runs"], facts["others"]) == ("loss", 30.0, ["a0"], 0)


def test_rows_without_an_evaluation_are_no_divergence():
    gaps = [0.9, math.nan, math.nan, 0.5, math.nan, math.nan]
    assert not findings({"val_accuracy": [0.5] * 6, "loss": DOWN, "val/loss": gaps})


def test_the_primary_metric_comes_first_and_many_keys_are_counted():
    gone = [*DOWN[:2], *[math.nan] * 4]
    found = findings({"val_accuracy": [0.5, 0.5, 0.5, *[math.nan] * 3], **{f"layer{k}/loss": gone for k in range(40)}})
    assert [facts["key"] for facts in found] == ["val_accuracy", "layer0/loss", "layer1/loss"]
    assert [facts["others"] for facts in found] == [0, 0, 38]
