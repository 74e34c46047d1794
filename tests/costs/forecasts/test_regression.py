"""Times at other settings, predicted."""

from runcompare.costs.forecasts.regression import predict


def test_intervals_widen_with_distance() -> None:
    at = [{"width": 64.0}, {"width": 64.0}, {"width": 64.0}]
    spans = [predict({"width": w}, at, [1.0, 1.02, 0.98]) for w in (64.0, 96.0, 256.0)]
    widths = [p.high / p.low for p in spans]
    assert widths == sorted(widths)


def test_a_slope_that_the_runs_show_wins_over_the_prior() -> None:
    at = [{"width": float(w)} for w in (16, 32, 64, 128, 256)]
    flat_law = predict({"width": 1024.0}, at, [1.0] * 5)
    assert flat_law.value < 1.6  # the prior alone would say 1024/64 to the power of 0.9: 12
