"""What the comparison chose for the user, who says so, and the flag that changes it."""

from collections.abc import Iterator, Sequence

from runcompare.comparison.comparison import MadeChoice
from runcompare.comparison.measured import MeasuredSide
from runcompare.comparison.model import Pairing, Row
from runcompare.comparison.tails import noise_taken_away
from runcompare.metrics.metric import Metric
from runcompare.metrics.primary import Choice
from runcompare.metrics.value import ValueRule
from runcompare.records.run import Grouping

__all__ = ["choices_made", "single_side_choices"]

SCALES = {
    "log": "compared as ratios",
    "logit": "compared by the odds of a share",
    "linear": "compared as plain differences",
}
BY_NAME = "its name"
NOISE = {
    "replicates": "noise from the replicates",
    "history": "noise from the project's replicated groups",
    "library": "noise from other people's runs of this kind",
    "test samples": "noise from the test's samples",
}
NOTABLE = 0.2  # of the noise; less is not worth another way to take the value


def choices_made(
    choice: Choice, quality: Row, rule: ValueRule, sides: Sequence[MeasuredSide], *, pairing: Pairing | None = None
) -> tuple[MadeChoice, ...]:
    """Metric, direction, scale, value, grouping, noise and pairs, each with its source; not what the user stated by a
    flag."""
    made = (
        *_metric(choice),
        *_direction(quality.metric),
        *_scale(quality),
        _value(quality, rule, sides),
        *_grouping(sides),
        *_noise(quality.test.noise.source if quality.test is not None else "unknown"),
        *_pairs(pairing),
    )
    return tuple(choice for choice in made if not choice.why.startswith("--"))


def _metric(choice: Choice) -> Iterator[MadeChoice]:
    if choice.why:
        others = f"; next: {', '.join(choice.next_best)}" if choice.next_best else ""
        yield MadeChoice("metric", choice.metric.key, f"{choice.why}{others}", "--metric KEY")


def _direction(metric: Metric) -> Iterator[MadeChoice]:
    flag = "--direction min|max"
    if metric.direction is None:
        why = metric.direction_source or "nothing says which is better"
        yield MadeChoice("direction", "direction unknown", why, flag)
    else:
        better = f"{'higher' if metric.direction == 'max' else 'lower'} is better"
        yield MadeChoice("direction", better, _source(metric.direction_source), flag)


def _scale(quality: Row) -> Iterator[MadeChoice]:
    source = _source(quality.metric.scale_source)
    yield MadeChoice(
        "scale", SCALES[quality.metric.scale], "" if source == BY_NAME else source, "--scale log|logit|linear"
    )


def _source(source: str) -> str:
    """Who says so, without the libraries that use the name."""
    return BY_NAME if source.startswith(BY_NAME) else source


def _value(quality: Row, rule: ValueRule, sides: Sequence[MeasuredSide]) -> MadeChoice:
    chosen = "the final value" if rule.kind == "final" else f"the value by {rule}"
    less = noise_taken_away(sides, quality) if rule.kind == "final" else None
    if less is None or less < NOTABLE:
        return MadeChoice("value", chosen, "", "--value best|mean-last:10%|...")
    why = f"the mean of the last 10 % of the evaluations would have {100 * less:.0f} % less noise"
    return MadeChoice("value", chosen, why, "--value mean-last:10%")


def _grouping(sides: Sequence[MeasuredSide]) -> Iterator[MadeChoice]:
    new, old = (len(side) for side in sides)
    if max(new, old) > 1:
        doubtful = {s.group.grouping for s in sides if len(s) > 1} - {Grouping.SETTINGS}
        why = " and ".join(sorted(doubtful))
        yield MadeChoice("grouping", f"{new} and {old} runs as replicates", why, "id:RUN, --replicate-key KEY")


def _noise(source: str) -> Iterator[MadeChoice]:
    if source in NOISE:
        flag = (
            "--no-noise-library, --noise-from REF, --noise-cv"
            if source == "library"
            else "--noise-from REF, --noise-cv"
        )
        yield MadeChoice("noise", NOISE[source], "", flag)


def _pairs(pairing: Pairing | None) -> Iterator[MadeChoice]:
    if pairing is not None and pairing.decides and not pairing.declared:
        yield MadeChoice("pairing", f"paired by {pairing.by}", pairing.chosen, f"--pair-by none|{pairing.by}|KEY")


def single_side_choices(choice: Choice, rule: ValueRule, noise_source: str) -> tuple[MadeChoice, ...]:
    """The choices where one group is judged by itself."""
    chosen = "the final value" if rule.kind == "final" else f"the value by {rule}"
    value = MadeChoice("value", chosen, "", "--value best|mean-last:10%|...")
    made = (*_metric(choice), *_direction(choice.metric), value, *_noise(noise_source))
    return tuple(one for one in made if not one.why.startswith("--"))
