"""A side that was picked for its value is judged as the best of what it was picked from."""

from dataclasses import replace

import numpy as np
import pytest

from runcompare.comparison.build import build
from runcompare.comparison.request import Request
from runcompare.records.run import PICK, Searched
from runcompare.reporting.markdown import to_markdown
from runcompare.reporting.summary_text import summary

KEY = "eval/nrmse"
NULL = 120  # comparisons of what does not differ


def picked(group, n=100, by=KEY, how=PICK):
    return replace(group, searched=(Searched(n, by, how),))


def seeds(rng, *shape, law="normal"):
    z = rng.standard_t(3, shape) / np.sqrt(3) if law == "t3" else rng.normal(size=shape)
    return np.exp(0.1 * z) / 10


@pytest.mark.parametrize("law", ["normal", "t3"])
@pytest.mark.parametrize("what", ["run", "group"])
def test_the_best_of_a_search_that_found_nothing_is_not_called_better(group, what, law):
    """One run, or one group, of 100 configurations of 3 seeds like the baseline's: at most 5 % (4 errors of 2 %)."""
    rng, better = np.random.default_rng(5), 0
    for _ in range(NULL):
        pool = seeds(rng, 100, 3, law=law)
        old = group("b", list(seeds(rng, 5, law=law)), stages={})
        if what == "run":
            new = picked(group("a", [float(pool.min())], stages={}), 300)
        else:
            new = picked(group("a", list(pool[np.argmin(np.log(pool).mean(axis=1))]), stages={}))
        better += build(new, old, Request()).verdict == "better"
    assert better <= NULL * (0.05 + 4 * 0.02)


def test_uncorrected_it_is_called_better(group):
    rng, better = np.random.default_rng(5), 0
    for _ in range(NULL):
        pool = seeds(rng, 100, 3)
        best = list(pool[np.argmin(np.log(pool).mean(axis=1))])
        better += build(group("a", best, stages={}), group("b", list(seeds(rng, 5)), stages={}), Request()).verdict == (
            "better"
        )
    assert better > NULL * 0.13


def sides(group):
    return group("a", [0.05, 0.051, 0.049]), group("b", [0.1, 0.102, 0.099, 0.101])


def p_of(new, old):
    return build(new, old, Request()).quality.test.p_value


def test_a_pick_is_corrected_on_either_side_and_by_any_metric(group):
    a, b = sides(group)
    alone, new = p_of(a, b), p_of(picked(a), b)
    assert new > alone
    assert p_of(a, picked(b)) == pytest.approx(new)
    assert p_of(picked(b), a) == pytest.approx(new)
    assert p_of(picked(a, by="val/loss"), b) == pytest.approx(new)
    assert p_of(picked(a, 10), picked(b, 10)) == pytest.approx(new)
    assert p_of(picked(a, 1), b) == pytest.approx(alone)


def test_a_search_is_corrected_where_it_was_after_the_judged_metric(group):
    a, b = sides(group)
    found = picked(a, 20, how="sweep abc")
    assert p_of(found, b) == pytest.approx(p_of(picked(a, 20), b))
    for other in (None, "val/loss"):
        c = build(picked(a, 20, by=other, how="sweep abc"), b, Request())
        assert c.quality.test.p_value == pytest.approx(p_of(a, b))
        assert [one.corrected for one in c.searches] == [False]
        assert "if the candidate was picked for its value, p is too small" in to_markdown(c)


def test_two_configurations_of_one_search_are_one_of_its_pairs(group):
    a, b = (picked(side, 5, how="study s") for side in sides(group))
    assert p_of(a, b) == pytest.approx(p_of(picked(sides(group)[0], 10), sides(group)[1]))
    both = [picked(side, 2, how="study s") for side in sides(group)]
    assert p_of(*both) == pytest.approx(p_of(*sides(group)))


def test_other_rows_of_the_same_data_are_corrected_too(group):
    a, b = sides(group)
    alone, new = (build(side, b, Request()) for side in (a, picked(a)))
    for one, other in zip(alone.stages[0].rows, new.stages[0].rows, strict=True):
        if one.test is not None and one.test.p_value is not None:
            assert other.test.p_value >= one.test.p_value


@pytest.mark.parametrize(
    ("searched", "says"),
    [
        (Searched(300, KEY, PICK), "the candidate is the best of 300 runs by eval/nrmse; p and the interval are"),
        (Searched(300, "val/loss", PICK), "as if by the judged metric, since what the two share is not known"),
        (Searched(40, KEY, "sweep abc"), "one of the 40 configurations that sweep abc tried by eval/nrmse; p and"),
        (Searched(40, None, "sweep abc"), "what the search was after is not known: if the candidate was picked"),
        (Searched(40, "val/acc", "sweep abc"), "the search was after val/acc: if the candidate was picked"),
    ],
)
def test_the_report_says_it_in_one_line(group, searched, says):
    a, b = sides(group)
    lines = summary(build(replace(a, searched=(searched,)), b, Request()))
    (line,) = [line for line in lines if "icked" in line or "Searched" in line]
    assert says in line
    assert not any("icked" in line or "Searched" in line for line in summary(build(a, b, Request())))
