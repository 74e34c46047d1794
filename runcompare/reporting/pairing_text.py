"""Which test gave the verdict, pairs or none, and why not the other; and what the test samples say beside it."""

from runcompare.comparison.comparison import Comparison
from runcompare.comparison.model import Interval, Pairing, Test
from runcompare.reporting.numbers import number, p_value, share
from runcompare.reporting.prose import Language, Prose, count, prose
from runcompare.reporting.words import interval

__all__ = ["correlation_text", "samples_line", "which_test"]


def which_test(c: Comparison, language: Language = "plain") -> str:
    """The one line: which test gives the verdict and why, and what the other one says; empty with one run on a side."""
    write, pairing = prose(language), c.pairing
    if pairing is None:
        return ""
    matched, chosen = write.text(pairing.matched), write.text(pairing.chosen) if pairing.chosen else ""
    if pairing.decides:
        other = f" Without pairs: {_result(c, pairing.other)}." if pairing.other else ""
        return f"{_head(pairing, write)} ({matched}), since {chosen}.{other}"
    if pairing.other is None:
        return f"{write.strong('Not paired')}: {matched}{f'; {chosen}' if chosen else ''}."
    return (
        f"{write.strong('Not paired')}: {chosen}. In pairs by {write.text(pairing.by)} ({matched}): "
        f"{_result(c, pairing.other)}."
    )


def _head(pairing: Pairing, write: Prose) -> str:
    return write.strong(f"Paired by {write.text(pairing.by)}")


def _result(c: Comparison, test: Test) -> str:
    """The interval, p and word of a result that is not the verdict."""
    bounds = interval(test, c.quality.metric)
    if test.p_value is None or not bounds:
        return f"no p-value ({test.method})"
    return f"{bounds}, p {p_value(test.p_value)}: {test.verdict} ({test.method})"


def correlation_text(c: Comparison) -> str:
    """What pairs share, in these runs and in earlier ones; empty where nothing is known."""
    pairing = c.pairing
    if pairing is None:
        return ""
    told = []
    if pairing.shared is not None:
        told.append(f"{count(len(pairing.pairs), 'pair')} here correlate by {_rho(pairing.shared)}")
    if pairing.earlier is not None:
        told.append(f"{pairing.groups} earlier comparisons in pairs by {_rho(pairing.earlier)}")
    return "; ".join(told)


def _rho(found: Interval) -> str:
    low, high = (number(bound, 2) for bound in (found.low, found.high))
    return f"{number(found.value, 2)} (95 % interval {low} to {high})"


def samples_line(c: Comparison, language: Language = "plain") -> str:
    """What the test samples say, about these checkpoints only; empty where runs carry no values by sample."""
    write, found = prose(language), c.samples
    if found is None or found.test.p_value is None:
        return ""
    these = "these two checkpoints" if sum(found.runs) == 2 else f"these {sum(found.runs)} checkpoints"
    bounds = f"{share(1 - c.options.alpha)} interval, p {p_value(found.test.p_value)}"
    matched = f"{found.n:,} samples, matched by {found.matched_by}"
    differs = f"the mean error differs by {interval(found.test, c.quality.metric)} ({bounds})"
    return (
        f"{write.strong('Test samples')}: over {matched}, {differs}. That is about {these}, not about other seeds: the "
        "noise of test samples is a lower bound, and no verdict follows from it."
    )
