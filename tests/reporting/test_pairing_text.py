"""The line that says which test gave the verdict, and why not the other."""

from dataclasses import replace

import pytest
from comparisons import HOSTILE, make_comparison, make_test

from runcompare.comparison.model import Interval, Noise, Pair, Pairing, SampleEvidence
from runcompare.reporting.html import to_html
from runcompare.reporting.markdown import to_markdown
from runcompare.reporting.pairing_text import correlation_text, samples_line, which_test
from runcompare.reporting.summary_text import summary

PAIRS = tuple(Pair(str(s), (f"a{s}",), (f"b{s}",)) for s in range(4))
OTHER = make_test("inconclusive", method="Welch t test, 4 against 4 seeds", low=-0.2, high=0.1, p_value=0.3)
PAIRED = Pairing(
    "seed",
    declared=False,
    decides=True,
    matched="both sides have seeds 0 to 3",
    chosen="6 earlier comparisons in pairs correlate by 0.55",
    pairs=PAIRS,
    other=OTHER,
    shared=Interval(0.4, -0.7, 0.9),
    earlier=Interval(0.55, 0.2, 0.8),
    groups=6,
    noise=Noise("history", sd=0.03),
)
SAMPLES = SampleEvidence(128, (1, 1), "key", make_test("better", low=-0.1, high=-0.05, p_value=1e-4))


def with_pairs(pairing=PAIRED, **more):
    return replace(make_comparison(), pairing=pairing, **more)


def test_where_pairs_decide_the_other_test_is_told():
    line = which_test(with_pairs())
    assert line == (
        "Paired by seed (both sides have seeds 0 to 3), since 6 earlier comparisons in pairs correlate by 0.55. "
        "Without pairs: -20 % to +10 %, p = 0.3: inconclusive (Welch t test, 4 against 4 seeds)."
    )
    assert line in summary(with_pairs())


def test_where_they_do_not_the_pairs_are_told():
    line = which_test(with_pairs(replace(PAIRED, decides=False, chosen="4 pairs are few")))
    assert line.startswith("Not paired: 4 pairs are few. In pairs by seed (both sides have seeds 0 to 3): -20 %")


def test_where_there_are_no_pairs_it_says_why_below_and_not_in_the_summary():
    c = with_pairs(Pairing("seed", declared=False, decides=False, matched="the baseline alone has seed 3"))
    assert which_test(c) == "Not paired: the baseline alone has seed 3."
    assert which_test(c) not in summary(c)
    assert "**Not paired**: the baseline alone has seed 3." in to_markdown(c)


def test_one_run_a_side_says_nothing_of_pairs():
    assert which_test(make_comparison()) == ""
    assert correlation_text(make_comparison()) == ""


def test_what_pairs_share_is_told_with_its_interval():
    assert correlation_text(with_pairs()) == (
        "four pairs here correlate by 0.4 (95 % interval -0.7 to 0.9); "
        "6 earlier comparisons in pairs by 0.55 (95 % interval 0.2 to 0.8)"
    )


def test_noise_is_that_of_pairs():
    text = to_markdown(with_pairs())
    assert "what pairs don't share of" in text
    assert "from the differences of these pairs" in text
    assert "from seed to seed is" not in text


def test_what_knowing_costs_says_what_pairs_save():
    c = replace(make_comparison(), verdict="inconclusive", pairing=replace(PAIRED, decides=False))
    c = replace(c, knowing=tuple(replace(k, other_seeds=(9, 30)) for k in c.knowing))
    text = to_markdown(c)
    assert "Seeds a side, if both sides have the same" in text
    assert "| 9 to 30 |" in text
    assert "What pairs save hangs on what they share: four pairs here" in text


def test_samples_are_evidence_about_checkpoints_only():
    line = samples_line(with_pairs(samples=SAMPLES))
    assert "over 128 samples, matched by key, the mean error differs by -10 % to -5.0 %" in line
    assert "about these two checkpoints, not about other seeds" in line
    assert "better" not in line


@pytest.mark.parametrize("hostile", HOSTILE)
def test_keys_that_runs_chose_are_harmless(hostile):
    c = with_pairs(replace(PAIRED, by=hostile, matched=f"both sides have {hostile}", chosen=hostile))
    page = to_html(c)
    assert "<script>alert" not in page
    assert "\x1b" not in page
    assert "<img" not in page
