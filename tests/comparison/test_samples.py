import math

import pytest

from runcompare.comparison.model import RunValue
from runcompare.comparison.samples import summarise
from runcompare.metrics.metric import Meanings
from runcompare.metrics.value import value
from runcompare.records.figure import Figure, Provenance


def test_sample_uses_the_geometric_mean_and_counts_diverged_and_missing(group, run):
    runs = (*group("g", [0.1, 0.4, float("nan")]).runs, run("x", nrmse=None))
    s = summarise([RunValue(r.id, value(r, "eval/nrmse")) for r in runs], Meanings().metric("eval/nrmse"))
    assert s.center == pytest.approx(0.2)
    assert (s.n, s.nonfinite, s.missing) == (2, 1, 1)
    assert s.sd == pytest.approx(math.sqrt(2 * 0.15**2))


def test_a_range_keeps_its_bounds_and_provenance():
    figure = Figure(None, low=1e-6, high=4e-6, provenance=Provenance.ESTIMATED)
    s = summarise([RunValue("r", figure)], Meanings().metric("eval/nrmse"))
    assert (s.low, s.high, s.provenance) == (1e-6, 4e-6, Provenance.ESTIMATED)
    assert s.center == pytest.approx(2e-6)
