"""Configuration files with the engine's defaults filled in, or as they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runcompare.errors import ConfigError, UnreadableRun, UsageError
from runcompare.sources import list_runs
from runcompare.sources.kit.yaml_file import read_settings

__all__ = ["FullConfig", "config_file", "full_config"]

YAML = (".yaml", ".yml")
OTHERS = (".toml", ".json", ".py", ".ini", ".cfg", ".gin", ".jsonnet")  # files of settings that are not taken


@dataclass(frozen=True, slots=True)
class FullConfig:
    """A configuration's settings; `warnings` say why it was not taken as one of the engine's."""

    settings: Mapping[str, Any]
    warnings: tuple[str, ...] = ()


def config_file(word: str) -> Path | None:
    """The configuration file that a word names; None where it may name runs.

    Raises UsageError for a file of settings that is no YAML.
    """
    from runcompare.lab.arms import is_record

    path = Path(word)
    if path.suffix.lower() in OTHERS and path.is_file() and not list_runs([path]).runs:
        raise UsageError(f"{path} is no YAML configuration.", hint="Write its settings as YAML, or name runs.")
    return path if path.suffix in YAML and path.is_file() and not is_record(path) else None


def full_config(path: Path, *, fill: bool = True) -> FullConfig:
    """The settings in a YAML file, with the engine's defaults filled in if it is a configuration of the engine's, and
    `fill` asks for it.

    Raises ConfigError if the file can't be read or holds no settings.
    """
    from runcompare.engine.config.read import parse_config, to_dict

    try:
        settings = read_settings(path)
    except (OSError, UnreadableRun) as error:
        reason = error.strerror if isinstance(error, OSError) else error.message
        raise ConfigError(f"{path} is no configuration: {reason}", hint="Give a YAML file of settings.") from None
    if not settings:
        raise ConfigError(f"{path} holds no configuration.", hint="A configuration is a table of settings.")
    if not fill:
        return FullConfig(settings)
    try:
        return FullConfig(to_dict(parse_config({"name": path.stem, **settings}, where=str(path))))
    except ConfigError as error:
        return FullConfig(settings, (f"{error.message} Taken as another program's config.",))
