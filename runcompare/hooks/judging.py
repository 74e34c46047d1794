"""The run that has ended, compared with its baseline, and the report on it, beside the run."""

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from runcompare import api
from runcompare import settings as settings_file
from runcompare.errors import AmbiguousReference, RuncompareError, RunNotFound
from runcompare.hooks.job import Job, Outputs, outputs_of
from runcompare.hooks.start import named
from runcompare.hooks.waiting import Ending
from runcompare.inputs.groups import as_keys, keys_of, load_group, roots_of
from runcompare.records.atomic import make_folder
from runcompare.records.run import Group
from runcompare.references.grammar import KINDS
from runcompare.references.live import RunPlace
from runcompare.references.places import Places

if TYPE_CHECKING:
    from runcompare.comparison.comparison import Comparison

__all__ = ["Judged", "end_line", "judge", "refusal"]

_STOPPED = {
    "interrupted": "was interrupted before its end",
    "failed": "ended with an error",
    "running": "had not said its end",
}


@dataclass(frozen=True, slots=True)
class Judged:
    """A comparison, and where its report was written."""

    comparison: "Comparison"
    headline: str
    outputs: Outputs

    @property
    def files(self) -> tuple[Path, ...]:
        """The report's files, its pictures included."""
        found = [path for path in (self.outputs.markdown, self.outputs.html) if path is not None]
        for path in tuple(found):
            found += sorted(path.with_name(f"{path.stem}_plots").glob("*"))
        return tuple(dict.fromkeys(found))


def judge(job: Job, ending: Ending) -> Judged:
    """Compare and write. Raises RuncompareError if there is nothing to compare, or it can't be written."""
    from runcompare.reporting.verdict_text import headline
    from runcompare.reporting.write import write_report

    os.chdir(job.cwd)
    keys = as_keys(job.options.get("replicate_key", ()))
    new = _candidate(job, keys)
    new = replace(new, notes=(*_how_it_ended(new, ending), *new.notes))
    old = _baseline(job, new, keys)
    comparison = api.compare(new, old, metric=job.metric, **job.options)
    outputs = outputs_of(job.place, job.out)
    make_folder(outputs.log.parent)
    if outputs.markdown is not None:
        write_report(comparison, format="md", output=outputs.markdown)
    if outputs.html is not None:
        write_report(comparison, format="html", output=outputs.html)
    ended = next((note for note in new.notes if any(word in note for word in _STOPPED.values())), "")
    return Judged(comparison, f"{headline(comparison)}. {ended}".rstrip(" ."), outputs)


def _candidate(job: Job, keys: tuple[str, ...]) -> Group:
    """The run, or with `whole_group` all runs of its group."""
    settings = settings_file.load()
    roots = tuple(map(Path, job.place.roots)) or roots_of(job.options.get("runs"))
    run = load_group(job.place.reference, Places(roots, settings.store), keys)
    if not job.whole_group or len(run.runs) > 1 or run.runs[0].info.group is None:
        return run
    try:
        group = load_group(f"group:{run.runs[0].info.group}", _places(job), keys)
    except (AmbiguousReference, RunNotFound) as error:
        return replace(run, notes=(*run.notes, f"The run is judged alone, and not its group: {error.message}"))
    return group if keys_of(run.runs[0]) & {key for one in group.runs for key in keys_of(one)} else run


def _places(job: Job, without: frozenset[str] = frozenset()) -> Places:
    roots = (*roots_of(job.options.get("runs")), *map(Path, job.place.roots), *_beside(job.place))
    return Places(roots, settings_file.load().store, without=without)


def _beside(place: RunPlace) -> tuple[Path, ...]:
    """The folder in which a run's folder lies, for a training that runs elsewhere; not one that holds everything."""
    above = Path(place.folder).parent
    everything = {Path(above.anchor), Path(tempfile.gettempdir()), Path.home()}
    if place.kind in ("mlflow", "served") or above in everything or Path.cwd().is_relative_to(above):
        return ()
    return (above,)


def _baseline(job: Job, new: Group, keys: tuple[str, ...]) -> Group:
    """What the baseline's reference names among the other runs."""
    own = frozenset(key for run in new.runs for key in keys_of(run))
    return load_group(job.baseline, _places(job, own), keys)


def _how_it_ended(new: Group, ending: Ending) -> tuple[str, ...]:
    """A note where the run did not end as it was to: as its log says, else as its process did."""
    found = []
    for run in new.runs:
        state = run.info.state
        if state in ("unknown", "running"):
            state = ending.told or ("interrupted" if ending.gone else state)  # type: ignore[assignment]
        if state in _STOPPED:
            found.append(f"{run.id} {_STOPPED[state]}: it is judged by what it had logged by then.")
    return tuple(found)


def end_line(job: Job) -> str | None:
    """What the training shall say at its end, where the baseline can't be used as it is named; None if it can."""
    os.chdir(job.cwd)
    keys = as_keys(job.options.get("replicate_key", ()))
    own: frozenset[str] = frozenset()
    with suppress(RuncompareError):  # which may not have begun to log
        own = frozenset(key for run in _candidate(job, keys).runs for key in keys_of(run))
    try:
        load_group(job.baseline, _places(job, own), keys)
    except RuncompareError as error:
        return refusal(job, error)
    return None


def refusal(job: Job, error: RuncompareError) -> str:
    """Why there is no report, in a line, with how to name a baseline where there is none yet."""
    if not isinstance(error, RunNotFound):
        return f"no report: {error.message} {error.hint}".rstrip()
    kind, colon, word = job.baseline.partition(":")
    if colon and kind in KINDS:
        how = f"Give a run the {kind} {word}." if kind in ("tag", "group", "name") else error.hint
    elif job.baseline.isidentifier():
        line = f'{job.baseline} = "{named(job.place)}"'
        how = f"To call this run so, write {line} below [tool.runcompare.aliases] in pyproject.toml."
    else:
        how = error.hint
    return f"no report yet: no other run is '{job.baseline}'. {how}".rstrip()
