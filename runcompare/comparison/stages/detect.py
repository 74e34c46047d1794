"""The stages of a pipeline, found in its keys, its config and its clock, under one name each.

A stage is what stands before a loss or a grad norm in a key ("operator/loss"), an entry of the config's `stages`, or a
span that the run marked. One run may call a stage by several names: aliases are folded, and a prefix such as
`training/` in front is dropped. Keys that name no stage ("loss", "train/loss", "val_loss") make the stage `training`.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from runcompare.comparison.model import Axis
from runcompare.comparison.stages.keys import LogKey, read_key
from runcompare.metrics.registry import lookup
from runcompare.records.conventions import EVAL, canonical
from runcompare.records.figure import Figure
from runcompare.records.run import Run

__all__ = ["EVAL", "Stage", "canonical", "detect_stages", "stage_key", "stated_figure"]

# what hand-written records state of a stage
_STATED = re.compile(r"^(?P<stage>.+)/(?:loss|val_loss|grad_norm|epochs?|epoch_time_sec|best_loss|lr|final_loss|time)$")
NOT_LOSSES = ("epoch", "best_loss", "grad_norm")
SPLITS = ("", "val_", "test_")
_WHOLE_LOSS = "total_loss"  # stands for the loss where its parts are logged beside it


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage under its one name, and the names that logs and configs use for it.

    `keys` are the keys of its quantities, the one to take first in front: "loss", "val_loss", "test_loss" and the same
    for further losses ("box_loss"), "grad_norm", "best_loss" and "epoch". `parts` are the keys of grad norms of its
    layers. `axis` is what its curves are drawn against.
    """

    name: str
    seen_as: tuple[str, ...]
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parts: tuple[str, ...] = ()
    axis: Axis = "epoch"

    @property
    def losses(self) -> tuple[str, ...]:
        """The names of its losses, "loss" first."""
        names = dict.fromkeys(q.removeprefix("val_").removeprefix("test_") for q in self.keys if q not in NOT_LOSSES)
        return tuple(sorted(names, key=lambda name: name != "loss"))

    @property
    def descends(self) -> bool:
        """Whether its loss is to fall: where a policy's loss, or two networks' that compete, is part of it, its curve
        says nothing of how the training went."""
        return all(self.is_lower_better(loss) for loss in self.losses)

    def is_lower_better(self, loss: str) -> bool:
        """Whether less of one of its losses is better: not known of a policy's, or of two networks' that compete."""
        key = next((self.keys[q][0] for split in SPLITS if (q := f"{split}{loss}") in self.keys), "loss")
        return loss == "loss" or lookup(key).direction == "min"


def detect_stages(runs: Sequence[Run]) -> tuple[Stage, ...]:
    """The stages of all runs, in the order that they ran in: each where the first run that has it placed it."""
    names: dict[str, dict[str, None]] = {}
    places: dict[str, float] = {}
    found = _Keys()
    for run in runs:
        logged = found.read(run)
        seen = _names(run, [key.stage for key in logged if key.trains])
        for name in seen:
            names.setdefault(canonical(name), {})[name] = None
        places = {**_places(run, seen, logged), **places}
    # evaluation comes last whatever the log's order: it judges what the other stages made
    order = sorted(names, key=lambda name: (name == EVAL, places[name]))
    return tuple(Stage(name, tuple(names[name]), found.quantities(name), found.parts(name)) for name in order)


def stage_key(run: Run, stage: Stage, quantity: str) -> str | None:
    """The key under which a run logs a stage's quantity, or None."""
    return next((key for key in stage.keys.get(quantity, ()) if run.history.has(key)), None)


def stated_figure(run: Run, stage: Stage, quantity: str) -> Figure | None:
    """What a hand-written record states of a stage's quantity, or None."""
    return next((run.figures[key] for name in stage.seen_as if (key := _join(name, quantity)) in run.figures), None)


def _join(name: str, quantity: str) -> str:
    return f"{name}/{quantity}" if name else quantity


class _Keys:
    """The keys of all runs by stage, and how many values each has at most in one run."""

    def __init__(self) -> None:
        self._by_stage: dict[str, dict[str, LogKey]] = {}
        self._values: dict[str, int] = {}

    def read(self, run: Run) -> list[LogKey]:
        """The run's keys that belong to stages, in the order of its columns."""
        logged = [key for name in run.history.numeric_keys if (key := read_key(name)) is not None]
        for key in logged:
            self._by_stage.setdefault(canonical(key.stage), {})[key.key] = key
            count = len(run.history) - run.history.frame.get_column(key.key).null_count()
            self._values[key.key] = max(count, self._values.get(key.key, 0))
        return logged

    def quantities(self, stage: str) -> dict[str, tuple[str, ...]]:
        """The keys of each quantity of a stage; the epoch of the whole run stands for that of a stage without one."""
        found: dict[str, list[LogKey]] = {}
        for key in self._of(stage):
            if not key.member:
                found.setdefault(key.quantity, []).append(key)
        if stage != canonical(""):
            found.setdefault("epoch", []).extend(k for k in self._of(canonical("")) if k.quantity == "epoch")
        ranked = {quantity: tuple(k.key for k in sorted(keys, key=self._rank)) for quantity, keys in found.items()}
        return _with_main_loss({quantity: keys for quantity, keys in ranked.items() if keys})

    def parts(self, stage: str) -> tuple[str, ...]:
        """The keys of grad norms of a stage's layers."""
        return tuple(key.key for key in self._of(stage) if key.member)

    def _of(self, stage: str) -> Iterable[LogKey]:
        return self._by_stage.get(stage, {}).values()

    def _rank(self, key: LogKey) -> tuple[bool, bool]:
        """Epoch means before single steps, curves before a last value such as Hugging Face's `train_loss`."""
        return key.per_step, self._values[key.key] < 2


def _with_main_loss(keys: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The quantities with the total, or the only loss of the stage, as its "loss"."""
    stage = Stage("", (), keys)
    losses = stage.losses
    main = _WHOLE_LOSS if _WHOLE_LOSS in losses else losses[0] if len(losses) == 1 else "loss"
    if "loss" in losses or not stage.is_lower_better(main):
        return dict(keys)
    return {next((s + "loss" for s in SPLITS if q == s + main), q): k for q, k in keys.items()}


def _names(run: Run, logged: Sequence[str]) -> list[str]:
    spans = [span.name for span in sorted(run.stages, key=lambda s: s.started_at)]
    stages = run.config.get("stages")
    configured = [str(s) for s in stages] if isinstance(stages, Mapping) else []
    stated = [m["stage"] for key in run.figures if (m := _STATED.match(key))]
    ran = {canonical(name) for name in (*spans, *logged, *stated)}
    # a stage that is only configured did not happen, unless the run logged no stage at all
    return list(dict.fromkeys([*spans, *logged, *stated, *(c for c in configured if canonical(c) in ran)]))


def _places(run: Run, names: Sequence[str], logged: Sequence[LogKey]) -> dict[str, float]:
    """Where each of the run's stages comes: its start, else its first logged row, else its place among the names."""
    places = {canonical(name): float(at) for at, name in reversed(list(enumerate(names)))}
    first = [(canonical(key.stage), _first_row(run, key.key)) for key in logged]
    places.update(sorted(first, key=lambda row: -row[1]))  # the earliest row of a stage is written last
    start = min((span.started_at for span in run.stages), default=0.0)
    marked: dict[str, float] = {}
    for span in run.stages:
        name = canonical(span.name)
        marked[name] = min(marked.get(name, math.inf), span.started_at - start)
    return {**places, **marked}


def _first_row(run: Run, key: str) -> float:
    return float(run.history.frame.get_column(key).is_not_null().arg_max() or 0)
