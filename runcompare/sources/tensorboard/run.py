"""From a folder's event files to the run."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from runcompare.records.budgets import most_rows
from runcompare.records.run import Attempt, Lost, Run, RunInfo, State, find_seed
from runcompare.sources.kit.assemble import Draft, assemble
from runcompare.sources.kit.keys import made_id, name_of
from runcompare.sources.kit.points import rows_of_curves
from runcompare.sources.kit.yaml_file import Settings
from runcompare.sources.tensorboard.curves import Attempts, Rows, attempts_in
from runcompare.sources.tensorboard.file import EventFile
from runcompare.sources.tensorboard.folder import RunFolder

__all__ = ["SOURCE", "config_of", "info_of", "run_of"]

SOURCE = "tensorboard"
_STATES: dict[str | None, State] = {"finished": "finished", "failed": "failed"}


def config_of(found: RunFolder, beside: Mapping[str, Any]) -> dict[str, Any]:
    """What the event files state; what the settings beside them state counts before that."""
    return {**_hparams(found), **beside}


def info_of(folder: Path, found: RunFolder, config: Mapping[str, Any]) -> RunInfo:
    """What a listing needs to know; `config` is that of the run."""
    name = name_of(folder)
    states: list[State] = [_STATES[f.events.state] for f in found.files if f.events.state in _STATES]
    start = min((attempt.started_at for attempt in _attempts(found)), default=None)
    return RunInfo(
        id=made_id(name, repr(start).encode()),
        name=name,
        source=SOURCE,
        location=str(folder),
        state=states[-1] if states else "unknown",
        started_at=start,
        seed=find_seed(config),
    )


def run_of(folder: Path, found: RunFolder, beside: Settings) -> Run:
    """The whole run."""
    config = config_of(found, beside.values)
    rows = _rows_of(found.files)
    draft = Draft(
        info_of(folder, found, config),
        config=config,
        history=rows.frame,
        whole=rows.whole,
        telemetry=rows.frame.columns,
        attempts=_attempts(found),
        lost=_lost(found.files),
        warnings=(*found.unread, *_losses(found.files), *rows.warnings, *beside.warnings),
    )
    return assemble(draft)


def _rows_of(files: Sequence[EventFile]) -> Rows:
    attempts = Attempts(files)
    if attempts.most() > most_rows():
        from runcompare.sources.tensorboard.long import long_rows

        return long_rows(files)
    frame, odd = rows_of_curves(attempts.curves(EventFile.points))
    return Rows(frame, {}, [*attempts.warnings(), *odd])


def _hparams(found: RunFolder) -> dict[str, Any]:
    return {key: value for file in found.files for key, value in file.events.hparams.items()}


def _attempts(found: RunFolder) -> tuple[Attempt, ...]:
    """Times of what the run logged itself; those of add_hparams count where there is nothing else."""
    plain = [file for file in found.files if not file.states_settings_only and (file.role or file in found.own)]
    times = []
    for files in attempts_in(plain or found.files):
        first = [file.events.first for file in files if file.events.first is not None]
        last = [file.events.last for file in files if file.events.last is not None]
        times += [Attempt(min(first), max(last))] if first and last else []
    return tuple(times)


def _lost(files: Sequence[EventFile]) -> Lost:
    return Lost(sum(f.damage.records + f.events.odd for f in files), sum(f.damage.bytes for f in files))


def _losses(files: Sequence[EventFile]) -> Iterator[str]:
    for file in files:
        name, damage, events = file.path.name, file.damage, file.events
        if damage.records:
            yield f"{name} is damaged in {damage.records} places ({damage.bytes} bytes): a record or more each is lost."
        if damage.tail:
            yield f"{name} ends inside of a record ({damage.tail} bytes), as files do that are being written."
        if events.odd:
            yield f"{name} holds {events.odd} records that are no events."
        if events.media:
            yield f"{name} holds {events.media} texts, images, histograms and the like, which were not read."
