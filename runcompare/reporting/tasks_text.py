"""What is said of two groups on many tasks: the headline and the lines under it, the same in all documents."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from runcompare.reporting.numbers import MISSING, number, p_value, percent, share, times
from runcompare.reporting.prose import Language, Prose, count, prose
from runcompare.reporting.summary_text import unread_lines
from runcompare.reporting.words import figure

if TYPE_CHECKING:
    from runcompare.comparison.tasks import TasksReport

__all__ = ["effect_text", "headline", "lines"]

MEANS = {
    "ratio": "the geometric mean of the tasks' ratios, each task counting once",
    "odds": "the geometric mean of the tasks' odds ratios, each task counting once",
    "noise": "the mean of the tasks' differences, each in units of its own seed-to-seed standard deviation (sd), since "
    "values of different tasks have no common unit",
}
CALLED: Mapping[str, str] = {"better": "better", "worse": "worse", "higher": "higher", "lower": "lower"}


def effect_text(x: float | None, r: "TasksReport") -> str:
    """An effect in the unit of the mean: "+12 %", "odds +30 %", "+0.8 sd"."""
    if x is None:
        return MISSING
    if r.unit == "noise":
        return f"{'+' if x > 0 else ''}{number(x, 2)} sd"
    told = percent(x) if -0.9 < x < 2 else times(1 + x)
    return told if r.unit == "ratio" else f"odds {told}"


def headline(r: "TasksReport", language: Language = "plain") -> str:
    """The verdict in one line."""
    who, over = prose(language).text(r.candidate.label), f"over {count(r.pool.tasks, 'task')}"
    word = r.pool.verdict
    if word == "can't tell" or r.effect is None:
        return f"Can't tell {over}: {_lacking(r)}"
    mean = f"mean effect {effect_text(r.effect.value, r)}"
    if word in ("better", "worse"):
        return f"{who} is {word} {over}: {mean}"
    if word in ("higher", "lower"):
        asked = prose(language).code("--direction")
        return f"{who} is {word} {over}: {mean}; which is better is not known: say {asked}"
    if word == "equivalent":
        return f"No difference that matters {over}: {mean}"
    what = "noise" if r.shared_runs else "noise, or the choice of tasks"
    return f"Inconclusive {over}: {mean}, which may be {what}"


def _lacking(r: "TasksReport") -> str:
    if r.shared_runs:
        return "results of one run err together, so each side needs two runs or more"
    if r.unit == "noise":
        return "tasks without replicates have no noise to measure an effect by"
    return "too few tasks with values on both sides"


def lines(r: "TasksReport", language: Language = "plain") -> list[str]:
    """Each line as a sentence or two, the most important first."""
    write = prose(language)
    return [
        *unread_lines((r.candidate, r.baseline), write),
        *_mean(r, write),
        *_improvement(r, write),
        *_claims(r, write),
        *_between(r, write),
        *_more(r, write),
        *_costs(r, write),
        *_left_out(r, write),
    ]


def _level(r: "TasksReport") -> str:
    return share(1 - r.options.alpha)


def _mean(r: "TasksReport", write: Prose) -> Iterator[str]:
    if r.effect is None:
        return
    bounds = ""
    if r.effect.low is not None and r.effect.high is not None:
        low, high = effect_text(r.effect.low, r), effect_text(r.effect.high, r)
        bounds = f", {_level(r)} interval {low} to {high}"
    p = f", p {p_value(r.pool.p_value)}" if r.pool.p_value is not None else ""
    turned = " Effects are turned so that positive is better, since the tasks' directions differ." if r.gains else ""
    yield (
        f"{write.strong('Mean effect')}: {effect_text(r.effect.value, r)}{bounds}{p}. It is {MEANS[r.unit]}; "
        f"{_about(r)}.{turned}"
    )
    yield f"{write.strong('Method')}: {write.text(r.pool.method)}."


def _about(r: "TasksReport") -> str:
    if r.shared_runs:
        return "it speaks of these results, whose noise is that of the runs that they share"
    return "it speaks of tasks like these, so the interval holds the noise of seeds and the differences between tasks"


def _improvement(r: "TasksReport", write: Prose) -> Iterator[str]:
    found = r.pool.improvement
    if found is None:
        return
    word = "higher" if r.higher_is_better is None else "better"
    bounds = f"{_level(r)} interval {share(found.low)} to {share(found.high)}"
    yield (
        f"{write.strong('Probability of improvement')}: {share(found.value)} ({bounds}) that one run of the candidate "
        f"is {word} than one of the baseline on the same task."
    )


def _claims(r: "TasksReport", write: Prose) -> Iterator[str]:
    """The tasks on which something is shown, after the correction for how many there are."""
    found = {word: tasks for word in CALLED if (tasks := r.called(word))}
    of = len(r.tasks)
    named = {word: ", ".join(map(write.code, tasks)) for word, tasks in found.items()}
    said = "; ".join(f"{word} on {len(tasks)} of {of} ({named[word]})" for word, tasks in found.items())
    shown = said or "nothing is shown of any task by itself"
    yield f"{write.strong('Task by task')}, corrected for {len(r.tasks)} tasks (Holm): {shown}."


def _between(r: "TasksReport", write: Prose) -> Iterator[str]:
    between = r.pool.between
    if between is None or not between > 0:
        return
    size = f"{number(between, 2)} sd" if r.unit == "noise" else f"{share(between)} (on logarithms)"
    yield f"{write.strong('Between tasks')} the true effects vary by about {size}, beyond what seeds explain."


def _more(r: "TasksReport", write: Prose) -> Iterator[str]:
    if r.pool.verdict != "inconclusive" or r.tasks_needed is None:
        return
    low, high = r.tasks_needed
    span = f"{low} or more" if high >= 1000 else f"{low}" if low == high else f"{low} to {high}"
    yield (
        f"{write.strong('More tasks')}: {span} in all would show a mean effect like this one four times in five (there "
        f"are {r.pool.tasks}); more seeds a task help as far as seeds, not tasks, make the spread."
    )


def _costs(r: "TasksReport", write: Prose) -> Iterator[str]:
    for cost in r.cost:
        if cost.candidate.is_missing or cost.baseline.is_missing:
            continue
        said = (
            f"{write.strong(cost.what.capitalize())}: {figure(cost.candidate)} against {figure(cost.baseline)} in all"
        )
        if cost.ratio is not None:
            bounds = ""
            if cost.ratio.low is not None and cost.ratio.high is not None:
                bounds = f" [{times(cost.ratio.low)} to {times(cost.ratio.high)}]"
            said += f"; a run {times(cost.ratio.value)}{bounds} of the baseline's on the same task"
        yield f"{said}."


def _left_out(r: "TasksReport", write: Prose) -> Iterator[str]:
    if r.left_out:
        said = "; ".join(
            write.text(n.text.rstrip(".")) if n.code == "task" else f"{write.code(n.code)}: {write.text(n.text)}"
            for n in r.left_out
        )
        yield f"{write.strong('Left out')}: {said}."
