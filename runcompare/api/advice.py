"""What to run next."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runcompare.api.two_sides import compare
from runcompare.errors import ConfigError, DataError
from runcompare.inputs.groups import Reference

if TYPE_CHECKING:
    from runcompare.comparison.recommended import Recommended
    from runcompare.lab.jobs import Outcome

__all__ = ["recommend"]


def recommend(
    candidate: Reference,
    baseline: Reference,
    *,
    config: str | Path | None = None,
    output: str | Path | None = None,
    verify: bool = False,
    seeds: int = 3,
    command: str | None = None,
    out: str | Path = "runs",
    jobs: int = 1,
    on_done: "Callable[[Outcome], None]" = lambda outcome: None,
    **options: Any,
) -> "Recommended":
    """What to run next, by expected benefit per dollar, and the candidate's config without what did not pay.

    Args:
        candidate, baseline: Runs as `load` takes them.
        config: The candidate's configuration file (YAML, JSON or TOML), whose text is changed at exactly the lines that
            differ; by default the file that its runs were started with, if it is below the working directory and says
            what they logged, else what they logged.
        output: Where to write the corrected config; nothing is written by default.
        verify: Train the corrected config and hold what it reaches against the forecast.
        seeds: How many seeds of it there are to be.
        command: The command that trains a seed, with {config} (or {overrides}), {seed} and {out}, run without a shell;
            our engine trains its own configs by default.
        out: Folder of the new runs.
        jobs: How many of them train side by side.
        on_done: Called with each seed's outcome as it ends.
        options: Those of `compare`.

    Raises:
        ConfigError: If the file can't be read, or holds no settings.
        DataError: If the corrected config can't be written, there is none to write, or no seed ended.
        UsageError: If nothing tells how it is trained.
        RuncompareError: The errors of `compare`.
    """
    from runcompare.comparison.recommended import Recommended, why_nothing
    from runcompare.lab.config_file import draft_of
    from runcompare.lab.verify import check_trainer, train_corrected
    from runcompare.records.atomic import write_whole
    from runcompare.reporting.next_steps import reasons

    comparison = compare(candidate, baseline, **options)
    nothing, corrected = why_nothing(comparison), comparison.corrected
    if nothing or corrected is None:
        if output is not None or verify:
            hint = "Leave out --output and --verify."
            raise DataError(f"There is no corrected config to write: {nothing}.", hint=hint)
        return Recommended(comparison)
    if verify:
        check_trainer(corrected, command)
    target = Path(output) if output is not None else Path(out) / "corrected.yaml" if verify else None
    draft = draft_of(comparison, reasons(corrected), None if config is None else Path(config), target)
    if target is None:
        return Recommended(comparison, draft)
    if verify and draft.patched.refused:
        left = ", ".join(setting.path for setting in draft.patched.refused)
        raise ConfigError(f"Not all of the corrected config could be written: {left}.", hint="Change the file by hand.")
    if draft.path and target.resolve() == Path(draft.path).resolve():
        raise ConfigError(f"{target} is the candidate's own file.", hint="Write the corrected config elsewhere.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, draft.patched.text)
    except OSError as error:
        raise DataError(f"Can't write {target}: {error.strerror}.", hint="Choose another file or folder.") from None
    if not verify:
        return Recommended(comparison, draft)
    done = train_corrected(corrected, target, Path(out), seeds=seeds, command=command, jobs=jobs, on_done=on_done)
    seen = compare(candidate, baseline, **{**options, "tried": done.group})
    return Recommended(seen, draft, done.failed)
