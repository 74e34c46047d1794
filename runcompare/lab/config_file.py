"""The corrected config as a change of the candidate's own file: found, read, changed in place."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from runcompare.comparison.comparison import Comparison
from runcompare.comparison.corrected.file import BOM, Setting, patch
from runcompare.comparison.corrected.spans import Format, leaves, load, locate, parse
from runcompare.comparison.recommended import Draft
from runcompare.errors import ConfigError, UnreadableRun
from runcompare.records.config import nest, same_setting
from runcompare.records.redact import MARK
from runcompare.sources.kit.files import read_whole

__all__ = ["draft_of"]

KINDS: Mapping[str, Format] = {".yaml": "yaml", ".yml": "yaml", ".json": "json", ".toml": "toml"}


def draft_of(c: Comparison, settings: Sequence[Setting], config: Path | None, output: Path | None) -> Draft:
    """The corrected config as text.

    Args:
        c: The comparison, with a corrected config.
        settings: What to write and remove, each with its reason.
        config: The candidate's configuration file; None looks for the one that its runs were started with, below the
            working directory, and takes what they logged where there is none.
        output: Where the config is to go; what the file is written in follows from it where no file is known.

    Raises:
        ConfigError: The file can't be read, or holds no settings.
    """
    path = config or _started_with(c)
    if path is None:
        kind = _kind(output) if output is not None else "yaml"
        if kind == "toml":
            hint = "Name the candidate's own TOML file with --config, or write .yaml or .json."
            raise ConfigError("What the runs logged can't be written as TOML.", hint=hint)
        return _draft("", kind, _logged(c, kind), settings=settings, c=c)
    kind = _kind(path)
    if output is not None and _kind(output) != kind:
        hint = f"Give a file that ends with {path.suffix}."
        raise ConfigError(f"{path} is {kind.upper()}, and {output.name} would not be.", hint=hint)
    try:
        before = _text(path)
        return _draft(str(path), kind, before, settings=settings, c=c)
    except OSError as error:
        hint = "Name the candidate's file with --config."
        raise ConfigError(f"Can't read {path}: {error.strerror}.", hint=hint) from None
    except ValueError as error:
        raise ConfigError(f"{path} is no {kind.upper()} configuration: {error}.", hint="Check the file.") from None


def _text(path: Path) -> str:
    """The file's text, its line ends as they are. Raises OSError, or ValueError for what is no text."""
    try:
        return read_whole(path).decode("utf-8")
    except UnreadableRun as error:
        raise ValueError(error.message) from None


def _kind(path: Path) -> Format:
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        raise ConfigError(f"{path} is no configuration.", hint="Give a .yaml, .json or .toml file.")
    return kind


def _draft(path: str, kind: Format, before: str, *, settings: Sequence[Setting], c: Comparison) -> Draft:
    done = patch(before, kind, settings)
    gone = {setting.path for setting in settings if setting.value is None}
    silent = [r for r in done.refused if r.path in gone and "not in the file" in r.why]  # nothing to remove
    draft = Draft(path, kind, before, replace(done, refused=tuple(r for r in done.refused if r not in silent)))
    return replace(draft, notes=tuple(_differs(c, before, kind) if path else _hidden(c)))


def _hidden(c: Comparison) -> list[str]:
    """Settings of which the runs' logs show no value, so that a file made of these lacks it too."""
    return [
        f"{key} holds a secret that is not shown: fill it in by hand"
        for key, value in c.candidate.config.items()
        if MARK in str(value)
    ]


def _differs(c: Comparison, before: str, kind: Format) -> list[str]:
    """Changed settings of which the file says something else than the runs logged."""
    found = []
    before = before.removeprefix(BOM)
    held, root = load(before, kind), parse(before, kind)
    if root is None:
        return []
    flat = leaves(held)
    for change in c.config:
        at = locate(root, change.path)
        if at.entry is None or change.candidate is None:
            continue
        said = flat.get(at.way)
        if said is not None and not same_setting(said, change.candidate):
            found.append(f"{change.path} is {said} in the file, and was {change.candidate} in the runs")
    return found


def _started_with(c: Comparison) -> Path | None:
    """The file that the candidate's runs named when they were started, if it is there and says what they logged.

    A run's log leads nowhere else than below the working directory, and through no link out of it.
    """
    trainer = c.candidate.trainer
    if trainer is None or not trainer.config:
        return None
    path, here = Path(trainer.config), Path.cwd().resolve()
    if path.is_absolute() or path.suffix.lower() not in KINDS:
        return None
    try:
        if not path.resolve().is_relative_to(here) or not path.is_file():
            return None
        before = _text(path)
        kind = KINDS[path.suffix.lower()]
        held = load(before.removeprefix(BOM), kind)
        return path if isinstance(held, Mapping) and not _differs(c, before, kind) else None
    except (OSError, ValueError):
        return None


def _logged(c: Comparison, kind: Format) -> str:
    """What the candidate's runs share of their settings, as text."""
    config = nest(c.candidate.config)
    if kind == "json":
        return json.dumps(config, indent=2, default=str) + "\n"
    from ruamel.yaml import YAML

    stream = io.StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style, yaml.sort_base_mapping_type_on_output = False, False  # type: ignore[assignment]
    yaml.dump(config, stream)
    return stream.getvalue()
