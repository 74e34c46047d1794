"""What a run told W&B of its metrics by `define_metric`: their step, what the summary keeps of them, their goal.

The log has a record for each definition; config.yaml and the server have them as numbered fields in the config's
`_wandb.m`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from runcompare.records.history import History
from runcompare.records.run import DeclaredMetric

__all__ = ["Definition", "declared", "definition_of", "definitions_in", "joined_summary"]

_KEPT = {1: "min", 2: "max", 3: "mean", 4: "best", 8: "first"}
_GOALS = {1: "minimize", 2: "maximize"}
_NAME, _GLOB, _STEP, _SUMMARY, _GOAL = "1", "2", "5", "7", "8"  # field numbers in the config


class Definition(NamedTuple):
    """One definition. `pattern` is a key, or ends in `*`; `keeps` are words such as `min`."""

    pattern: str
    step_metric: str = ""
    keeps: frozenset[str] = frozenset()
    goal: str | None = None

    def covers(self, key: str) -> bool:
        """Whether the definition is of that key."""
        return key == self.pattern or (self.pattern.endswith("*") and key.startswith(self.pattern[:-1]))

    @property
    def direction(self) -> str | None:
        """The goal, else what the summary keeps: who keeps the minimum only is after the minimum."""
        if self.goal is not None:
            return self.goal
        extremes = self.keeps & {"min", "max"}
        return next(iter(extremes)) if len(extremes) == 1 else None


def definition_of(record: Any) -> Definition:
    """The definition in a log's record."""
    keeps = frozenset(word for word in _KEPT.values() if getattr(record.summary, word))
    names = (record.name or record.glob_name, record.step_metric)
    pattern, step = (raw.decode("utf-8", "backslashreplace") for raw in names)
    return Definition(pattern, step, keeps, _GOALS.get(record.goal))


def definitions_in(config: Any) -> list[Definition]:
    """Those in a config's own part, `_wandb`, as config.yaml and the server have it."""
    own = config.get("_wandb") if isinstance(config, Mapping) else None
    own = own.get("value", own) if isinstance(own, Mapping) else {}
    entries = own.get("m") if isinstance(own, Mapping) else None
    numbered = [_texts(e) for e in entries if isinstance(e, Mapping)] if isinstance(entries, Sequence) else []
    return [_numbered(entry, numbered) for entry in numbered if entry.get(_NAME) or entry.get(_GLOB)]


def _texts(entry: Mapping[Any, Any]) -> dict[str, Any]:
    """YAML reads the numbers of fields as numbers."""
    return {str(key): value for key, value in entry.items()}


def _numbered(entry: Mapping[str, Any], all_of_them: Sequence[Mapping[str, Any]]) -> Definition:
    kept, at = entry.get(_SUMMARY), entry.get(_STEP)
    words = frozenset(_KEPT[n] for n in kept if n in _KEPT) if isinstance(kept, list) else frozenset[str]()
    named = all_of_them[at - 1] if isinstance(at, int) and 1 <= at <= len(all_of_them) else {}
    goal = _GOALS.get(entry[_GOAL]) if isinstance(entry.get(_GOAL), int) else None
    return Definition(str(entry.get(_NAME) or entry.get(_GLOB)), str(named.get(_NAME) or ""), words, goal)


def declared(definitions: Iterable[Definition], keys: Iterable[str]) -> tuple[DeclaredMetric, ...]:
    """The directions that definitions state, of their own key or of those of `keys` that they cover; the last counts,
    and a key's own before a pattern."""
    known = [d for d in definitions if d.direction is not None]
    logged = [key for key in dict.fromkeys(keys) if not key.startswith("_")]
    found: dict[str, Definition] = {}
    for definition in sorted(known, key=lambda d: not d.pattern.endswith("*")):
        named = logged if definition.pattern.endswith("*") else [definition.pattern]
        found |= {key: definition for key in named if definition.covers(key)}
    return tuple(DeclaredMetric(key, d.direction, source="W&B's define_metric") for key, d in found.items())


def joined_summary(
    summaries: Sequence[Mapping[str, Any]], definitions: Sequence[Definition], history: History
) -> dict[str, Any]:
    """The final values of a run by those of its attempts, in their order.

    A later attempt's count, but a minimum, maximum or first value that a definition keeps (`loss.min`) is that over all
    attempts, and a mean that of the rows in `history`.
    """
    joined = {key: value for summary in summaries for key, value in summary.items()}
    for key, metric, word in _kept(joined, definitions):
        values = [s[key] for s in summaries if isinstance(s.get(key), int | float)]
        if word == "mean":
            joined |= {key: history.mean(metric)} if history.has(metric) and len(values) > 1 else {}
        elif values:
            joined[key] = values[0] if word == "first" else max(values) if word == "max" else min(values)
    return joined


def _kept(keys: Iterable[str], definitions: Sequence[Definition]) -> Iterator[tuple[str, str, str]]:
    """Those keys that definitions made, with their metric and what they keep of it: `min`, `max`, ..."""
    for key in list(keys):
        metric, _, word = key.rpartition(".")
        for definition in definitions:
            if word in definition.keeps and definition.covers(metric):
                is_highest = word == "best" and definition.goal == "maximize"
                yield key, metric, "max" if is_highest else "min" if word == "best" else word
                break
