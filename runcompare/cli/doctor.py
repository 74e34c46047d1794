"""`runcompare doctor`: what is installed, set and found, and what is amiss. It asks no server, shows no key."""

import os
import platform
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import click

from runcompare.cli.printing import as_json, emit
from runcompare.errors import DataError, MissingExtra, RuncompareError, UsageError
from runcompare.records.counted import counted
from runcompare.records.redact import redact
from runcompare.reporting.escape import clean

if TYPE_CHECKING:
    from runcompare.settings import Settings

__all__ = ["Check", "doctor"]

READING_S = 5.0  # for opening runs; what is not opened by then is said
FOR_OTHERS = frozenset(("all", "audit", "bench", "dev", "docs", "fuzz", "layouts"))  # extras that no user needs
PARTS = ("numpy", "polars", "scipy", "click")
State = Literal["ok", "note", "missing", "bad"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `next` says what to do; `exit_code` is what it makes of the command."""

    name: str
    state: State
    text: str
    next: str = ""
    exit_code: int = 0


@click.command()
@click.option("--json", "json_", is_flag=True, help="The same as JSON.")
@click.option(
    "--runs", type=click.Path(exists=True, path_type=Path), multiple=True, help="Look for runs in this folder."
)
def doctor(json_: bool, runs: tuple[Path, ...]) -> None:
    """Check the installation, the settings, the runs and the store; say what is amiss and what to do about it.

    Looked at are versions, extras, the settings in force, the runs in the folders (each is opened, for as long as 5
    seconds), the store, the login at W&B (whether there is one, never the key) and the age of the prices. No server is
    asked and nothing is changed.

    Exit code 0: nothing is broken, though extras may be missing; 2: settings are wrong; 3: a run or the store can't be
    read.

    \b
    Examples:
      runcompare doctor
      runcompare doctor --json
      runcompare doctor --runs examples
    """
    checks = [replace(check, text=redact(check.text), next=redact(check.next)) for check in examine(runs)]
    emit(as_json(checks) if json_ else "".join(f"{line}\n" for check in checks for line in _lines(check)))
    raise click.exceptions.Exit(max(check.exit_code for check in checks))


def _lines(check: Check) -> Iterator[str]:
    yield f"{check.state:9}{check.name:17}{clean(check.text)}"
    if check.next:
        yield f"{'':26}{clean(check.next)}"


def examine(runs: Sequence[Path] = ()) -> Iterator[Check]:
    """Each check in turn; none raises."""
    from runcompare import settings
    from runcompare.sources.pattern.pattern import use_setting
    from runcompare.version import __version__

    parts = ", ".join(f"{name} {_version(name)}" for name in PARTS)
    python = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    yield Check("runcompare", "ok", f"{__version__}; {python}; {parts}")
    yield from map(_extra, _extras())
    chosen = settings.Settings()
    try:
        chosen = settings.load()
        use_setting(lambda: chosen.pattern)
        yield _settings(chosen)
    except RuncompareError as error:
        yield Check("settings", "bad", error.message, error.hint, error.exit_code)
    yield from _tried("runs", lambda: _runs(runs or chosen.runs))
    yield from _tried("store", lambda: _store(chosen.store))
    yield from _tried("W&B login", _wandb)
    yield from _tried("prices", _prices)


def _tried(name: str, look: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    try:
        yield from look()
    except RuncompareError as error:
        yield Check(name, "bad", error.message, error.hint, error.exit_code)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _extras() -> dict[str, list[str]]:
    """The packages that each extra needs."""
    found: dict[str, list[str]] = {}
    try:
        needed = requires("runcompare") or []
    except PackageNotFoundError:  # a checkout that was never installed
        needed = []
    for line in needed:
        name = re.match(r"[\w.-]+", line)
        extra = re.search(r"extra == ['\"]([\w-]+)['\"]", line)
        if name and extra and extra[1] not in FOR_OTHERS:
            found.setdefault(extra[1], []).append(name[0])
    return found


def _extra(item: str) -> Check:
    packages = _extras()[item]
    missing = [package for package in packages if not _version(package)]
    if missing:
        return Check(f"[{item}]", "missing", f"without {', '.join(missing)}", MissingExtra(missing[0], item).hint)
    return Check(f"[{item}]", "ok", ", ".join(f"{package} {_version(package)}" for package in packages))


def _settings(chosen: "Settings") -> Check:
    from runcompare import settings

    user = settings.user_file()
    files = [path for path in (settings.project_file(Path.cwd()), user if os.access(user, os.R_OK) else None) if path]
    set_by = sorted(name for name in os.environ if name.startswith("RUNCOMPARE_"))
    text = "; ".join((*(f"{path}" for path in files), *set_by)) or "none but the defaults"
    if chosen.ignored:
        return Check("settings", "note", text, " ".join(chosen.ignored))
    return Check("settings", "ok", text, "" if files else "Write some: runcompare init")


def _runs(folders: Sequence[Path]) -> Iterator[Check]:
    from runcompare.sources import list_runs, read_run

    found = list_runs(folders)
    if not found.runs:
        places = ", ".join(map(str, folders))
        yield Check("runs", "note", f"none in {places}", "Say where yours are: runcompare doctor --runs FOLDER")
        return
    trackers = ", ".join(f"{n} of {name}" for name, n in Counter(run.source for run in found.runs).most_common())
    yield Check("runs", "ok", f"{counted(len(found.runs), 'run')}: {trackers}")
    until, opened, bad = time.monotonic() + READING_S, 0, list(found.warnings)
    unread = 0
    for info in reversed(found.runs):  # the newest first
        if time.monotonic() > until:
            break
        opened += 1
        try:
            read_run(info)
        except RuncompareError as error:
            unread += 1
            bad.insert(0, f"{info.id}: {error.message}")
    if bad:
        more = f" And {len(bad) - 1} more." if len(bad) > 1 else ""
        state: State = "bad" if unread else "note"
        code = DataError.exit_code if unread else 0
        yield Check("bad run" if unread else "listing", state, f"{bad[0]}{more}", "All: runcompare runs", code)
    if opened < len(found.runs):
        yield Check("runs", "note", f"{opened} of {counted(len(found.runs), 'run')} were opened in {READING_S:.0f} s.")


def _store(place: Path | str) -> Iterator[Check]:
    from runcompare.store.store import Store

    if isinstance(place, Path) and not place.exists():
        yield Check("store", "ok", "none yet", "Keep runs in one: runcompare pull")
        return
    store = Store(place)
    listed = store.listed()
    if listed.problems:
        yield Check("store", "bad", listed.problems[0], "Look closer: runcompare verify", DataError.exit_code)
    noted = len(store.damaged())
    if noted:
        text = f"{noted} damaged, as the last verify found"
        yield Check("store", "bad", text, "Read them again: runcompare pull", DataError.exit_code)
    if not listed.problems and not noted:
        yield Check(
            "store", "ok", f"{place}: {counted(len(listed.infos), 'run')}", "Check every file: runcompare verify"
        )


def _wandb() -> Iterator[Check]:
    from runcompare.sources.wandb.cloud.login import login
    from runcompare.sources.wandb.cloud.probe import base_url

    server = urlsplit(base_url()).hostname
    found = login()
    if found is None:
        yield Check("W&B login", "note", f"none for {server}; offline runs need none", "Log in: wandb login")
    else:
        yield Check("W&B login", "ok", f"there is a key for {server}, by {found.place}; no server was asked")


def _prices() -> Iterator[Check]:
    from runcompare.api import price_book
    from runcompare.costs.prices.book import OLD_DAYS

    newest = price_book().newest()
    if newest is None:
        raise UsageError("The price book has no dates.", hint="Install runcompare again.")
    age = (date.today() - newest).days
    old = age > OLD_DAYS
    hint = "State yours with the setting gpu-price or --gpu-price." if old else ""
    yield Check("prices", "note" if old else "ok", f"the book's newest price is of {newest}, {age} days ago", hint)
