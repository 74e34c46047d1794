"""Which number a comparison is about: the primary metric, why it was taken, and which ones came close.

Results of a test come before those of validation, and those before training; qualities before losses; what the runs
were selected or stopped by before the rest of its kind; then the field's habits (mAP50-95 before mAP50, accuracy before
top-5). Several tasks' results without an average, or numbers of which nothing is known, are no choice that can be
made for the user: the error lists them.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from runcompare.errors import UsageError, did_you_mean
from runcompare.metrics.habits import FRAMES, HABITS, habit, has_held_out_twin, is_average, is_part, is_whole
from runcompare.metrics.metric import Meanings, Metric, Role
from runcompare.metrics.stated import Statement
from runcompare.records.run import Group, Run

__all__ = ["Choice", "choose_metric", "last_values", "other_results", "result_keys"]

MOST_OFFERED = 8
# better first; a quality on held-out data comes before any loss, a loss on held-out data before training's quality
RANKS: tuple[tuple[str, str | None], ...] = (
    ("quality", "test"),
    ("quality", "validation"),
    ("quality", None),
    ("loss", "test"),
    ("loss", "validation"),
    ("quality", "train"),
    ("loss", None),
    ("loss", "train"),
)
_PART, _WHOLE, _HABIT = 3, 4, 5  # what stands where in a level
_SAME_PART = {"valid": "val", "validation": "val", "training": "train", "testing": "test"}
NOT_RESULTS = ("time", "cost", "eval_time")  # figures of hand-written records that the ledgers take


@dataclass(frozen=True, slots=True)
class Choice:
    """The primary metric, why it was taken (empty where the user named it), and the next candidates."""

    metric: Metric
    why: str = ""
    next_best: tuple[str, ...] = ()


def choose_metric(
    candidate: Group,
    baseline: Group,
    meanings: Meanings,
    wanted: str | None = None,
    *,
    changed_loss: bool = False,
) -> Choice:
    """The primary metric of a comparison.

    Args:
        candidate, baseline: The two sides.
        meanings: What their metrics mean.
        wanted: The user's choice, if any.
        changed_loss: The loss function itself differs between the sides, so that losses can't be compared: they are
            taken only where `wanted`.

    Raises:
        UsageError: If `wanted` is on neither side, or if no result can be chosen; the hint lists plausible ones.
    """
    both = result_keys(candidate) & result_keys(baseline)
    if wanted is not None:
        return Choice(meanings.metric(_known(wanted, candidate, baseline, both)))
    metrics = [meanings.metric(key) for key in sorted(both)]
    ranked = _ranked(metrics, meanings, losses=not changed_loss)
    if not ranked:
        raise UsageError(
            f"'{candidate.label}' and '{baseline.label}' share no metric that is known to be a result.",
            hint=f"Name one with --metric KEY. {_offer(metrics)}",
        )
    best, *others = ranked
    sides = f"'{candidate.label}' and '{baseline.label}'"
    if best.level[_PART] and any(m.kind == "unknown" and m.role != "train" for m in metrics):
        raise UsageError(
            f"Of what {sides} share, only parts of results are known, such as {best.metric.key}.",
            hint=f"Say which one decides with --metric KEY. {_offer(metrics)}",
        )
    rivals = [best, *(other for other in others if _is_rival(best, other))]
    if len(rivals) > 1:
        names = ", ".join(r.metric.key for r in rivals[:MOST_OFFERED])
        raise UsageError(
            f"{sides} share several results of one kind, and no average of them.",
            hint=f"Say which one decides with --metric KEY: {names}.",
        )
    return Choice(best.metric, best.why, tuple(r.metric.key for r in others[:2]))


def result_keys(group: Group) -> set[str]:
    """The keys under which any run of a group has a number: its summary, its rows, what its record states."""
    return {key for run in group.runs for key in _keys(run)}


def _keys(run: Run) -> Iterator[str]:
    yield from (key for key, v in run.summary.items() if isinstance(v, int | float) and not isinstance(v, bool))
    yield from run.history.numeric_keys
    yield from (key for key in run.figures if "/" not in key and key not in NOT_RESULTS)


def _known(wanted: str, candidate: Group, baseline: Group, both: Collection[str]) -> str:
    if wanted in result_keys(candidate) | result_keys(baseline):
        return wanted
    known = sorted(both)
    hint = did_you_mean(wanted, known) or f"Both sides have: {', '.join(known[:12]) or 'nothing in common'}."
    raise UsageError(f"Neither side has the metric '{wanted}'.", hint=hint)


@dataclass(frozen=True, slots=True)
class _Ranked:
    """A metric with its place, smaller is better; those of one `level` differ in their names only."""

    metric: Metric
    level: tuple[int, ...]
    words: frozenset[str]
    last: str
    why: str


def _ranked(metrics: Sequence[Metric], meanings: Meanings, *, losses: bool) -> list[_Ranked]:
    """The results among the metrics, best first."""
    keys = {metric.key for metric in metrics}
    wanted = [m for m in metrics if m.kind == "quality" or (m.kind == "loss" and losses)]
    found = [_rank(m, meanings.statements.get(m.key), keys) for m in wanted if not m.key.startswith("_")]
    return sorted(found, key=lambda r: (r.level, len(r.words), r.metric.key))


def _rank(metric: Metric, stated: Statement | None, keys: Collection[str]) -> _Ranked:
    role = metric.role or ("train" if has_held_out_twin(metric.key, keys) else None)
    if role == "train" and metric.family == "rl":
        role = None  # what an agent earns while it trains is its result: there is no other data
    selects = stated is not None and stated.selects
    name = metric.key.lower()
    level = (
        RANKS.index((metric.kind, role)),
        not selects,
        metric.direction is None,
        is_part(name),
        not is_whole(name, keys),
        habit(name, keys),
        not is_average(name),
    )
    what = {"test": "the test's", "validation": "validation's", "train": "training's", None: "the runs'"}[role]
    why = f"{what} {'result' if metric.kind == 'quality' else 'loss'}"
    if selects and stated is not None:
        why += f", which {stated.source} names"
    words = [word for word in re.split(r"[^a-z0-9]+", name) if word]
    named = [word for word in words if word not in FRAMES and not word.isdigit()] or words
    alike = frozenset(_SAME_PART.get(word, word) for word in words)
    return _Ranked(metric, tuple(map(int, level)), alike, named[-1] if named else "", why)


def _is_rival(best: _Ranked, other: _Ranked) -> bool:
    """Whether another result is of the same kind and no special case of the best one, nor the same under another
    spelling (MLflow has Keras's `val_loss` as `validation_loss` too): another task's, say, or one of several that no
    habit of the field puts in an order."""
    if other.words >= best.words:
        return False
    alike = other.level == best.level and (other.last == best.last or best.level[_HABIT] == len(HABITS))
    return alike or _is_other_task(best, other)


def _is_other_task(best: _Ranked, other: _Ranked) -> bool:
    """Whether both speak of a part of the run each, and neither more than the other: `id/acc` and `ood/auroc`."""
    one, two = (r.metric.key.rpartition("/")[0] for r in (best, other))
    both_are_parts = best.level[:_HABIT] == other.level[:_HABIT] and best.level[_WHOLE] == 1
    return both_are_parts and one != two and not is_average(best.metric.key.lower())


def _offer(metrics: Sequence[Metric]) -> str:
    """Keys that may be results, held-out data first; what is known to be none only where there is nothing else."""
    plausible = [m for m in metrics if m.is_judged and not m.key.startswith("_")]
    some = sorted(plausible or metrics, key=lambda m: (_ROLES.index(m.role), m.kind == "loss", m.key))
    names = ", ".join(m.key for m in some[:MOST_OFFERED])
    return f"Both sides log: {names}." if names else "They log no key in common."


_ROLES: tuple[Role | None, ...] = ("test", "validation", None, "train")


def other_results(candidate: Group, baseline: Group, meanings: Meanings, primary: Metric) -> list[Metric]:
    """The other numbers that runs end with: summaries but for bookkeeping and training curves, and stated figures."""
    keys = {key for group in (candidate, baseline) for run in group.runs for key in _ends_with(run, meanings)}
    return [meanings.metric(key) for key in sorted(keys - {primary.key})]


def _ends_with(run: Run, meanings: Meanings) -> Iterator[str]:
    for key in _keys(run):
        metric = meanings.metric(key)
        curve = run.history.has(key) and metric.role in (None, "train") and metric.kind != "quality"
        if metric.kind != "bookkeeping" and not key.startswith(("_", "stages/")) and not curve:
            yield key


def last_values(candidate: Group, baseline: Group, meanings: Meanings, but: Collection[str]) -> list[Metric]:
    """The numbers that runs logged beside results and `but`, by the last value of each: what may be judged first, then
    diagnostics, then bookkeeping."""
    keys = result_keys(candidate) | result_keys(baseline)
    metrics = [meanings.metric(k) for k in keys - set(but) if not k.startswith(("_", "stages/"))]
    return sorted(metrics, key=lambda m: (not m.is_judged, m.kind == "bookkeeping", m.key))
