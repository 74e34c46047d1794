"""One group without a baseline: what its own runs show, and what like runs of the project show of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from runcompare.comparison.build import build
from runcompare.comparison.comparable import incomparable
from runcompare.comparison.measured import measure
from runcompare.comparison.model import Finding, NotRun
from runcompare.comparison.request import Request
from runcompare.comparison.rules import RULES, check, unchecked
from runcompare.comparison.rules.rule import Alone
from runcompare.comparison.stages.detect import detect_stages
from runcompare.comparison.stages.families import lay_out
from runcompare.comparison.stages.keys import read_key
from runcompare.costs import price_book
from runcompare.errors import UsageError
from runcompare.metrics.metric import Metric
from runcompare.records.config import essentials
from runcompare.records.run import Group, Run
from runcompare.records.shown import Shown

__all__ = ["Check", "Checked", "check_group"]

FEWEST, MOST, LOOKED_AT = 3, 20, 200  # like runs: that make a history, that are held against, and that are looked at
ALIKE = 0.5  # of the settings


@dataclass(frozen=True, slots=True)
class Checked:
    """A group and what was found of it. `findings` need no other run; `against_history` hold it against `like` other
    runs of the project, which their sentences call the other side."""

    label: str
    reference: str
    runs: tuple[str, ...]
    findings: tuple[Finding, ...]
    against_history: tuple[Finding, ...]
    like: tuple[str, ...]
    not_run: tuple[NotRun, ...]

    @property
    def all(self) -> tuple[Finding, ...]:
        return (*self.findings, *self.against_history)


@dataclass(frozen=True, slots=True, repr=False)
class Check(Shown):
    """All groups that were checked."""

    version: str
    groups: tuple[Checked, ...]

    @property
    def strengths(self) -> set[str]:
        """The strengths of all findings."""
        return {finding.strength for group in self.groups for finding in group.all}


def check_group(group: Group, others: Iterable[Run], request: Request) -> Checked:
    """What rules find in a group, alone and beside those of `others` that are like it."""
    side = measure("candidate", group, price_book(request))
    facts = Alone(side, lay_out(detect_stages(group.runs), group.runs).tables)
    found = check(facts)
    like = tuple(islice(_like(group, others, request), MOST))
    beside = _beside(group, like, request, {finding.rule for finding in found})
    return Checked(
        label=group.label,
        reference=group.reference,
        runs=tuple(run.id for run in group.runs),
        findings=found,
        against_history=beside,
        like=tuple(run.id for run in like) if len(like) >= FEWEST else (),
        not_run=unchecked(facts),
    )


def _beside(group: Group, like: Sequence[Run], request: Request, known: set[str]) -> tuple[Finding, ...]:
    """The faults of the group beside like runs: of its own, and not those that it shows without them."""
    if len(like) < FEWEST:
        return ()
    try:
        comparison = build(group, Group("like runs", "like runs", tuple(like)), request)
    except UsageError:  # they share no metric
        return ()
    faults = {rule.name for rule in RULES if rule.fault} - known
    return tuple(f for f in comparison.findings if f.rule in faults and f.facts.get("role") == "candidate")


def _like(group: Group, others: Iterable[Run], request: Request) -> Iterator[Run]:
    """Other runs of the same data that log the same losses, share half of the settings or more, and are sound."""
    own, told = _losses(group.runs[0]), dict(essentials(group.runs[0].config))
    taken = {run.id for run in group.runs}
    for run in islice(others, LOOKED_AT):
        if run.id in taken or not own or _losses(run) != own or run.info.state in ("failed", "interrupted", "running"):
            continue
        settings = dict(essentials(run.config))
        shared = {key for key in told if key in settings and settings[key] == told[key]}
        if told and len(shared) < ALIKE * len(told):
            continue
        one = Group(run.name, run.id, (run,))
        if not incomparable(group, one, Metric("", "")) and _is_sound(one, request):
            yield run


def _losses(run: Run) -> set[str]:
    return {key for key in run.history.numeric_keys if (read := read_key(key)) and read.quantity.endswith("loss")}


def _is_sound(group: Group, request: Request) -> bool:
    side = measure("baseline", group, price_book(request))
    found = check(Alone(side, lay_out(detect_stages(group.runs), group.runs).tables))
    return not any(finding.strength == "strong" for finding in found)
