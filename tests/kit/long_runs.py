"""A run of which some rows were kept says what the whole run says."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from runcompare.metrics.value import evaluated, parse_rule, value
from runcompare.records.history import Series
from runcompare.records.run import Run

RULES = ("final", "best", "mean-last:10%", "mean-last:0.3%", "mean-last:100%", "auc")
_SAME = ("info", "config", "summary", "attempts", "runtime_s", "lost", "hardware", "declared", "metadata")
NOTE = "rows is kept at"


def assert_says_the_same(whole: Run, some: Run) -> None:
    """All but the rows and the note on them."""
    for name in _SAME:
        assert repr(getattr(some, name)) == repr(getattr(whole, name)), name
    assert [w for w in some.warnings if NOTE not in w] == list(whole.warnings)
    assert some.history.frame.schema == whole.history.frame.schema
    assert_same_values(whole, some, whole.history.numeric_keys)


def assert_same_values(whole: Run, some: Run, keys: Sequence[str], rules: Sequence[str] = RULES) -> None:
    """Values, ends, extremes and counts of these keys."""
    for key in keys:
        for text in rules:
            for direction in ("min", "max"):
                rule = replace(parse_rule(text), direction=direction)
                with np.errstate(all="ignore"):
                    expected, got = value(whole, key, rule), value(some, key, rule)
                assert close(got.mid, expected.mid), (key, text, got, expected)
                assert got.source == expected.source
        assert_same_ends(whole.history.series(key), some.history.series(key))
        assert (evaluated(whole, key) is None) == (evaluated(some, key) is None)


def close(one: float | None, other: float | None) -> bool:
    return one == other or (None not in (one, other) and one == pytest.approx(other, rel=1e-9, abs=1e-9, nan_ok=True))


def assert_same_ends(one: Series, other: Series) -> None:
    """The first and the last value, the first that is not finite, the lowest, the highest, and how many there are."""
    assert other.logged == len(one)
    assert other.whole is None or other.whole.finite == np.isfinite(one.value).sum()
    for rows in (0, -1):
        assert (one.step[rows], str(one.value[rows])) == (other.step[rows], str(other.value[rows]))
    for pick in (np.isnan, np.isinf):
        assert one.step[pick(one.value)][:1].tolist() == other.step[pick(other.value)][:1].tolist()
    firsts = [s.step[~np.isfinite(s.value)][:1].tolist() for s in (one, other)]
    assert firsts[0] == firsts[1]
    places = [None if s.lowest is None else (s.step[s.lowest], s.value[s.lowest]) for s in (one, other)]
    assert places[0] == places[1]
