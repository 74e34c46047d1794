"""The verdict in sentences: the headline, whether it is worth it, and what would change it.

Every document says the verdict with these functions, so that they all say the same, and no word claims more than its
interval and provenance carry. "Better" and "worse" need a known direction, a word for the cost needs a cost that is
shown to differ (`cost_text`), "equivalent" needs a smallest effect of interest that somebody stated.
"""

from collections.abc import Callable, Mapping

from runcompare.comparison.comparison import Comparison
from runcompare.comparison.model import Row, main_cost
from runcompare.reporting.cost_text import cost_adjective, cost_clause, main_cost_ratio, these_runs
from runcompare.reporting.guardrail_text import open_reason
from runcompare.reporting.looks_text import waits
from runcompare.reporting.numbers import MISSING
from runcompare.reporting.prose import Language, count, prose
from runcompare.reporting.words import change, figure, size

__all__ = ["headline", "margin_text", "vetoes", "worth_text", "would_change"]

OTHERS = "the noise of other people's runs"
FEW = 2  # runs a side: too few to tell anything but a huge difference from noise


def headline(c: Comparison, language: Language = "plain") -> str:
    """The verdict in one line: what was found, at what cost, and which guardrail speaks against it."""
    write = prose(language)
    if c.verdict == "not comparable":
        return "Not comparable: the two sides answer different questions"
    asked = f"; which is better is not known: say {write.code('--direction')}" if _undecided(c) else ""
    return _found(c, language) + cost_clause(c) + asked + _veto_clause(vetoes(c, write.text))


def _undecided(c: Comparison) -> bool:
    """Whether a difference was found, but nobody knows which is better."""
    return c.verdict.removeprefix("likely ") in ("higher", "lower")


def _found(c: Comparison, language: Language) -> str:
    who, label = (prose(language).text(word) for word in (c.candidate.label, c.quality.metric.label))
    effect = f"{label} {change(c.quality)}"
    small = c.quality.test is not None and c.quality.test.within_margin
    if c.verdict in ("better", "worse"):
        asked = f", by less than the {margin_text(c, language)} asked for" if small else ""
        return f"{who} is {c.verdict}{asked}: {effect}"
    if c.verdict.startswith("likely"):
        return f"{who} is {c.verdict}: {effect}, by {_whose_noise(c.quality)}"
    if _undecided(c):
        return f"{who}: {effect}, beyond noise"
    if c.verdict == "equivalent":
        return f"No difference that matters: {effect}, less than the {margin_text(c, language)} asked for"
    if c.verdict.startswith("beyond"):
        return f"One run {c.verdict}: {effect}, which one run can't show to be its method's"
    if c.verdict == "inconclusive":
        return f"Inconclusive: {effect}, {'and no planned look is due' if waits(c) else _unsure(c.quality)}"
    return f"Can't tell{_cannot(c, effect)}"


def _whose_noise(quality: Row) -> str:
    """What one run a side was judged by."""
    return OTHERS if _by_others(quality) else "the noise of the project's earlier runs"


def _by_others(quality: Row) -> bool:
    return quality.test is not None and quality.test.noise.source == "library"


def _unsure(quality: Row) -> str:
    fewest = min(quality.candidate.n, quality.baseline.n)
    return f"which {count(fewest, 'run')} a side can't tell from noise" if fewest <= FEW else "which may be noise"


def _cannot(c: Comparison, effect: str) -> str:
    quality = c.quality
    sides = {"candidate": quality.candidate, "baseline": quality.baseline}
    for name, side in sides.items():
        if side.center is None:
            why = "diverged" if side.nonfinite else "logged none"
            return f": {effect.removesuffix(MISSING).rstrip()} is missing, the {name} {why}"
    if quality.candidate.n == 1 and quality.baseline.n == 1:
        return f", one run each: {effect}" + (f", which {OTHERS} may make" if _by_others(quality) else "")
    return f": {effect}, and no estimate of the noise"


def margin_text(c: Comparison, language: Language = "plain") -> str:
    """The smallest effect of interest as it was stated."""
    if c.options.min_effect is not None:
        return prose(language).text(c.options.min_effect)
    return size(c.quality.test.margin if c.quality.test else None, c.quality.metric)


def vetoes(c: Comparison, text: Callable[[object], str]) -> list[str]:
    """The labels of the guardrails that got worse."""
    return [text(row.metric.label) for row in c.metrics if row.is_veto]


def _veto_clause(labels: list[str]) -> str:
    return f"; but {_guardrails(labels)} got worse" if labels else ""


def _guardrails(labels: list[str]) -> str:
    return f"the guardrail{'s' if len(labels) > 1 else ''} {', '.join(labels)}"


def worth_text(c: Comparison, language: Language = "plain") -> str:
    """Whether the candidate is worth it, and why; "" where the sides can't be compared."""
    write = prose(language)
    if c.verdict == "not comparable":
        return ""
    vetoed = vetoes(c, write.text)
    if vetoed:
        return f"Drop it: {_guardrails(vetoed)} got worse."
    if c.worth == "adopt":
        return f"Adopt the candidate: {_merits(c, language)}.{_unheld(c, write.text)}"
    if c.worth == "drop":
        return f"Drop it: {_merits(c, language)}."
    if c.worth == "trade-off":
        return f"A trade-off: {c.verdict} and {cost_adjective(c)}{_price(c, write.text)}.{_unheld(c, write.text)}"
    if c.quality.metric.direction is None:
        return _undirected(c, write.code)
    unsure = [open_reason(row, row.guard, write) for row in c.metrics if row.guard is not None and row.guard.is_open]
    if unsure and c.worth == "find out" and c.verdict != "inconclusive":
        return f"Find out first: {'; '.join(unsure)}."
    if c.verdict in ("better", "worse", "equivalent"):
        return f"{_quality(c, language).capitalize()}; {_open_cost(c)}."
    return _find_out(c)


def _merits(c: Comparison, language: Language) -> str:
    """Quality, then cost, each in a word that was shown."""
    row, adjective = main_cost(c.cost), cost_adjective(c)
    if c.verdict == "inconclusive":
        kind = "loss" if c.worth == "adopt" else "gain"
        return f"{adjective}, and no {kind} worth acting on is left in the interval"
    quality = _quality(c, language)
    if adjective:
        return f"{quality}{',' if ' ' in quality else ''} and {adjective}"
    if row is not None and row.cost_word == "same":
        return f"{quality}, at the same cost"
    what = "difference in cost" if c.worth == "adopt" else "saving"
    return f"{quality}, and no {what} was shown ({main_cost_ratio(c)})"


def _quality(c: Comparison, language: Language) -> str:
    small = c.quality.test is not None and c.quality.test.within_margin
    if c.verdict == "equivalent":
        return "no difference that matters"
    return f"{c.verdict} by less than the {margin_text(c, language)} asked for" if small else c.verdict


def _open_cost(c: Comparison) -> str:
    """Why the cost does not settle it."""
    row = main_cost(c.cost)
    if row is None:
        return "what it costs is not known"
    if row.cost_word == "these runs":
        return f"what it costs is not known, but {these_runs(row)}"
    return f"what it costs is not known well enough ({main_cost_ratio(c)})"


def _price(c: Comparison, text: Callable[[object], str]) -> str:
    price = c.price_of_gain
    if price is None or c.verdict != "better":
        return ""
    label = text(c.quality.metric.label)
    return f"; each {text(price.unit)} of {label} costs {figure(price.price)} more a run"


def _unheld(c: Comparison, text: Callable[[object], str]) -> str:
    """Guardrails of which nothing was shown."""
    labels = [text(row.metric.label) for row in c.metrics if row.role == "guardrail" and not _is_settled(row)]
    return f" Not shown to hold: {_guardrails(labels)}." if labels else ""


def _is_settled(row: Row) -> bool:
    """Whether something was shown of a guardrail."""
    held = row.guard is not None and row.guard.word == "held"
    return held or row.assessment in ("better", "worse", "equivalent")


def _undirected(c: Comparison, code: Callable[[object], str]) -> str:
    if c.verdict != "equivalent":
        return f"Not known: first say which is better, with {code('--direction')}."
    adjective = cost_adjective(c)
    return "No difference that matters" + (f", and the candidate is {adjective}." if adjective else ".")


def _find_out(c: Comparison) -> str:
    if c.verdict.startswith("likely"):
        return "Find out first: one run a side can't show its own noise; the seeds that would confirm it stand below."
    if c.knowing and c.verdict in ("inconclusive", "can't tell"):
        return "Find out first: what knowing would cost stands below."
    return "Find out first, with more seeds or a noise estimate: what would settle it stands below."


CHANGES: Mapping[str, str] = {
    "better": "seeds that bring 0 into the interval.",
    "worse": "seeds that bring 0 into the interval.",
    "higher": "seeds that bring 0 into the interval. Which is better, {direction} says.",
    "lower": "seeds that bring 0 into the interval. Which is better, {direction} says.",
    "equivalent": "a smaller {min_effect}, or seeds that move the interval past it.",
    "not comparable": "runs on the same data, test set and metric; {force} judges these as they are.",
    "can't tell": "runs or a noise estimate that make a test possible.",
}


def would_change(c: Comparison, language: Language = "plain") -> str:
    """What would change the verdict."""
    code = prose(language).code
    if c.verdict.startswith("likely") or (c.verdict == "can't tell" and _by_others(c.quality)):
        which = f" Which is better, {code('--direction')} says." if _undecided(c) else ""
        return f"seeds of both sides, which show their own noise.{which}"
    if c.verdict.startswith("beyond"):
        return "more seeds of the side that has one run."
    if c.verdict == "inconclusive" and c.look is not None and c.look.at is None:
        return "nothing: the planned looks are used up. Fresh seeds, compared without these, ask anew."
    if c.verdict == "inconclusive":
        return f"more seeds.{_room(c.quality)}"
    flags = {name: code(f"--{name.replace('_', '-')}") for name in ("direction", "min_effect", "force")}
    return CHANGES[c.verdict].format(**flags)


def _room(quality: Row) -> str:
    """What an inconclusive interval leaves open."""
    test = quality.test
    if test is None or test.low is None or test.high is None or not test.low <= 0 <= test.high:
        return ""
    zero = " The interval holds 0, so there may be no difference"
    if test.margin is None or test.within_margin:
        return f"{zero}."
    return f"{zero}; it also reaches past the smallest effect of interest, so there may be one that matters."
