"""From what a caller gives to groups and a request: references, folders and options, with the settings filled in."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from runcompare import settings as settings_file
from runcompare.errors import RuncompareError, RunNotFound, UnreadableRun, UsageError
from runcompare.records.redact import redact
from runcompare.records.run import Group, Run

if TYPE_CHECKING:
    from runcompare.comparison.causes.find import FoundAblation
    from runcompare.comparison.request import Request
    from runcompare.metrics.min_effect import MinEffect
    from runcompare.metrics.override import Override
    from runcompare.records.looks import PlaceOfLooks
    from runcompare.references.places import Places

__all__ = [
    "OF_ONE_TASK",
    "OF_TWO_ALONE",
    "OF_TWO_SIDES",
    "Folders",
    "Found",
    "Reference",
    "are_only_files",
    "as_keys",
    "asked_options",
    "check_no_second_side",
    "check_only_many",
    "check_only_tasks",
    "found_ablations",
    "found_history",
    "gathered",
    "is_at_hand",
    "keep_runs",
    "keys_of",
    "ledger_of",
    "load_group",
    "places_of",
    "query_groups",
    "readable_runs",
    "request_of",
    "roots_of",
    "told_apart",
    "varying_keys",
    "with_troubles",
]

Reference = str | Path | Run | Group | Sequence[Run]


Folders = str | Path | Sequence[str | Path] | None


def with_troubles(group: Group, places: "Places | None", told: Sequence[str] = ()) -> Group:
    """What of the store could not be read is told, whether a side or the history would have had it, and which settings
    of the project were not used."""
    known, troubles = {*group.notes, *told}, (places.troubles if places else ())
    new = (text for text in (*settings_file.load().ignored, *troubles) if text not in known)
    return replace(group, notes=(*group.notes, *new))


OF_TWO_SIDES = (  # options of `compare` that one group has no use for
    *("min_effect", "guardrails", "pair_by", "noise_library", "force"),
    *("ignore", "looks", "looked", "task_key", "task_metrics"),
)


OF_ONE_TASK = (  # not of many tasks
    *("guardrails", "noise_cv", "noise_from", "noise_library"),
    *("pair_by", "ignore", "looks", "looked"),
)


OF_TWO_ALONE = ("keep", "looks", "looked", "tried")  # not of several candidates


def check_only_many(**options: Any) -> None:
    """Raises UsageError if what was given says nothing of several candidates."""
    if given := [name for name in (*OF_TWO_ALONE, "plots", "corrected") if options.get(name)]:
        hint = "Leave it out, or report on one candidate at a time."
        raise UsageError(f"With several candidates there is no use for {_as_flags(given)}.", hint=hint)


def check_only_tasks(**options: Any) -> None:
    """Raises UsageError if what was given says nothing of many tasks."""
    if given := [name for name in (*OF_ONE_TASK, "plots", "corrected") if options.get(name)]:
        hint = "Leave it out, or compare one task at a time."
        raise UsageError(f"With several tasks there is no use for {_as_flags(given)}.", hint=hint)


def _as_flags(names: Sequence[str]) -> str:
    return ", ".join(f"--{FLAGS.get(name, name).replace('_', '-')}" for name in names)


def check_no_second_side(baseline: Reference | None, **options: Any) -> None:
    """Raises UsageError if what was given is about two sides."""
    if baseline is not None:
        hint = "Leave one of them out: runcompare report RUNS --target 3.28; or runcompare report NEW OLD"
        raise UsageError("A report is about a baseline or about a target, not both.", hint=hint)
    given = [name for name in (*OF_TWO_SIDES, "plots", "corrected") if options.get(name)]
    if given:
        hint = "A target is itself the effect that is asked for: leave the flag out, or name a baseline instead."
        raise UsageError(f"With a target there is no use for {_as_flags(given)}.", hint=hint)


FLAGS = {"guardrails": "guardrail"}  # options whose flags have another name


@dataclass(frozen=True, slots=True)
class Found:
    """Runs, and what was met with while they were looked for."""

    runs: tuple[Run, ...]
    warnings: tuple[str, ...] = ()


def readable_runs(roots: Sequence[Path]) -> Found:
    """Every run below the folders that can be read. Raises RunNotFound if there is none."""
    from runcompare.sources import list_runs, read_run

    found: list[Run] = []
    unread: list[str] = []
    for info in list_runs(roots).runs:
        try:
            found.append(read_run(info))
        except RuncompareError as error:
            unread.append(error.message)
    if not found:
        raise RunNotFound("There are no runs to go by.", hint="Say where yours are with --runs FOLDER.")
    return Found(tuple(found), tuple(unread))


def request_of(
    *,
    runs: Folders,
    metric: str | None = None,
    direction: Literal["min", "max"] | None = None,
    scale: Literal["log", "logit", "linear"] | None = None,
    value: str = "final",
    min_effect: str | float | None = None,
    alpha: float | None = None,
    gpu_price: float | None = None,
    cpu_price: float | None = None,
    noise_cv: float | None = None,
    noise_from: Sequence[Reference] = (),
    noise_library: bool | None = None,
    guardrails: Sequence[str] = (),
    pair_by: str | None = None,
    force: bool = False,
    ignore: Sequence[str] = (),
) -> "Request":
    """The options with the settings filled in; still without a history."""
    from runcompare.comparison.request import Request
    from runcompare.metrics.min_effect import parse_min_effect
    from runcompare.metrics.override import Override
    from runcompare.metrics.value import parse_rule

    chosen = settings_file.load()
    effect = chosen.min_effect if min_effect is None else min_effect
    flags = " and ".join(f"--{n}" for n, given in (("direction", direction), ("scale", scale)) if given)
    guarded = _guarded(guardrails)
    return Request(
        metric=metric or chosen.metric,
        primary=Override(direction=direction, scale=scale, source=flags),
        overrides={**chosen.metrics, **_over(chosen.metrics, guarded.directions)},
        value=parse_rule(value),
        min_effect=None if effect is None else parse_min_effect(effect),
        alpha=_fraction("alpha", alpha, chosen.alpha),
        gpu_price=_positive("gpu_price", gpu_price) or chosen.gpu_price,
        cpu_price=_positive("cpu_price", cpu_price) or chosen.cpu_price,
        prices=chosen.prices,
        noise_cv=_positive("noise_cv", noise_cv),
        noise_library=chosen.noise_library if noise_library is None else noise_library,
        guardrails=guarded.margins,
        pair_by=pair_by,
        force=force,
        ignore=as_keys(ignore),
        asked=asked_options(
            runs=() if runs is None else (runs,) if isinstance(runs, str | Path) else tuple(runs),
            metric=metric,
            direction=direction,
            scale=scale,
            value=None if value == "final" else value,
            min_effect=min_effect,
            alpha=alpha,
            gpu_price=gpu_price,
            cpu_price=cpu_price,
            noise_cv=noise_cv,
            noise_from=noise_from,
            no_noise_library=noise_library is False,
            guardrails=guardrails,
            pair_by=pair_by,
            force=force,
            ignore=as_keys(ignore),
        ),
    )


def found_history(sides: Sequence[Group], places: "Places", keys: Sequence[str]) -> list[Group]:
    """The other replicated groups beside these runs and in the store."""
    from runcompare.references.replicates import replicated_groups

    taken = {key for group in sides for run in group.runs for key in keys_of(run)}
    return replicated_groups(places, taken, sides[0].runs[0].info.project, replicate_keys=keys)


def found_ablations(roots: Sequence[Path]) -> "tuple[FoundAblation, ...]":
    """The records of ablations that lie in the folders, or in a folder of theirs; those that can't be read are passed
    over, as files that are no runs are."""
    from runcompare.comparison.causes.ablation import RECORD_NAME, ablation_of
    from runcompare.comparison.causes.find import FoundAblation
    from runcompare.sources.kit.json_file import read_object

    patterns = (RECORD_NAME, f"*/{RECORD_NAME}", f"runs/*/{RECORD_NAME}")
    paths = dict.fromkeys(path for root in roots for pattern in patterns for path in sorted(root.glob(pattern)))
    found = []
    for path in paths:
        with suppress(RuncompareError, OSError):
            found.append(FoundAblation(ablation_of(read_object(path), str(path)), str(path)))
    return tuple(found)


def keep_runs(sides: Sequence[Group]) -> None:
    """Puts the runs into the store."""
    from runcompare.store.store import keep_whole

    keep_whole(tuple(run for group in sides for run in group.runs), settings_file.load().store)


def ledger_of(looks: str | Path | None, *, keep: bool, looked: bool) -> "PlaceOfLooks | None":
    """The ledger that was asked for. Raises UsageError for looks that are in none."""
    from runcompare.store.looks import FileOfLooks, LooksOfStore

    if looks is not None:
        return FileOfLooks(Path(looks))
    if looked and not keep:
        raise UsageError("--looked says of a ledger that a look is missing in it.", hint="Name it with --looks FILE.")
    return LooksOfStore(settings_file.load().store) if keep else None


def asked_options(**options: Any) -> dict[str, Any]:
    """The options that were given, as plain data: runs at hand by their references."""
    plain = {name: redact(_as_plain(given), name) for name, given in options.items()}
    return {name: given for name, given in plain.items() if given is not None and given is not False and given != ()}


def _as_plain(given: Any) -> Any:
    if isinstance(given, Group):
        return given.reference
    if isinstance(given, Run):
        return given.id
    if isinstance(given, list | tuple):
        return tuple(map(_as_plain, given))
    return str(given) if isinstance(given, Path) else given


def _over(settings: "Mapping[str, Override]", said: "Mapping[str, Override]") -> "dict[str, Override]":
    """What the flags say of metrics, with what the settings say where the flags are silent."""
    return {
        key: replace(settings.get(key, one), direction=one.direction, source=one.source) for key, one in said.items()
    }


class _Guarded(NamedTuple):
    """Guardrails: what `KEY[:min|:max][:MARGIN]` says of each key."""

    margins: "dict[str, MinEffect | None]"
    directions: "dict[str, Override]"


def _guarded(guardrails: Sequence[str]) -> _Guarded:
    from runcompare.metrics.min_effect import parse_min_effect
    from runcompare.metrics.override import Override

    found = _Guarded({}, {})
    for text in guardrails:
        key, margin = text, None
        front, _, last = text.rpartition(":")
        if front and last[:1].isdigit():
            key, margin = front, parse_min_effect(last)
        front, _, last = key.rpartition(":")
        if front and last in ("min", "max"):
            key = front
            found.directions[key] = Override(direction=last, source="--guardrail")  # type: ignore[arg-type]
        found.margins[key] = margin
    return found


def is_at_hand(reference: Reference) -> bool:
    return not isinstance(reference, str | Path)


def load_group(
    reference: Reference, places: "Places | None", replicate_keys: Sequence[str], task_key: str | None = None
) -> Group:
    """As `load`; the places list their folders once for all references of a call."""
    if isinstance(reference, Group):
        return reference
    if isinstance(reference, Run):
        return Group(reference.name, reference.id, (reference,))
    if isinstance(reference, list | tuple):
        return _together(reference, replicate_keys)
    from runcompare.references.live import is_live, place_of
    from runcompare.references.resolve import resolve

    _use_pattern()
    if is_live(reference):
        from runcompare.references.places import Places

        place = place_of(reference)
        found = Places(tuple(map(Path, place.roots)) or roots_of(None))
        try:
            return resolve(place.reference, places=found, replicate_keys=replicate_keys)
        except UnreadableRun as error:
            hint = "A run that has just begun may not be on the disk yet: try again in some seconds."
            raise UnreadableRun(error.message, hint=hint) from None
    aliases = settings_file.load().aliases
    return resolve(str(reference), aliases=aliases, places=places, replicate_keys=replicate_keys, task_key=task_key)


def as_keys(replicate_key: str | Sequence[str]) -> tuple[str, ...]:
    return (replicate_key,) if isinstance(replicate_key, str) else tuple(replicate_key)


def varying_keys(replicate_key: str | Sequence[str], pair_by: str | None) -> tuple[str, ...]:
    """The settings in which replicates may differ: what they are paired by is one."""
    return (*as_keys(replicate_key), *([pair_by] if pair_by not in (None, "seed", "none") else []))


def places_of(runs: Folders) -> "Places":
    from runcompare.references.places import Places

    _use_pattern()
    return Places(roots_of(runs), settings_file.load().store)


def _use_pattern() -> None:
    """Text logs are read by the settings' pattern."""
    from runcompare.sources.pattern.pattern import use_setting

    use_setting(lambda: settings_file.load().pattern)


def are_only_files(references: Sequence[Reference], runs: Folders) -> bool:
    """Whether two files were named, so that nothing else is read: no folder is searched for a history."""
    from runcompare.references.places import existing

    if runs is not None or not all(isinstance(ref, str | Path) for ref in references):
        return False
    paths = [existing(str(ref)) for ref in references]
    return all(path is not None and path.is_file() for path in paths)


def keys_of(run: Run) -> set[str]:
    """What identifies the training that a run is, or was cut from, and each of its logs."""
    from runcompare.records.run import origin
    from runcompare.sources.registry import training_keys

    return training_keys(replace(run.info, id=origin(run)))


def told_apart(new: Group, old: Group) -> "_Sides":
    """The two sides, under different labels. Raises UsageError if a training is on both."""
    cuts = [{(key, run.metadata.get("cut")) for run in group.runs for key in keys_of(run)} for group in (new, old)]
    if cuts[0] & cuts[1]:
        raise UsageError(
            f"'{new.reference}' and '{old.reference}' share runs.", hint="Name two different groups or runs."
        )
    if new.label != old.label:
        return _Sides(new, old)
    from runcompare.references.labels import distinct_labels

    labels = distinct_labels(new, old)
    return _Sides(replace(new, label=labels[0]), replace(old, label=labels[1]))


class Gathered(NamedTuple):
    """The sides of a comparison, the baseline last, and the request with the project's history and ablations."""

    groups: tuple[Group, ...]
    request: "Request"


def gathered(
    references: Sequence[Reference],
    request: "Request",
    *,
    runs: Folders,
    noise_from: Sequence[Reference] = (),
    replicate_key: str | Sequence[str] = (),
    tried: Reference | None = None,
) -> Gathered:
    """What is to be compared, read: each reference as a group, the last one the baseline, and what tells of the noise.

    Raises UsageError if a training is on two sides, and the errors of `load_group`.
    """
    from runcompare.references.searches import with_search

    places, keys = places_of(runs), varying_keys(replicate_key, request.pair_by)
    loaded = [load_group(reference, places, keys) for reference in references]
    apart = told_apart(*loaded) if len(loaded) == 2 else _labelled(_unshared(loaded))
    first, *others = (with_search(side, places, keys) for side in apart)
    history = [load_group(ref, places, keys) for ref in noise_from]
    only_files = are_only_files(references, runs)
    if not history and not only_files:
        history = found_history((first, *others), places, keys)
    first = with_troubles(first, places, told=others[-1].notes)
    ablations = () if only_files else found_ablations(roots_of(runs))
    request = replace(request, history=history, ablations=ablations)
    if tried is not None:
        request = replace(request, tried=load_group(tried, places, keys))
    return Gathered((first, *others), request)


def _unshared(groups: Sequence[Group]) -> Sequence[Group]:
    """The groups. Raises UsageError if a training is in two of them."""
    seen: dict[Any, Group] = {}
    for group in groups:
        for key in {(key, run.metadata.get("cut")) for run in group.runs for key in keys_of(run)}:
            if (other := seen.setdefault(key, group)) is not group:
                said = f"'{other.reference}' and '{group.reference}' share runs."
                raise UsageError(said, hint="Name each group once.")
    return groups


class QueriedGroups(NamedTuple):
    """Groups to rank under labels of their own, the settings that tell each from the others, and what was met with."""

    groups: tuple[Group, ...]
    settings: tuple[Mapping[str, Any], ...]
    notes: tuple[str, ...]


def query_groups(references: Sequence[Reference], places: "Places", keys: Sequence[str]) -> QueriedGroups:
    """The groups that queries find, all that are in the folders without one.

    One of several references that names replicates is a group as it stands; what it names otherwise is put into groups.
    Raises UsageError if a training is in two groups.
    """
    found: list[Group] = []
    settings: list[Mapping[str, Any]] = []
    notes: list[str] = []
    asked: Sequence[Reference | None] = references or (None,)
    for several in asked:
        part = _queried(several, places, keys, alone=len(references) < 2)
        found += part.groups
        settings += part.settings
        notes += part.notes
    return QueriedGroups(_labelled(_unshared(found)), tuple(settings), tuple(dict.fromkeys(notes)))


def _queried(reference: Reference | None, places: "Places", keys: Sequence[str], *, alone: bool) -> QueriedGroups:
    from runcompare.errors import AmbiguousReference
    from runcompare.references.groups import found_groups
    from runcompare.references.queries import queried_groups

    if reference is not None and (is_at_hand(reference) or not alone):
        try:
            group = load_group(reference, places, keys)
            return QueriedGroups((group,), ({},), group.notes)
        except AmbiguousReference:
            pass
    if reference is None:
        found = found_groups(places, keys)
    else:
        found = queried_groups(str(reference), places, settings_file.load().aliases, keys)
    each = found.groups
    return QueriedGroups(tuple(one.group for one in each), tuple(one.differs for one in each), found.warnings)


def _labelled(groups: Sequence[Group]) -> tuple[Group, ...]:
    """The groups under labels of their own: those that share one are called by their reference, then numbered."""
    labels = Counter(group.label for group in groups)
    named = [group.label if labels[group.label] == 1 else group.reference or group.label for group in groups]
    counts = Counter(named)
    return tuple(
        replace(group, label=name if counts[name] == 1 else f"{name} ({number})")
        for number, (group, name) in enumerate(zip(groups, named, strict=True), start=1)
    )


class _Sides(NamedTuple):
    new: Group
    old: Group


def _together(runs: Sequence[Run], replicate_keys: Sequence[str] = ()) -> Group:
    """Runs at hand as one group, under their group's name if that is one."""
    found = tuple(runs)
    if not found or not all(isinstance(run, Run) for run in found):
        raise UsageError("A list of runs holds at least one run, and nothing else.", hint="Name runs one by one.")
    if len({run.id for run in found}) < len(found):
        raise UsageError("Two runs of the list have the same id.", hint="Give each its own: from_frame(..., id=...).")
    groups = {run.info.group for run in found}
    label = groups.pop() if len(groups) == 1 else None
    from runcompare.references.replicates import grouping
    from runcompare.references.trainings import one_each

    each = one_each(found)
    known = grouping(each.runs, replicate_keys)
    reference = ", ".join(run.id for run in found)
    return Group(label or found[0].name, reference, each.runs, (*each.notes, *known.notes), known.kind)


def roots_of(runs: Folders) -> tuple[Path, ...]:
    if runs is None:
        return settings_file.load().runs
    return (Path(runs),) if isinstance(runs, str | Path) else tuple(Path(r) for r in runs)


def _positive(name: str, number: float | None) -> float | None:
    if number is not None and not 0 < number < float("inf"):
        raise UsageError(
            f"{name} must be above 0, got {number:g}.", hint="Give a price or a noise as a _positive number."
        )
    return number


def _fraction(name: str, number: float | None, default: float) -> float:
    if number is None:
        return default
    if not 0 < number < 1:
        raise UsageError(
            f"{name} must lie between 0 and 1, got {number:g}.", hint="2 % is 0.02 (or '2%' on the command line)."
        )
    return number
